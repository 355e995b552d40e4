# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# The proof of completeness: what an interface has counted itself is what our hooks have seen there, or the run is incomplete.

# traffic of every sort: the scope's and others', of the kernel, multicast, in fragments, in segments.
traffic() {
	sender_start udp udp "$PEER4" 9 --count 20
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 20
	sender_start tcp tcp "$PEER4" 9
	sender_start big udp "$PEER4" 9 --size 4000 --count 2
	sender_start big6 udp "$PEER6" 9 --size 4000
	sender_start gso udp "$PEER4" 9 --size 30000 --gso 1200
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7
	sender_start multicast udp 239.1.2.3 9 --bind-device eth0
	in_client ping -q -c 1 -W 5 192.0.2.1 # by ARP
	in_client ping -q -c 1 -W 5 "$ISP6"
}

test_all_sorts_of_traffic() {
	lab_up ipv6
	ip_in client neigh flush nud permanent dev eth0
	watch_client
	traffic
	wait_for_leak ".destination.ip == \"$PEER6\""
	world_silence # IGMP and the neighbours' upkeep would go on between the end of the run and that of the capture
	watch_end
	assert_reconciled eth0
	captured_some "$CAPTURE_NEIGHBOUR"
}

# Another host's packets, which come by eth1 and go on by eth0.
test_forwarded_traffic() {
	lab_up
	world_plug_second
	ip_in isp rule add iif lo to "$LATE_PEER4" lookup 100
	ip_in isp route add "$LATE_PEER4" via "$SECOND4" dev isp1 table 100
	in_netns client sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	in_netns isp sh -c 'echo 1 >/proc/sys/net/ipv4/conf/isp0/accept_local' # they come back to who has sent them
	watch_client
	capture_start second isp1
	(enter isp "$LAB_CGROUP/world" ping -q -c 5 -i 0.05 -W 5 "$LATE_PEER4") >/dev/null
	watch_end
	capture_stop second
	assert_reconciled eth0
	assert_equal "forwarded packets" 5 "$(line eth0 .counted.packets)"
}

# segments FEATURE...: of the client's device, as an ordinary one has them.
segments() {
	local feature

	for feature in "$@"; do
		in_netns client ethtool -K eth0 "$feature" on >/dev/null
	done
}

bulk() {
	(enter client "$APP" python3 - "$PEER4" 9) <<-'END'
		import socket, sys
		s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
		for part in range(64):
		    s.sendall(bytes(1 << 18))
		s.shutdown(socket.SHUT_WR)
		s.settimeout(20)
		try:
		    while s.recv(4096):
		        pass
		except OSError:
		    pass
	END
	sender_start gso udp "$PEER4" 9 --size 30000 --gso 1200
}

assert_bulk() {
	assert_complete
	assert_equal "items, unexplained" "|0 0" "$(items eth0)|$(line eth0 '.unexplained | "\(.packets) \(.bytes)"')"
	assert_equal "what was seen" "$(line eth0 .counted)" "$(line eth0 .seen)"
	(($(line eth0 .counted.bytes) > 16 << 20)) || fail "counted $(line eth0 .counted)"
}

# By a device that takes segments of both kinds, of TCP only, and of neither.
test_segments_by_the_device() {
	lab_up
	segments tso gso tx-udp-segmentation
	start_leakaudit --cgroup "$SCOPE"
	bulk
	stop_leakaudit
	assert_bulk
	(($(line eth0 .counted.packets) < 5000)) || fail "it counts segments"
}

test_segments_of_tcp_by_the_device() {
	lab_up
	segments tso gso
	start_leakaudit --cgroup "$SCOPE"
	bulk
	stop_leakaudit
	assert_bulk
	(($(line eth0 .counted.packets) < 5000)) || fail "it counts segments of TCP"
}

test_segments_by_the_kernel() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	bulk
	stop_leakaudit
	assert_bulk
	(($(line eth0 .counted.packets) > 10000)) || fail "it counts no segments"
}

