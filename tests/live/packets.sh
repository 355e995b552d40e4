# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets of unusual make: those that pass by the sockets' hooks, and those that are not one packet on the wire.

test_packet_socket() {
	lab_up tunnel ipv6
	watch_client
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 --count 2
	sender_start frame6 packet "$PEER6" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT6" --source-port 7
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$PEER6\""
	watch_end
	assert_leaks '.leakaudit.hook == "tc"'
	assert_leaks_where '.network.type == "ipv4"' "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_leaks_where '.network.type == "ipv6"' "$(class ipv6)" "$(to eth0 "$CLIENT6" "$PEER6" 9)"
	assert_found_owner "${SENDER_PID[frame]}" "$PEER4"
	assert_found_owner "${SENDER_PID[frame6]}" "$PEER6"
	assert_all_exact
}

# assert_found_owner PID DESTINATION: no hook sees a packet socket being made, so its owner has to be searched for: the first
# event may be without it, the last one may not, and none may name another.
assert_found_owner() {
	assert_leaks_where ".destination.ip == \"$2\" and (.process or .leakaudit.flow == \"close\")" "$(by "$1" send)"
}

test_packet_socket_opened_before_leakaudit() {
	lab_up
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 \
		--count 0 --lines
	watch_client
	sender_line frame "a payload"
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	assert_leaks "$(by "${SENDER_PID[frame]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_all_exact
}

# Its packets pass no hook at all: that the door was opened is all that can be known, so that must be said.
test_qdisc_bypass_is_said() {
	lab_up
	watch_client
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 \
		--qdisc-bypass
	wait_for '.event.action == "bypass"'
	watch_end
	assert_event ".event.action == \"bypass\" and $(by "${SENDER_PID[frame]}" send)"
	captured_some "host $PEER4 and src port 7"
}

test_fragments() {
	lab_up ipv6
	watch_client
	sender_start big udp "$PEER4" 9 --size 4000 --count 2
	sender_start big6 udp "$PEER6" 9 --size 4000
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$PEER6\""
	watch_end
	assert_leaks_where '.network.type == "ipv4"' "$(by "${SENDER_PID[big]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_leaks_where '.network.type == "ipv6"' "$(by "${SENDER_PID[big6]}" send)" "$(to eth0 "$CLIENT6" "$PEER6" 9)"
	assert_all_exact
}

# Its sender has made each of them, and so the socket's hook has judged each: the later ones are not what is made of the first.
test_fragments_of_a_raw_socket() {
	lab_up ipv6
	watch_client
	(enter client "$APP" python3 - "$CLIENT4" "$PEER4" "$CLIENT6" "$PEER6") <<-'END'
		import socket, struct, sys
		four = [socket.inet_aton(a) for a in sys.argv[1:3]]
		six = [socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[3:5]]
		s4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
		s6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
		for number, proto in (1, 1), (2, 17):
		    for offset in 0x2000, 0x2000 | 10, 20: # more follow; in units of eight bytes
		        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 100, number, offset, 64, proto, 0, *four)
		        s4.sendto(ip + bytes(80), (sys.argv[2], 0))
		        ip = struct.pack("!IHBB16s16s", 6 << 28, 88, 44, 64, *six)
		        more = struct.pack("!BBHI", proto, 0, (offset & 0x1fff) << 3 | offset >> 13, number)
		        s6.sendto(ip + more + bytes(80), (sys.argv[4], 0))
	END
	wait_for_leak '.network.type == "ipv6"'
	watch_end
	assert_all_exact
	assert_equal "judged and held" "12 0" "$(summary '"\(.summary.judged.packets) \(.summary.held.packets)"')"
}

test_fragments_past_the_cgroup_hook() {
	lab_up
	sender_start_in big "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --connect --count 0 --size 4000 --lines
	cgroup_move "$APP" "${SENDER_PID[big]}"
	watch_client
	sender_line big "$(printf 'x%.0s' {1..4000})"
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	assert_leaks "$(by "${SENDER_PID[big]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_all_exact
}

test_udp_segmentation_offload() {
	lab_up ipv6
	watch_client
	sender_start gso udp "$PEER4" 9 --size 30000 --gso 1200
	sender_start gso6 udp "$PEER6" 9 --size 5000 --gso 1000
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$PEER6\""
	watch_end
	assert_leaks_where '.network.type == "ipv4"' "$(by "${SENDER_PID[gso]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_leaks_where '.network.type == "ipv6"' "$(by "${SENDER_PID[gso6]}" send)" "$(to eth0 "$CLIENT6" "$PEER6" 9)"
	assert_all_exact
}

# Each flow's own count, where the socket's last packet went elsewhere.
# One raw socket: what differs from its last packet in one thing alone is another flow, also where other bytes look like
# those ports. Most packets are taken for one more of the last flow's.
test_near_misses_are_other_flows() {
	local expected

	lab_up ipv6
	watch_client
	expected=$(enter client "$APP" python3 "$LAB_LIB/near_misses.py" "$CLIENT4" "$PEER4" "$CLIENT6" "$PEER6")
	wait_for_leak '.source.port == 1' # the last one
	watch_end
	assert_equal flows "$expected" "$(event_lines | jq -r 'select(.leakaudit.flow == "close") | "\(.source.ip) \(.destination.ip) \(
		.source.port) \(.destination.port) \({udp: 17, tcp: 6}[.network.transport]) \(.network.packets)"' | sort)"
	assert_all_exact
}

# By turns: before each of its packets another went to the same peer by the other interface.
test_one_socket_on_two_interfaces() {
	lab_up
	world_plug_second
	neighbours client eth1 "$SECOND_ISP_MAC" "$PEER4"
	watch_client
	capture_start second isp1
	(enter client "$APP" python3 - "$PEER4") <<-'END'
		import socket, struct, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("192.0.2.10", 0))
		for turn in range(20):
		    for name in "eth0", "eth1", "eth1":
		        info = struct.pack("=I4s4s", socket.if_nametoindex(name), socket.inet_aton("192.0.2.10"), bytes(4)) # IP_PKTINFO, 8
		        s.sendmsg([bytes(100 + turn)], [(socket.IPPROTO_IP, 8, info)], 0, (sys.argv[1], 9))
	END
	wait_for_leak '.observer.egress.interface.name == "eth1"'
	watch_end
	capture_stop second
	assert_equal "by eth0" "$(captured "udp")" "$(leaked '.observer.egress.interface.name == "eth0"')"
	assert_equal "by eth1" "$(captured "udp" second)" "$(leaked '.observer.egress.interface.name == "eth1"')"
	assert_equal "the second's packets" 40 "$(leaked '.observer.egress.interface.name == "eth1"' | cut -d' ' -f1)"
	assert_complete
}

# A RST may be the socket's or the kernel's in its name: it is counted once, whosever it is.
test_reset_connection() {
	lab_up
	watch_client
	(enter client "$APP" python3 - "$PEER4" 9) <<-'END'
		import array, fcntl, socket, struct, sys, termios, time
		for turn in range(5):
		    s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
		    for part in range(20):
		        s.send(bytes(100))
		    queued = array.array("i", [1])
		    while queued[0]: # else the kernel answers what comes in later, for nobody's socket
		        fcntl.ioctl(s, termios.TIOCOUTQ, queued)
		        time.sleep(0.01)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		    s.close()
	END
	wait_for_leak '.network.transport == "tcp"'
	watch_end
	assert_all_exact
	[ "$(captured 'tcp[tcpflags] & tcp-rst != 0' | cut -d' ' -f1)" -ge 5 ] || fail "nothing was reset"
}

test_many_peers_of_one_socket() {
	lab_up tunnel ipv6
	watch_client
	(enter client "$APP" python3 - "$PEER4" "$PEER6") <<-'END'
		import socket, sys
		v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		v4.bind(("192.0.2.10", 0))
		v4.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
		for turn in range(1, 41):
		    for port in range(20000, 20020):
		        v4.sendto(bytes(port - 19990), (sys.argv[1], port))
		        v6.sendto(bytes(port - 19980), (sys.argv[2], port))
	END
	wait_for_leak '.destination.port == 20019'
	watch_end
	assert_leaks_where '.leakaudit.flow == "close"' '.network.packets == 40' \
		'.network.bytes == 40 * (.destination.port - if .network.type == "ipv4" then 19962 else 19932 end)'
	assert_equal flows 40 "$(event_lines | jq -c 'select(.leakaudit.flow == "close")' | wc -l)"
	assert_all_exact
}
