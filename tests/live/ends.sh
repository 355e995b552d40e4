# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The three ends of a packet: it left, we dropped it, or something else held it. "Leaked" is what left: the wire says how
# much that was.

# many COUNT [PAUSE]: so many datagrams of the client, whatever becomes of them, in one flow; a pause of so many seconds after
# each five hundred.
many() {
	(enter client "$APP" python3 - "$PEER4" "$1" "${2:-0}") <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.connect((sys.argv[1], 9))
		for n in range(int(sys.argv[2])):
		    while True:
		        try:
		            s.send(bytes(20))
		        except ConnectionRefusedError:
		            continue # an answer to an earlier one; this one was not sent
		        except OSError:
		            pass
		        break
		    if n % 500 == 499:
		        time.sleep(float(sys.argv[3]))
	END
}

# ends NAME: packets of the summary.
ends() {
	summary ".summary.$1.packets"
}

# assert_ends SENT: all that was sent is accounted for, and what is said to have left is what the wire saw.
assert_ends() {
	local left wire

	left=$(ends leaks)
	wire=$(captured "udp and host $PEER4")
	assert_equal "what left" "$wire" "$(summary_leaks)"
	assert_equal "left and held" "$1" "$((left + $(ends held)))"
	assert_equal "judged" "$1" "$(ends judged)"
	assert_complete
	((left)) && wire=1 || wire=0
	assert_equal "exit status" "$wire" "$LEAKAUDIT_STATUS"
}

# assert_some_held: neither all nor nothing.
assert_some_held() {
	(($(ends held) > 100 && $(ends leaks) > 100)) || fail "held $(ends held), left $(ends leaks)"
}

test_another_program_refuses_all() {
	lab_up
	refuse "$APP" 1
	watch_client
	many 20
	wait_for_leak '.leakaudit.outcome == "held"'
	watch_end
	assert_ends 20
	assert_equal "what left" 0 "$(ends leaks)"
	assert_leaks '.leakaudit.outcome == "held"' '.leakaudit.held_by == "cgroup"' '(.event.type | index("denied"))'
	assert_event "$LEAK and (.message | contains(\"stopped by another program on a cgroup\"))"
}

test_another_program_refuses_some() {
	lab_up
	refuse "$APP" 3
	watch_client
	many 10000
	watch_end
	assert_ends 10000
	assert_some_held
}

nft_egress() {
	in_netns client nft "add table netdev f; add chain netdev f out { type filter hook egress device eth0 priority 0; };
		add rule netdev f out $1" 2>"$LAB_DIR/nft.log" || skip "no nft egress hook: $(head -n 1 "$LAB_DIR/nft.log")"
}

test_a_rule_at_the_device_drops_all() {
	lab_up
	nft_egress "udp dport 9 drop"
	watch_client
	many 20
	wait_for_leak '.leakaudit.outcome == "held"'
	watch_end
	assert_ends 20
	assert_leaks '.leakaudit.held_by == "netfilter"' '.network.packets == 0' '.source.packets == 0'
}

test_a_rule_at_the_device_drops_some() {
	lab_up
	nft_egress "udp dport 9 numgen random mod 3 0 drop"
	watch_client
	many 10000
	watch_end
	assert_ends 10000
	assert_some_held
}

# tc_drops ONE_IN [MODE]: leakaudit watches, and a filter of somebody else stands behind its own.
tc_drops() {
	local pin=/sys/fs/bpf/$LAB-refuse status=0

	watch_client "${@:2}"
	python3 "$LAB_LIB/refuse.py" tc "$pin" "$1"
	in_netns client tc qdisc add dev eth0 clsact 2>/dev/null || true # it is there already
	in_netns client tc filter add dev eth0 egress prio 60000 bpf da object-pinned "$pin" 2>"$LAB_DIR/tc.log" || status=$?
	rm -f "$pin"
	((!status)) || skip "tc cannot have a BPF filter: $(head -n 1 "$LAB_DIR/tc.log")"
}

test_a_tc_filter_drops_some() {
	lab_up
	tc_drops 3
	many 10000
	watch_end
	assert_ends 10000
	assert_some_held
	assert_leaks_where '.leakaudit.flow == "close"' '.leakaudit.held_by == "tc"'
}

test_a_tc_filter_drops_some_behind_clsact() {
	lab_up
	tc_drops 3 --tc clsact
	many 10000
	watch_end
	assert_ends 10000
	assert_some_held
}

