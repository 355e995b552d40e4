# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# A kill switch that outlives its maker: nothing of the scope leaves outside the tunnel, whoever has died.

test_guard_holds_with_nobody_alive() {
	lab_up tunnel
	guard_make
	capture_start
	in_client ping -c 2 -i 0.2 "$PEER4"
	tunnel_fall
	try_to_leak
	capture_stop
	assert_silent
	guard_holds || fail "the guard is gone"
	guard_release
	! guard_holds || fail "the guard is still there"
	sender_start free udp "$PEER4" 9
}

# Connections are refused once its follower knows that nothing behind them would keep them inside.
is_refused() {
	in_client timeout 1 "$LAB_BIN/send" tcp "$PEER4" 9 >/dev/null 2>&1 </dev/null && fail "it was connected"
	has_event "$LEAK and .leakaudit.hook == \"connect\""
}

test_guard_is_followed_by_a_watch() {
	lab_up tunnel
	guard_make
	guard_follow
	capture_start
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	try_to_leak
	wait_for_leak '.network.transport == "udp" and .leakaudit.hook == "cgroup"'
	until_ok "a refused connection" is_refused
	wait_for_leak '.leakaudit.hook == "tc"'
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_equal "ready says the guard" "\"$LAB\"" "$(events '.event.action == "ready"' | jq .leakaudit.guard)"
	(($(summary .summary.dropped.packets) >= 2)) || fail "not counted"
	try_to_leak
	capture_stop
	assert_silent
}

# Sums outlive who read them: a second follower knows what the first has counted.
test_guards_sums_outlive_their_readers() {
	local first

	lab_up
	guard_make
	guard_follow
	in_client "$LAB_BIN/send" udp "$PEER4" 9 >/dev/null 2>&1 </dev/null || true
	wait_for_leak '.network.transport == "udp"'
	until_ok "its end" has_event "$LEAK and .leakaudit.flow == \"close\""
	stop_leakaudit
	first=$(summary '.summary.dropped | "\(.packets) \(.bytes)"')
	assert_equal "packets dropped" 1 "${first% *}"
	rm "$OUT"
	guard_follow
	stop_leakaudit
	assert_equal "dropped, by the second" "$first" "$(summary '.summary.dropped | "\(.packets) \(.bytes)"')"
}

# What comes back is closed until it is proven a tunnel, whatever it is called.
test_returned_tunnel_is_opened_by_its_follower() {
	lab_up tunnel
	guard_make --tunnel tun0 --transport-cgroup "$(cgroup_path "$SCOPE/openvpn")"
	capture_start
	tunnel_fall
	tunnel_up
	! in_client ping -c 1 -W 1 "$PEER4" >/dev/null 2>&1 || fail "it was opened by its name"
	guard_follow
	in_client ping -c 1 -W 2 "$PEER4" || fail "it is not opened"
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	tunnel_up
	wait_for ".event.action == \"tunnel-up\" and .leakaudit.interface.id == \"$(ifindex client tun0)\""
	in_client ping -c 1 -W 2 "$PEER4" || fail "it is not opened again"
	stop_leakaudit
	capture_stop
	assert_silent
}

test_second_guard_of_a_name_is_refused() {
	local status=0

	lab_up tunnel
	guard_make --ttl 3600 --tunnel tun0 --drop=ipv4,torrent
	in_client "$LAB_BIN/send" --bind-device eth0 udp 192.0.2.1 9 </dev/null 2>/dev/null || true
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE") 2>"$LAB_DIR/second.log" || status=$?
	assert_equal "exit status" 3 "$status"
	grep -q "a guard '$LAB' is in force" "$LAB_DIR/second.log" || fail "$(cat "$LAB_DIR/second.log")"
	"$LEAKAUDIT" guard --list >"$LAB_DIR/list.log"
	grep -A 4 "^$LAB " "$LAB_DIR/list.log" | tr '\n' ' ' |
		grep -Eq " no +in force +of $(cgroup_path "$SCOPE") +stops ipv4, torrent; expires in (59 min|1 h) .* 1 packet \(.*\) stopped, 0 calls refused .*open: .*--guard $LAB" ||
		fail "$(cat "$LAB_DIR/list.log")"
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --list -o json) >"$LAB_DIR/list.json"
	jq -se --arg name "$LAB" --arg scope "$(cgroup_path "$SCOPE")" 'map(select(.name == $name)) | length == 1 and (.[0] |
		.state == "in-force" and .scope == $scope and .stops == ["ipv4", "torrent"] and .tunnels == ["tun0"] and
		.stopped.packets == 1 and .leaked.packets == 0 and .expires_in > 3500 and (.followed | not))' "$LAB_DIR/list.json" >/dev/null ||
		fail "$(cat "$LAB_DIR/list.json")"
}

