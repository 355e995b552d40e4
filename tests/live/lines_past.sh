# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Packets that leave past every hook: the interface has counted them, so the run is no complete one.

# Nothing of it is seen by any hook, and nobody has told of it.
test_bypass_of_who_is_not_watched() {
	lab_up
	bypass_open
	watch_client
	bypass_send
	watch_end
	assert_no_event '.event.action == "bypass"'
	captured_some "host $PEER4 and src port 7"
	assert_unexplained eth0 3
	assert_equal "seen" 0 "$(line eth0 .seen.packets)"
}

# Where it was told of, it is named.
test_bypass_of_who_is_watched() {
	lab_up
	watch_client
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 --qdisc-bypass
	wait_for '.event.action == "bypass"'
	watch_end
	assert_equal "unexplained" 1 "$(line eth0 .unexplained.packets)"
	assert_equal "suspect" "send[${SENDER_PID[frame]}]" "$(line eth0 .suspect)"
	grep -q "eth0 has sent 1 packet.*send\[${SENDER_PID[frame]}\]" "$LAB_DIR/leakaudit.log" || fail "$(cat "$LAB_DIR/leakaudit.log")"
}

# program KIND NUMBER: of somebody else, to PIN.
program() {
	PIN=/sys/fs/bpf/$LAB-$1
	python3 "$LAB_LIB/refuse.py" "$1" "$PIN" "$2"
}

# A filter before ours that lets the packet pass, and asks none behind it.
test_a_filter_before_ours() {
	lab_up
	watch_client --tc clsact
	program tc-last 1000000000
	in_netns client tc filter add dev eth0 egress prio 1 bpf da object-pinned "$PIN"
	rm "$PIN"
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 5
	watch_end
	assert_unexplained eth0 5
	assert_incomplete_by "the tc filter refuse"
}

# Its name proves nothing, and that of its map: they have those of the program which holds our place while we begin, and of
# what ours have.
test_a_tcx_program_before_ours() {
	local name

	lab_up
	PIN=/sys/fs/bpf/$LAB-tcx
	for name in la_socks la_placeholder la_tc_leash; do
		watch_client
		in_netns client python3 "$LAB_LIB/refuse.py" tcx "$PIN" "$(ifindex client eth0)" $name 2>"$LAB_DIR/tcx.log" || skip "$(tail -n 1 "$LAB_DIR/tcx.log")"
		sender_start_in $name "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 5
		watch_end
		rm "$PIN"
		assert_unexplained eth0 5
		assert_incomplete_by "the tc program $name"
		rm "$OUT"
	done
}

# assert_incomplete_by TEXT [STATUS]: it is in the reason, and in the log.
assert_incomplete_by() {
	[[ $(summary .incomplete) == *"$1"* ]] || fail "incomplete: $(summary .incomplete)"
	grep -q "$1" "$LAB_DIR/leakaudit.log" || fail "$(cat "$LAB_DIR/leakaudit.log")"
	assert_equal "exit status" "${2:-5}" "$LEAKAUDIT_STATUS"
}

# Copies of what goes through the tunnel, which a rule sends past it: they have no socket. Those that leave in their sender's call
# are counted. Where the rule stands when the run begins, and where it comes and goes within a second.
test_copies_by_a_rule() {
	lab_up tunnel
	copying_rule "ip daddr $LATE_PEER4 udp dport 9 dup to $ISP4 device eth0"
	watch_client
	sender_start one udp "$LATE_PEER4" 9 --count 3
	until_ok "the copies" captured_some "host $LATE_PEER4 and udp port 9"
	watch_end
	assert_incomplete_by "'dup' in table 'copies', chain 'out'" 1
	assert_exact true "host $LATE_PEER4 and udp port 9"
	rm "$OUT"
	watch_client
	copying_rule "iifname lo counter dup to $ISP4 device eth0"
	in_netns client nft delete table ip copies
	watch_end
	assert_incomplete_by "'dup' in table 'copies', chain 'out'"
}

copying_rule() {
	in_netns client nft -f - <<-END || skip "no nftables with dup"
		table ip copies
		delete table ip copies
		table ip copies {
			chain out {
				type filter hook output priority 0
				$1
			}
		}
	END
}

# At the tunnel, towards eth0; refuse.py knows which programs there are.
tcx_program() {
	PIN=/sys/fs/bpf/$LAB-$1
	in_netns client python3 "$LAB_LIB/refuse.py" "$1" "$PIN" "$(ifindex client tun0)" "$(ifindex client eth0)" \
		2>"$LAB_DIR/tcx.log" || skip "$(tail -n 1 "$LAB_DIR/tcx.log")"
}

# A program, and a filter, behind no hook of ours: at the tunnel, where they copy what goes in.
test_copies_by_a_program_or_a_filter() {
	lab_up tunnel
	watch_client
	tcx_program tcx-copy
	in_client ping -c 2 -i 0.2 "$PEER4" >/dev/null
	watch_end
	rm "$PIN"
	assert_incomplete_by "tun0 may send copies of packets, which have no owner: the tc program refuse"
	rm "$OUT"
	in_netns client tc qdisc add dev tun0 clsact
	in_netns client tc filter add dev tun0 egress u32 match u32 0 0 action mirred egress mirror dev eth0 || skip "no mirred"
	watch_client
	watch_end
	assert_incomplete_by "tun0 may send copies of packets, which have no owner: the tc filter u32"
}

