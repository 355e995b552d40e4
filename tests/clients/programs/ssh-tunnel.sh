# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/vpn.sh"

PACKAGE=openssh-client NEEDS="cmd:ssh file:/usr/sbin/sshd cmd:socat"
EXPECT=ipv4 PROCESSES=socat

servers() { server_ssh vpn; }

vpn_up() {
	TUNNEL_OUTER="(tcp and host $VPN4 and port $SSH_PORT)"
	vpn_daemon ssh client "${SSH[@]}" -N -w 0:0 "root@$VPN4"
	until_ok "tun0 of the server" ip_in vpn link show dev tun0
	until_ok "tun0" ip_in client link show dev tun0
	ip_in vpn addr add "$TUNNEL_PEER4/24" dev tun0
	ip_in vpn link set tun0 up
	ip_in client addr add "$TUNNEL4/24" dev tun0
	ip_in client link set tun0 up
	ip_in client route replace "$VPN4" via "$ISP4" dev eth0
	tunnel_route
}

vpn_down() { vpn_end tun0; }
