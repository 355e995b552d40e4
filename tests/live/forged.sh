# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets that look like what may leave, and would leave a guard behind.

# assert_kept_in [FILTER]: nothing of the client's that FILTER (tcpdump's) matches was on the wire.
assert_kept_in() {
	assert_equal "packets that left" "0 0" "$(captured "${1:-$CAPTURE_NOT_NEIGHBOUR}")"
}

# in_client_as_nobody CMD...: who needs no privilege at all.
in_client_as_nobody() {
	in_client setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# SEND_ROUTED FAMILY LEVEL OPTION HEX ADDRESS: from a socket with a header of its own, to ADDRESS, between packets without one.
SEND_ROUTED='
import socket, sys
family, level, option = map(int, sys.argv[1:4])
s = socket.socket(family, socket.SOCK_DGRAM)
def send(what):
    try:
        s.sendto(b"payload", (sys.argv[5], 9))
        print(what, "sent", flush=True)
    except OSError as e:
        print(what, e.strerror, flush=True)
send("plain")
s.setsockopt(level, option, bytes.fromhex(sys.argv[4]))
send("routed")
send("routed")
s.setsockopt(level, option, b"")
send("plain")
'
ROUTED_DENIED='plain sent
routed Operation not permitted
routed Operation not permitted
plain sent'

# The first hop is on the LAN, and hands the packet on to where its header says.
test_ipv4_source_route_is_no_lan_traffic() {
	local hop=192.168.77.1 options

	lab_up
	ip_in client addr add 192.168.77.2/24 dev eth0
	ip_in isp addr add "$hop/24" dev isp0
	neighbours client eth0 "$ISP_MAC" "$hop"
	guard_make --allow "$ISP4"
	guard_follow
	capture_start
	# by way of the hop: the kernel makes that the first destination
	options=830704$(python3 -c 'import socket, sys; print(socket.inet_aton(sys.argv[1]).hex())' "$hop")01
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "$options" "$PEER4" >"$LAB_DIR/routed.log"
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "${options/830704/890704}" "$hop" >"$LAB_DIR/strict.log"
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "$options" "$ISP4" >"$LAB_DIR/allowed.log"
	wait_for_leak ".destination.ip == \"$hop\" and .leakaudit.verdict == \"dropped\""
	capture_stop
	stop_leakaudit
	assert_equal "to the world" "4" "$(grep -c "Operation not permitted" "$LAB_DIR/routed.log")"
	assert_equal "to the LAN" "$ROUTED_DENIED" "$(cat "$LAB_DIR/strict.log")"
	assert_equal "to where it may" "$ROUTED_DENIED" "$(cat "$LAB_DIR/allowed.log")"
	assert_kept_in 'ip[0] & 0xf > 5'
}

test_ipv6_source_route_is_no_lan_traffic() {
	local hop=fd00:77::1 header

	lab_up ipv6
	ip_in client addr add fd00:77::2/64 dev eth0 nodad
	ip_in isp addr add "$hop/64" dev isp0 nodad
	neighbours client eth0 "$ISP_MAC" "$hop"
	guard_make
	guard_follow
	capture_start
	# a segment routing header: the kernel puts the destination into its first segment
	header=0004040101000000$(printf '0%.0s' {1..32})$(python3 -c 'import socket, sys; print(socket.inet_pton(10, sys.argv[1]).hex())' "$hop")
	in_client_as_nobody /usr/bin/python3 -c "$SEND_ROUTED" 10 41 57 "$header" "$PEER6" >"$LAB_DIR/routed.log"
	wait_for_leak ".destination.ip == \"$hop\" and .leakaudit.verdict == \"dropped\""
	capture_stop
	stop_leakaudit
	assert_equal "to the world" "4" "$(grep -c "Operation not permitted" "$LAB_DIR/routed.log")"
	assert_kept_in 'ip6[6] = 43'
}
