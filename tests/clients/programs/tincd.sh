# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/vpn.sh"

PACKAGE=tinc NEEDS="cmd:tincd cmd:socat"
EXPECT=ipv4 PROCESSES=socat

servers() {
	tinc_host server
	tinc_host client "ConnectTo = server"
	printf '%s\n' "Address = $VPN4" "Subnet = 0.0.0.0/0" >>"$LAB_DIR/tinc.server/hosts/server"
	echo "Subnet = $TUNNEL4/32" >>"$LAB_DIR/tinc.client/hosts/client"
	cp "$LAB_DIR/tinc.server/hosts/server" "$LAB_DIR/tinc.client/hosts/"
	cp "$LAB_DIR/tinc.client/hosts/client" "$LAB_DIR/tinc.server/hosts/"
}

tinc_daemon() {
	vpn_daemon tinc "$1" tincd -c "$LAB_DIR/tinc.$2" -D -d 3 --pidfile="$LAB_DIR/tinc.$2.pid"
	until_ok "tinc0" ip_in "$1" link show dev tinc0
	ip_in "$1" addr add "$3/24" dev tinc0
	ip_in "$1" link set tinc0 up
}

vpn_up() {
	TUNNEL_OUTER="(host $VPN4)" # it looks for the path's MTU with fragments
	tinc_daemon vpn server "$TUNNEL_PEER4"
	ip_in client route replace "$VPN4" via "$ISP4" dev eth0
	tinc_daemon client client "$TUNNEL4"
	until_ok "the connection" grep -q "Connection with server .* activated" "$LAB_DIR/tinc-client.log"
	ip_in client route replace default dev tinc0 metric 10
}

vpn_down() { vpn_end tinc0; }