test_a_full_queue_drops_some() {
	lab_up
	in_netns client tc qdisc replace dev eth0 root tbf rate 4mbit burst 3000 limit 6000
	watch_client
	many 10000
	until_ok "the queue to run empty" queue_is_empty
	watch_end
	assert_ends 10000
	assert_some_held
	assert_leaks_where '.leakaudit.flow == "close"' '.leakaudit.held_by == "queue"'
}

queue_is_empty() {
	in_netns client tc -s qdisc show dev eth0 | grep -q "backlog 0b 0p"
}

# The other end goes down and up: sometimes the queue is told, sometimes the driver finds out.
test_a_line_that_comes_and_goes() {
	local turn=0

	lab_up
	watch_client
	many 10000 0.05 &
	while kill -0 $! 2>/dev/null; do
		line_goes down
		sleep "0.0$((turn % 6 + 1))"
		line_goes up
		sleep "0.0$((++turn % 6 + 1))"
	done
	wait $!
	watch_end
	assert_ends 10000
	assert_some_held
}

# line_goes up|down: between two packets. One that is handed over just then has left, and the far side does not capture it.
line_goes() {
	echo 1 >"$APP/cgroup.freeze"
	until_ok "the sender to stand still" grep -q 'frozen 1' "$APP/cgroup.events"
	ip_in isp link set isp0 "$1"
	[ "$1" = down ] || neighbours isp isp0 "$CLIENT_MAC" "$CLIENT4"
	echo 0 >"$APP/cgroup.freeze"
}

test_a_line_without_carrier() {
	lab_up
	ip_in isp link set isp0 down
	start_leakaudit --cgroup "$SCOPE"
	many 20
	wait_for_leak '.leakaudit.outcome == "held"'
	stop_leakaudit
	assert_equal "left, held" "0 20" "$(ends leaks) $(ends held)"
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
	assert_complete
}

# Where nobody answers, or nothing comes out of the queue, since the line is dead, that is why.
test_a_line_without_carrier_and_neighbours() {
	lab_up
	ip_in client neigh flush nud permanent dev eth0
	ip_in isp link set isp0 down
	start_leakaudit --cgroup "$SCOPE"
	many 20
	wait_for_leak '.leakaudit.held_by'
	stop_leakaudit
	assert_leaks_where '.leakaudit.held_by' '.leakaudit.held_by == "device"' '.message | contains("the device, which is down")'
	assert_equal "left, held" "0 20" "$(ends leaks) $(ends held)"
}

test_a_line_without_carrier_and_a_queue() {
	lab_up
	in_netns client tc qdisc replace dev eth0 root tbf rate 4mbit burst 3000 limit 6000
	ip_in isp link set isp0 down
	start_leakaudit --cgroup "$SCOPE"
	until_ok "the queue to be taken away" queue_is_dead
	many 20
	wait_for_leak '.leakaudit.held_by'
	stop_leakaudit
	assert_leaks_where '.leakaudit.held_by' '.leakaudit.held_by == "device"'
	assert_equal "left, held" "0 20" "$(ends leaks) $(ends held)"
}

queue_is_dead() {
	ip_in client -j link show dev eth0 | jq -e '.[0].operstate != "UP"' >/dev/null
}

# The kernel asks three times, and keeps three packets at most meanwhile.
test_a_gateway_that_does_not_answer() {
	lab_up
	ip_in client neigh flush dev eth0
	ip_in client neigh flush nud permanent dev eth0
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=8
	watch_client
	many 20
	wait_for_leak '.leakaudit.held_by == "neighbour"'
	watch_end
	assert_ends 20
	assert_equal "what left" 0 "$(ends leaks)"
}

# What waits for a neighbour counts when it leaves, be its socket closed by then.
test_a_gateway_that_answers_late() {
	lab_up
	ip_in client neigh flush nud permanent dev eth0
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=8
	watch_client
	many 2
	wait_for_leak '.leakaudit.outcome == "held"'
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=0
	until_ok "the packets to leave" captured_late
	watch_end
	assert_ends 2
	assert_equal "what left" 2 "$(ends leaks)"
	assert_leaks_where '.leakaudit.flow == "close"' '.leakaudit.outcome == "left"' '(.leakaudit.held | not)'
}

captured_late() {
	[ "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn "udp and host $PEER4" 2>/dev/null | wc -l)" = 2 ]
}

# What we drop is no leak, and is not held by anything else.
test_dropped_is_not_held() {
	lab_up
	watch_client --drop
	many 20
	wait_for_leak '.leakaudit.outcome == "dropped"'
	watch_end
	assert_equal "left, dropped, held, judged" "0 20 0 20" "$(ends leaks) $(ends dropped) $(ends held) $(ends judged)"
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
}