test_guard_lifts_itself() {
	lab_up
	guard_make --ttl 8
	try_to_leak
	until_ok "the guard's end" in_client "$LAB_BIN/send" udp "$PEER4" 9 </dev/null
	guard_follow
	sender_start free udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[free]}" send)"
	stop_leakaudit
	assert_event "$LEAK and $(by "${SENDER_PID[free]}" send) and .leakaudit.verdict == \"counted\""
}

test_guard_with_clsact() {
	lab_up tunnel
	guard_make --tc clsact
	capture_start
	tunnel_fall
	try_to_leak
	guard_follow --tc clsact
	try_to_leak
	stop_leakaudit
	try_to_leak
	capture_stop
	assert_silent
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --release "$LAB")
	in_netns client tc filter show dev eth0 egress | grep -q bpf && fail "a filter is left"
	sender_start free udp "$PEER4" 9
}

# An index is given again: to a device that is moved there for one. Nobody is there to say that it is no tunnel.
test_reused_index_is_no_tunnel() {
	local index

	lab_up tunnel
	index=$(ifindex client tun0)
	GUARD_SCOPE=$APP
	guard_make
	in_client ping -c 1 -W 2 "$PEER4" || fail "the tunnel is closed"
	tunnel_fall
	reuse_index "$index"
	in_client "$LAB_BIN/send" udp "$PEER4" 9 </dev/null 2>"$LAB_DIR/reused.log" && fail "it was sent"
	grep -q "Operation not permitted" "$LAB_DIR/reused.log" || fail "$(cat "$LAB_DIR/reused.log")"
}

# The kernel itself sees what a device is made to do: a tun that comes back needs nobody to open it, a tap stays closed.
test_returned_tunnel_is_proven_by_its_kind() {
	lab_up tunnel
	GUARD_SCOPE=$APP
	guard_make
	tunnel_fall
	tunnel_up
	in_client ping -c 2 -W 2 "$PEER4" || fail "the new tunnel is closed"
	ip_in client tuntap add mode tap name tun7
	ip_in client link set tun7 up
	ip_in client addr add 10.99.0.1/24 dev tun7
	in_client "$LAB_BIN/send" udp 10.99.0.2 9 </dev/null 2>"$LAB_DIR/tap.log" && fail "it was sent by a tap"
	return 0
}

# Where the user has named the tunnel, no other is one.
test_named_tunnels_are_opened_by_their_follower_only() {
	lab_up tunnel
	GUARD_SCOPE=$APP
	guard_make --tunnel tun0
	in_client ping -c 1 -W 2 "$PEER4" || fail "the tunnel is closed"
	tunnel_fall
	tunnel_up
	! in_client ping -c 1 -W 1 "$PEER4" >/dev/null 2>&1 || fail "it was opened by its name"
	guard_follow
	in_client ping -c 1 -W 2 "$PEER4" || fail "it is not opened"
	stop_leakaudit
}

# What another leakaudit puts at TC while it begins is known to pass nothing on.
test_guard_made_beside_a_watch() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	guard_make
	stop_leakaudit
	assert_complete
}

# As leakaudit@NAME does beside leakaudit-guard@NAME, whose cgroup is the slice that the service lives in.
test_guard_of_the_slice_is_found_from_the_service() {
	lab_up
	guard_make
	start_leakaudit --cgroup "$APP"
	assert_equal "the scope" "\"$(cgroup_path "$SCOPE")\"" "$(events '.event.action == "ready"' | jq .leakaudit.scope)"
	try_to_leak
	wait_for_leak '.leakaudit.verdict == "dropped"'
	stop_leakaudit
}

test_follower_ends_with_its_guard() {
	lab_up
	guard_follow_start
	guard_release
	await_leakaudit
	grep -q "was released or replaced" "$LAB_DIR/leakaudit.log" || fail "not said"
	sender_start free udp "$PEER4" 9
}

test_two_followers_are_one_too_many() {
	local status=0

	lab_up
	guard_make
	guard_follow
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --guard "$LAB" 2>"$LAB_DIR/second.log" || status=$?
	assert_equal "exit status" 3 "$status"
	grep -q "is followed by another process" "$LAB_DIR/second.log" || fail "$(cat "$LAB_DIR/second.log")"
	stop_leakaudit
}

# What another version pinned is not read, but can be replaced and lifted.
test_guard_of_another_version() {
	local status=0

	lab_up
	guard_make
	guard_meta_of_another_version
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --guard "$LAB" 2>"$LAB_DIR/old.log" || status=$?
	assert_equal "exit status" 3 "$status"
	grep -q "and this one cannot read its tables" "$LAB_DIR/old.log" || fail "$(cat "$LAB_DIR/old.log")"
	try_to_leak
	guard_make --replace
	guard_follow
	stop_leakaudit
	guard_meta_of_another_version
	guard_release
	sender_start free udp "$PEER4" 9
}