# Three among very many segments.
test_bypass_among_segments() {
	lab_up
	segments tso gso tx-udp-segmentation
	bypass_open
	start_leakaudit --cgroup "$SCOPE"
	bulk
	bypass_send
	stop_leakaudit
	assert_unexplained eth0 3 1
}

# Its drops are itemised, one by one.
test_a_queue_that_drops() {
	lab_up
	in_netns client tc qdisc replace dev eth0 root tbf rate 4mbit burst 3000 limit 6000
	watch_client
	sender_start flood udp "$PEER4" 9 --count 2000 --size 200
	sleep 0.2 # some wait still
	watch_end
	assert_complete
	assert_equal "counted" "$(frames)" "$(line eth0 .counted.packets)"
	assert_equal "seen" 2000 "$(line eth0 .seen.packets)"
	assert_equal "items" "dropped $((2000 - $(frames)))" "$(items eth0)"
	assert_equal "unexplained" "0 0" "$(line eth0 '.unexplained | "\(.packets) \(.bytes)"')"
}

# Those that wait at the start were never seen; they are known to wait.
test_a_queue_that_is_full_at_the_start() {
	lab_up
	in_netns client tc qdisc replace dev eth0 root tbf rate 8kbit burst 2000 limit 20000
	sender_start flood udp "$PEER4" 9 --count 60 --size 200
	start_leakaudit --cgroup "$SCOPE"
	in_netns client tc qdisc change dev eth0 root tbf rate 8mbit burst 2000 limit 20000
	until_ok "the queue to run empty" queue_is_empty
	stop_leakaudit
	assert_complete
	assert_equal "seen" 0 "$(line eth0 .seen.packets)"
	assert_equal "items" "waited $(line eth0 .counted.packets)" "$(items eth0)"
	assert_equal "unexplained" 0 "$(line eth0 .unexplained.packets)"
}

queue_is_empty() {
	in_netns client tc -s qdisc show dev eth0 | grep -q "backlog 0b 0p"
}

# second_sends: by eth1, as who is not watched.
second_sends() {
	sender_start_in second "$(lab_cgroup elsewhere)" udp "$SECOND_ISP4" 9 --count 4
}

second_is_gone() {
	ip_in client link del eth1
	wait_for '.leakaudit.interface.name == "eth1" and .leakaudit.interface.change == "gone"'
	stop_leakaudit
}

test_an_interface_that_vanishes() {
	lab_up
	world_plug_second
	start_leakaudit --cgroup "$SCOPE"
	second_sends
	second_is_gone
	assert_complete
	assert_equal "counted, seen, unexplained" "4 4 0" \
		"$(line eth1 '"\(.counted.packets) \(.seen.packets) \(.unexplained.packets)"')"
}

test_an_interface_that_vanishes_with_a_bypass() {
	lab_up
	world_plug_second
	bypass_open eth1 "$SECOND_ISP_MAC"
	start_leakaudit --cgroup "$SCOPE"
	second_sends
	bypass_send
	second_is_gone
	assert_unexplained eth1 3
}

# It comes, sends and goes, all while we watch.
test_an_interface_that_comes_and_goes() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	world_plug_second
	wait_for '.leakaudit.interface.name == "eth1" and .leakaudit.interface.change == "new"'
	second_sends
	second_is_gone
	assert_complete
	assert_equal "counted, seen, unexplained" "4 4 0" \
		"$(line eth1 '"\(.counted.packets) \(.seen.packets) \(.unexplained.packets)"')"
}

test_an_interface_that_is_moved_away() {
	lab_up
	world_plug_second
	start_leakaudit --cgroup "$SCOPE"
	second_sends
	ip_in client link set eth1 netns "$LAB-outside"
	wait_for '.leakaudit.interface.name == "eth1" and .leakaudit.interface.change == "gone"'
	stop_leakaudit
	assert_complete
	assert_equal "counted, unexplained" "4 0" "$(line eth1 '"\(.counted.packets) \(.unexplained.packets)"')"
}

