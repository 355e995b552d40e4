# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The lab itself, without leakaudit: what the other tests rely on.

test_lab_tunnel_hides_everything() {
	lab_up tunnel dns stun
	capture_start
	in_client dig +short "tracker.$LAB_DOMAIN" | grep -qx "$TRACKER4"
	in_client ping -c 1 -W 5 "$PEER4"
	sender_start udp udp "$STUN4" 3478 --payload stun
	sender_stop udp
	capture_stop
	assert_equal "packets past the tunnel" "0 0" "$(captured "not $TUNNEL_OUTER")"
	captured_some "$TUNNEL_OUTER"
}

test_lab_counts_what_crosses_the_wire() {
	local base=28 # IPv4 and UDP headers

	lab_up ipv6
	capture_start
	sender_start three udp "$PEER4" 9 --count 3 --size 100
	assert_wire "host $PEER4" 3 $((3 * (base + 100)))

	# 4008 bytes of IP payload in fragments of 1480, each with a header of its own.
	sender_start big udp "$STUN4" 9 --size 4000
	assert_wire "host $STUN4" 3 $((4008 + 3 * 20))

	sender_start gso udp "$DNS4" 9 --size 3500 --gso 1000
	assert_wire "host $DNS4" 4 $((3500 + 4 * base))

	sender_start frame packet "$TRACKER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7
	assert_wire "host $TRACKER4 and src port 7" 1 $((base + 5))
	sender_start frame6 packet "$PEER6" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT6" --source-port 7
	assert_wire "host $PEER6 and src port 7" 1 $((48 + 5))

	sender_start six udp "$DNS6" 9 --connect --lines
	sender_line six "a line"
	assert_wire "host $DNS6" 2 $((2 * 48 + 5 + 7))
	capture_stop
	assert_equal "packets in all" "14 $(captured "$CAPTURE_NOT_NEIGHBOUR" | cut -d ' ' -f 2)" "$(captured "$CAPTURE_NOT_NEIGHBOUR")"
}

assert_wire() {
	until_ok "$2 packets, $3 bytes where $1" wire_is "$@"
}

wire_is() { [ "$(captured "$1")" = "$2 $3" ]; }