# They take the packet itself out of the tunnel, or what comes out of lo; and may be gone when we look.
test_sent_on_by_a_program_or_a_filter() {
	lab_up tunnel
	watch_client
	tcx_program tcx-away
	watch_end
	rm "$PIN"
	assert_incomplete_by "tun0 may send packets on, past what judges them: the tc program refuse"
	rm "$OUT"
	watch_client
	in_netns client tc qdisc add dev lo clsact
	in_netns client tc filter add dev lo ingress u32 match u32 0 0 action mirred egress redirect dev eth0 || skip "no mirred"
	in_netns client tc qdisc del dev lo clsact
	watch_end
	assert_incomplete_by "lo may send packets on, past what judges them: the tc filter u32"
}

# What mirred sends by the interface comes past our hook.
test_redirected_by_a_filter() {
	lab_up
	world_plug_second
	in_netns client tc qdisc add dev eth1 clsact
	in_netns client tc filter add dev eth1 ingress u32 match u32 0 0 action mirred egress redirect dev eth0 ||
		skip "no mirred"
	watch_client
	(enter isp "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$SECOND4" 9 --count 5 </dev/null) >/dev/null
	until_ok "the packets" captured_from_second
	watch_end
	assert_complete
	assert_equal "counted, unexplained" "5 0" "$(line eth0 '"\(.counted.packets) \(.unexplained.packets)"')"
}

captured_from_second() {
	[ "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn "dst host $SECOND4" 2>/dev/null | wc -l)" = 5 ]
}

# XDP's come from nowhere.
test_redirected_by_xdp() {
	lab_up
	world_plug_second
	program xdp "$(ifindex client eth0)"
	in_netns client ip link set dev eth1 xdpgeneric pinned "$PIN" 2>"$LAB_DIR/xdp.log" || { rm "$PIN"; skip "$(cat "$LAB_DIR/xdp.log")"; }
	rm "$PIN"
	watch_client
	(enter isp "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$SECOND4" 9 --count 5 </dev/null) >/dev/null
	until_ok "the packets" captured_from_second
	watch_end
	assert_unexplained eth0 5
}

test_sent_back_by_xdp() {
	lab_up
	program xdp 0
	in_netns client ip link set dev eth0 xdpgeneric pinned "$PIN" 2>"$LAB_DIR/xdp.log" || { rm "$PIN"; skip "$(cat "$LAB_DIR/xdp.log")"; }
	rm "$PIN"
	watch_client
	(enter isp "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$CLIENT4" 9 --count 5 </dev/null) >/dev/null
	until_ok "the packets" captured_back 5
	watch_end
	assert_unexplained eth0 5
}

captured_back() {
	[ "$(ip_in client -j -s link show dev eth0 | jq '.[0].stats64.tx.packets')" = "$1" ]
}

# By a ring that was there before leakaudit, of nobody that is watched.
test_af_xdp_of_who_is_not_watched() {
	local fd

	lab_up
	mkfifo "$LAB_DIR/ring.in"
	exec {fd}<>"$LAB_DIR/ring.in"
	(enter client "$(lab_cgroup elsewhere)" python3 "$LAB_LIB/xdp_send.py" eth0 "$ISP_MAC" "$CLIENT_MAC" \
		"$CLIENT4" "$PEER4") 		<"$LAB_DIR/ring.in" >"$LAB_DIR/ring.log" 2>&1 {fd}>&- &
	until_ok "a ring" ring_is_there
	watch_client
	printf '1\n2\n3\n' >&"$fd"
	until_ok "the packets" captured_some "host $PEER4 and src port 7"
	until_ok "all of them" grep -qz 'sent.*sent.*sent' "$LAB_DIR/ring.log"
	watch_end
	assert_unexplained eth0 3
}

ring_is_there() {
	grep -q ready "$LAB_DIR/ring.log" && return
	! grep -qE "Error|errno" "$LAB_DIR/ring.log" || skip "no AF_XDP: $(tail -n 1 "$LAB_DIR/ring.log")"
	return 1
}

# nft sends a packet on by another interface, and doubles one.
test_forwarded_and_doubled_by_nft() {
	lab_up
	world_plug_second
	in_netns client nft "add table netdev f; add chain netdev f in { type filter hook ingress device eth1 priority 0; };
		add rule netdev f in udp dport 9 fwd to eth0; add rule netdev f in udp dport 7 dup to eth0" 2>"$LAB_DIR/nft.log" ||
		skip "nft does not send on: $(head -n 1 "$LAB_DIR/nft.log")"
	watch_client
	(enter isp "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$SECOND4" 9 --count 3 </dev/null) >/dev/null
	(enter isp "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$SECOND4" 7 --count 2 </dev/null) >/dev/null
	until_ok "the packets" captured_from_second
	watch_end
	assert_complete
	assert_equal "counted, seen, unexplained" "5 5 0" "$(line eth0 '"\(.counted.packets) \(.seen.packets) \(.unexplained.packets)"')"
}