# inner_up: a process of the scope in a namespace of its own, with eth1; pid to INNER.
inner_up() {
	spawn_client inner unshare --net sleep 300
	INNER=$SPAWNED
	until_ok "a new namespace" left_netns_of_lab "$INNER"
	world_plug_second_into "$INNER"
}

left_netns_of_lab() {
	[ "$(stat -Lc %i "/proc/$1/ns/net")" != "$(stat -Lc %i "$(netns client)")" ] && [ "$(cat "/proc/$1/comm")" = sleep ]
}

in_inner() {
	in_cgroup "$(lab_cgroup elsewhere)" nsenter --net="/proc/$INNER/ns/net" -- "$LAB_BIN/send" packet "$SECOND_ISP4" 9 \
		--interface eth1 --mac "$SECOND_ISP_MAC" --source "$SECOND4" --source-port 7 "$@" </dev/null
}

test_another_namespace() {
	lab_up
	inner_up
	start_leakaudit --cgroup "$SCOPE"
	in_inner --count 3
	stop_leakaudit
	assert_complete
	assert_equal "counted, seen, unexplained" "3 3 0" \
		"$(line eth1 '"\(.counted.packets) \(.seen.packets) \(.unexplained.packets)"')"
	[ "$(line eth1 .netns.cookie)" != null ] || fail "it does not say in which namespace"
}

test_another_namespace_with_a_bypass() {
	lab_up
	inner_up
	start_leakaudit --cgroup "$SCOPE"
	in_inner --count 2 --qdisc-bypass
	stop_leakaudit
	assert_unexplained eth1 2
	[[ $(summary .incomplete) == "eth1 in namespace $(line eth1 .netns.name) has sent 2 packets"* ]] || fail "said: $(summary .incomplete)"
}

# A hook that was away has not seen what went by meanwhile.
test_a_hook_that_is_taken_away() {
	lab_up
	watch_client --tc clsact
	in_netns client tc filter del dev eth0 egress
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 3
	until_ok "the hook to be put back" grep -q "removed the TC hook" "$LAB_DIR/leakaudit.log"
	watch_end
	assert_equal "unexplained" 3 "$(line eth0 .unexplained.packets)"
	grep -q "its TC hook was away" "$LAB_DIR/leakaudit.log" || fail "$(cat "$LAB_DIR/leakaudit.log")"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# A guard's follower answers for the time since it came.
test_follower_of_a_guard() {
	lab_up
	guard_make
	sender_start_in before "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 4
	bypass_open
	bypass_send
	guard_follow
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 5
	stop_leakaudit
	assert_complete
	assert_equal "counted, seen, unexplained" "5 5 0" \
		"$(line eth0 '"\(.counted.packets) \(.seen.packets) \(.unexplained.packets)"')"
	rm "$OUT"
	guard_follow
	bypass_send
	stop_leakaudit
	assert_unexplained eth0 3
	guard_release
}

# Interfaces and packets at full speed while the counters are read, at the start and in the end.
test_busy_from_the_start_to_the_end() {
	lab_up
	(enter client "$(lab_cgroup elsewhere)" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        s.sendto(bytes(50), (sys.argv[1], 9))
    except OSError:
        pass' "$PEER4") </dev/null >/dev/null 2>&1 &
	FLOOD=$!
	start_leakaudit --cgroup "$SCOPE"
	until_ok "traffic" busy
	stop_leakaudit
	end_process "$FLOOD" KILL
	assert_complete
	assert_equal "unexplained" "0 0" "$(line eth0 '.unexplained | "\(.packets) \(.bytes)"')"
	(($(line eth0 .counted.packets) > 20000)) || fail "counted $(line eth0 .counted)"
}

busy() {
	(($(ip_in client -j -s link show dev eth0 | jq '.[0].stats64.tx.packets') > 50000))
}
