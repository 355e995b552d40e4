# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A full queue of an interface over others, or of the one below: what it has dropped has not left, neither from here nor there.

# flood_over ADDRESS COUNT: so many small datagrams, fragmented ones, and such that are cut into ten.
flood_over() {
	(enter client "$APP" python3 - "$1" "$2") <<-'END'
		import socket, sys
		small, large, cut = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for n in range(3))
		cut.setsockopt(17, 103, 400) # UDP_SEGMENT
		for n in range(int(sys.argv[2])):
		    for s, size in ((small, 40), (large, 4000), (cut, 4000)):
		        try:
		            s.sendto(bytes(size), (sys.argv[1], 9))
		        except OSError:
		            pass
	END
}

queue_at() {
	in_netns client tc qdisc replace dev "$1" root tbf rate 4mbit burst 3000 limit 12000
	QUEUE=$1
}

queue_is_empty() {
	in_netns client tc -s qdisc show dev "$QUEUE" | grep -q "backlog 0b 0p"
}

# assert_over ADDRESS: what the wire saw has left, and all else is held.
assert_over() {
	watch_client
	flood_over "$1" 600
	until_ok "the queue to run empty" queue_is_empty
	watch_end
	assert_equal "what left" "$(captured "not $CAPTURE_NEIGHBOUR and not $CAPTURE_MULTICAST")" "$(summary_leaks)"
	(($(summary .summary.held.packets) > 1000 && $(summary .summary.leaks.packets) > 10)) || fail "$(summary .summary)"
	assert_complete
}

bridge_up() {
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
}

macvlan_up() {
	ip_in client link add mv0 link eth0 address "$SECOND_MAC" type macvlan mode bridge
	neighbours isp isp0 "$SECOND_MAC" "$CLIENT4"
	world_over mv0
}

test_queue_of_a_bridge() {
	lab_up
	bridge_up
	queue_at br0
	assert_over "$PEER4"
}

test_queue_below_a_bridge() {
	lab_up
	bridge_up
	queue_at eth0
	assert_over "$PEER4"
}

test_queue_of_a_macvlan() {
	lab_up
	macvlan_up
	queue_at mv0
	assert_over "$PEER4"
}

test_queue_below_a_macvlan() {
	lab_up
	macvlan_up
	queue_at eth0
	assert_over "$PEER4"
}

test_queue_of_a_vxlan() {
	lab_up
	vxlan_up
	queue_at vx0
	assert_over 198.51.103.1
}

# The kernel says since 6.17 what each segment of a packet in a tunnel repeats.
needs_inner_headers() {
	printf '6.17\n%s\n' "$(uname -r)" | sort -VC || skip "before Linux 6.17"
}

test_queue_below_a_vxlan() {
	needs_inner_headers
	lab_up
	vxlan_up
	queue_at eth0
	assert_over 198.51.103.1
}

test_segments_over_vxlan() {
	needs_inner_headers
	lab_up
	vxlan_up
	watch_client
	flood_over 198.51.103.1 3
	watch_end
	assert_equal "what left" "$(captured "not $CAPTURE_NEIGHBOUR")" "$(summary_leaks)"
	assert_equal "unexplained" "0 0" "$(summary '.summary.interfaces[] | select(.name == "eth0").unexplained | "\(.packets) \(.bytes)"')"
	assert_complete
}

# With a name it is a tunnel, and no hook of ours is on it.
test_segments_over_a_tunnel() {
	needs_inner_headers
	lab_up
	vxlan_up
	watch_client --tunnel vx0
	flood_over 198.51.103.1 3
	watch_end
	assert_equal "exempt" "$(captured "udp and dst host $ISP4")" "$(summary_exempt transport)"
	assert_no_leak
}
