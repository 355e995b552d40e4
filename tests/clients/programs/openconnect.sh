# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/vpn.sh"

PACKAGE=openconnect NEEDS="cmd:openconnect cmd:ocserv cmd:socat"
EXPECT=ipv4 PROCESSES=socat

servers() {
	tunnel_certificate server
	printf 'lab:*:%s\n' "$(openssl passwd -6 lab)" >"$LAB_DIR/ocpasswd"
	cat >"$LAB_DIR/ocserv.conf" <<-END
		auth = "plain[passwd=$LAB_DIR/ocpasswd]"
		tcp-port = 443
		udp-port = 443
		socket-file = $LAB_DIR/ocserv.socket
		server-cert = $LAB_DIR/server.crt
		server-key = $LAB_DIR/server.key
		isolate-workers = false
		run-as-user = root
		run-as-group = root
		device = vpns
		ipv4-network = ${TUNNEL4%.*}.0/24
		max-clients = 4
		keepalive = 3600
		dpd = 3600
		use-occtl = false
		cisco-client-compat = false
		predictable-ips = true
	END
	cat >"$LAB_DIR/vpnc-script" <<-END
		#!/bin/sh
		[ "\$reason" = connect ] || exit 0
		ip addr add "\$INTERNAL_IP4_ADDRESS/24" dev "\$TUNDEV"
		ip link set "\$TUNDEV" up
		ip route replace default dev "\$TUNDEV" metric 10
		echo is up
	END
	chmod +x "$LAB_DIR/vpnc-script"
}

vpn_up() {
	TUNNEL_OUTER="(host $VPN4 and port 443)"
	vpn_daemon openconnect vpn ocserv -f -c "$LAB_DIR/ocserv.conf"
	until_ok "the server" tcp_listens vpn 443
	ip_in client route replace "$VPN4" via "$ISP4" dev eth0
	echo lab >"$LAB_DIR/password"
	# shellcheck disable=SC2016 # expanded by the inner shell
	vpn_daemon openconnect client sh -c 'exec openconnect "$@" <"$0"' "$LAB_DIR/password" --protocol=anyconnect --user=lab --passwd-on-stdin \
		--servercert "pin-sha256:$(openssl x509 -in "$LAB_DIR/server.crt" -pubkey -noout | openssl pkey -pubin -outform der |
			openssl dgst -sha256 -binary | base64)" --interface oc0 --script "$LAB_DIR/vpnc-script" --non-inter "$VPN4"
	until_ok "the tunnel" grep -q "^is up" "$LAB_DIR/openconnect-client.log"
}

vpn_down() { vpn_end oc0; }
