# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/vpn.sh"

PACKAGE=nebula NEEDS="cmd:nebula cmd:nebula-cert cmd:socat"
EXPECT=ipv4 PROCESSES=socat

servers() {
	nebula_host hub "$TUNNEL_PEER4" 0.0.0.0/0 <<-END
		listen: { host: 0.0.0.0, port: 4242 }
		lighthouse: { am_lighthouse: true }
		tun: { dev: nebula0 }
	END
	nebula_host spoke "$TUNNEL4" "" <<-END
		listen: { host: 0.0.0.0, port: 0 }
		static_host_map: { "$TUNNEL_PEER4": ["$VPN4:4242"] }
		lighthouse: { am_lighthouse: false, hosts: ["$TUNNEL_PEER4"], interval: 60 }
		tun:
		  dev: nebula0
		  unsafe_routes: [{ route: 0.0.0.0/0, via: "$TUNNEL_PEER4", mtu: 1300 }]
	END
}

vpn_up() {
	TUNNEL_OUTER="(udp and host $VPN4 and port 4242)"
	vpn_daemon nebula vpn nebula -config "$LAB_DIR/nebula.hub.yml"
	until_ok "the hub" udp_listens vpn 4242
	ip_in client route replace "$VPN4" via "$ISP4" dev eth0
	vpn_daemon nebula client nebula -config "$LAB_DIR/nebula.spoke.yml"
	until_ok "the handshake" grep -q "Handshake message received" "$LAB_DIR/nebula-client.log"
}

vpn_down() { vpn_end nebula0; }