# The second word of "meta" is the version of the tables.
guard_meta_of_another_version() {
	local bpftool value

	bpftool=$(PATH=$PATH:/usr/sbin command -v bpftool) || skip "bpftool is missing"
	value=$("$bpftool" -j map lookup pinned "$GUARD_ROOT/$LAB/meta" key 0 0 0 0 | jq -r '.value | .[4] = "0x63" | join(" ")')
	# shellcheck disable=SC2086 # bytes, each a word
	"$bpftool" map update pinned "$GUARD_ROOT/$LAB/meta" key 0 0 0 0 value $value
}

# From one socket to many peers, as a DHT does: says how many were refused.
FLOOD='
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
refused = 0
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    try:
        s.sendto(b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe", (sys.argv[1], 1024 + n))
    except PermissionError:
        refused += 1
print(refused)'

# A client that goes on for an hour with the tunnel down fills the flow table, and nobody is there to clear it up. What the
# daemon sends has a record all the same: one of those that are kept for it.
test_full_flow_table_keeps_no_tunnel_down() {
	lab_up tunnel
	guard_make
	! record_is_used 16383 || fail "the last record is not kept"
	in_client python3 -c "$FLOOD" "$PEER4" 0 17500 >"$LAB_DIR/refused"
	kill -USR1 "$OPENVPN_PID"
	until_ok "the tunnel to be back" tunnel_is_back
	! grep -q "not permitted\|TLS Error\|SIGUSR1\[soft,tls" "$LAB_DIR/openvpn.log" || fail "not at its first try"
	in_client ping -c 1 -W 5 "$TUNNEL_PEER4" >"$LAB_DIR/ping.log" || fail "the tunnel is closed"
	record_is_used 16383 || fail "the daemon has no record"
	# by now the first records have rested for a second: those of what was dropped are used again
	in_client python3 -c "$FLOOD" "$PEER4" 20000 21000 >>"$LAB_DIR/refused"
	in_client python3 -c "$FLOOD" "$PEER4" 30000 31000 >>"$LAB_DIR/refused"
	OUT=$LAB_DIR/events.json
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --guard "$LAB" --duration 1 --output "json:$OUT" || true
	grep -q '"destination":{"ip":"[^"]*","port":31[0-9]*}' "$OUT" || fail "no record was free for the last"
	sed -i '$!d' "$OUT"
	assert_equal "refused" "17500 1000 1000" "$(xargs <"$LAB_DIR/refused")"
	assert_equal "dropped" 19500 "$(summary .summary.dropped.packets)"
	assert_equal "by class" 19500 "$(summary '.summary.by_class | [.[].packets] | add')"
	assert_equal "leaked" "0 0" "$(summary_leaks)"
}

# record_is_used ID
record_is_used() {
	local bpftool bytes

	bpftool=$(PATH=$PATH:/usr/sbin command -v bpftool) || skip "bpftool is missing"
	bytes=$("$bpftool" -j map lookup pinned "$GUARD_ROOT/$LAB/map_la_flows" key $(($1 & 255)) $(($1 >> 8)) 0 0 | jq -c .value)
	[[ $bytes == *0x[0-9a-f][1-9a-f]* || $bytes == *0x[1-9a-f]* ]]
}

# The same with a follower, which has not ended one of these flows when there is no room left: what is dropped goes on, and all
# of it is counted once. Its events are too many to be read here.
test_full_flow_table_of_a_followed_guard() {
	local metrics=$LAB_DIR/metrics.prom

	lab_up tunnel
	guard_needs_bpffs
	spawn follower client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" --follow --output "metrics:$metrics"
	until_ok "the metrics" grep -qs '^leakaudit_running 1' "$metrics"
	in_client python3 -c "$FLOOD" "$PEER4" 0 17500 >"$LAB_DIR/refused"
	kill -USR1 "$OPENVPN_PID"
	in_client python3 -c "$FLOOD" "$PEER4" 20000 21000 >>"$LAB_DIR/refused"
	until_ok "the tunnel to be back" tunnel_is_back
	! grep -q "not permitted\|TLS Error\|SIGUSR1\[soft,tls" "$LAB_DIR/openvpn.log" || fail "not at its first try"
	in_client python3 -c "$FLOOD" "$PEER4" 40000 41000 >>"$LAB_DIR/refused"
	end_process "$SPAWNED" INT
	assert_equal "refused" "17500 1000 1000" "$(xargs <"$LAB_DIR/refused")"
	assert_equal "dropped, and left" "19500 0" \
		"$(sed -n 's/^leakaudit_\(dropped\|leaked\)_packets_total //p' "$metrics" | sort -rn | xargs)"
}

tunnel_is_back() {
	(($(grep -c 'Initialization Sequence Completed' "$LAB_DIR/openvpn.log") == 2))
}
