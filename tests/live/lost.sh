# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a full queue has dropped, behind our hooks, has not left: whatever the packets are made of.

queue_up() {
	in_netns client tc qdisc replace dev eth0 root tbf rate 4mbit burst 3000 limit 12000
}

queue_is_empty() {
	in_netns client tc -s qdisc show dev eth0 | grep -q "backlog 0b 0p"
}

# flood PYTHON: what it sends, again and again.
flood() {
	(enter client "$APP" python3 - "$PEER4" "$PEER6") <<-END
		import socket, struct, sys
		four, six = sys.argv[1:3]
		def again(count, send):
		    for n in range(count):
		        try:
		            send()
		        except OSError:
		            pass
		$1
	END
}

# assert_taken_back [SENT]: what the queue let through has left, the rest of what came to it is held.
assert_taken_back() {
	until_ok "the queue to run empty" queue_is_empty
	watch_end
	assert_exact true "not $CAPTURE_NEIGHBOUR"
	assert_equal "left and held" "${1:-$(came)}" "$(summary '.summary.leaks.packets + .summary.held.packets')"
	assert_equal "held" "$(line_lost)" "$(summary .summary.held.packets)"
	(($(line_lost) > 20)) || fail "nothing was lost"
	assert_complete
}

line_lost() {
	summary '[.summary.interfaces[].items[] | select(.reason == "dropped") | .packets] | add // 0'
}

# came: what the queue was given.
came() {
	summary '[.summary.interfaces[].seen.packets] | add'
}

test_fragments_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((four, 9))
again(500, lambda: s.send(bytes(4000)))'
	assert_taken_back
}

test_fragments_of_ipv6_are_lost() {
	lab_up ipv6
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.connect((six, 9))
again(500, lambda: s.send(bytes(4000)))'
	assert_taken_back
}

test_ipv6_with_options_is_lost() {
	lab_up ipv6
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, 59, bytes([0, 0, 1, 4, 0, 0, 0, 0])) # IPV6_DSTOPTS, padding
s.connect((six, 9))
again(1000, lambda: s.send(bytes(400)))'
	assert_taken_back 1000
}

test_udp_lite_is_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
again(1000, lambda: s.sendto(bytes(400), (four, 9)))'
	assert_taken_back 1000
}

test_segments_of_udp_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 400) # UDP_SEGMENT
s.connect((four, 9))
again(200, lambda: s.send(bytes(4000)))'
	assert_taken_back 2000
}

test_frames_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
udp = struct.pack("!HHHH", 7, 9, 408, 0) + bytes(400)
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 428, 1, 0, 64, 17, 0, socket.inet_aton("192.0.2.10"), socket.inet_aton(four))
again(2000, lambda: s.sendto(ip + udp, ("eth0", 0x0800, 0, 0, bytes([2, 0, 0, 0, 0, 1]))))'
	assert_taken_back 2000
}
