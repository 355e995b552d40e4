# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Where the events go, what becomes of them when nobody takes them, and how a run ends.

test_file_is_appended_to_and_reopened() {
	local file=$LAB_DIR/rotated.json

	lab_up
	echo '{"kept":true}' >"$file"
	start_leakaudit --cgroup "$SCOPE" --output "json:$file"
	sender_start before udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[before]}" send)"
	mv "$file" "$file.1"
	kill -HUP "$LEAKAUDIT_PID"
	until_ok "a new file" test -e "$file"
	sender_start after udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[after]}" send)"
	stop_leakaudit
	assert_equal "first line" '{"kept":true}' "$(head -n 1 "$file.1")"
	assert_equal "last event" '"summary"' "$(tail -n 1 "$file" | jq .event.action)"
	assert_equal "mode" 640 "$(stat -c %a "$file")"
	diff <(jq -c . "$OUT") <(tail -qn +2 "$file.1" | cat - "$file" | jq -c .) || fail "events were lost or doubled"
}

test_terminated_in_order() {
	lab_up
	watch_client
	sender_start plain udp "$PEER4" 9 --connect --lines
	sender_line plain "more"
	wait_for_leak "$(by "${SENDER_PID[plain]}" send)"
	kill -TERM "$LEAKAUDIT_PID"
	await_leakaudit
	capture_stop
	assert_all_exact
}

test_duration() {
	lab_up
	start_leakaudit --cgroup "$SCOPE" --duration 1
	await_leakaudit
	assert_no_leak
}

# piped_watch NAME ARG...: writes to a pipe whose reader takes one line and goes.
piped_watch() {
	# shellcheck disable=SC2016 # of that shell
	spawn "$1" client "$LAB_CGROUP/watcher" bash -c 'exec "$0" "${@:2}" --output json > >(head -n 1 >"$1")' \
		"$LEAKAUDIT" "$LAB_DIR/$1.first" watch --cgroup "$SCOPE" "${@:2}"
}

# watch | head -n 1 ends, in order; not so what drops, since nobody has said that leaks may pass now.
test_watch_ends_with_its_reader() {
	local status=0

	lab_up
	piped_watch ends
	until_ok "its end" dead "$SPAWNED"
	wait "$SPAWNED" || status=$?
	assert_equal "exit status" 5 "$status"
	assert_equal "first line" '"ready"' "$(jq .event.action "$LAB_DIR/ends.first")"
	sender_start stopped udp "$PEER4" 9 --connect --lines
	piped_watch drops --drop
	until_ok "it to notice" grep -q "its reader has gone" "$LAB_DIR/drops.log"
	echo "not any more" >&"${SENDER_FD[stopped]}"
	until_ok "the sender's error" grep -q "Operation not permitted" "$LAB_DIR/stopped.log"
	kill -INT "$SPAWNED"
	until_ok "its end by a signal" dead "$SPAWNED"
}

# With --interval a long flow tells its totals so far; the last event has them all.
test_updates_of_a_flow() {
	local i

	lab_up
	watch_client --interval 0.1
	sender_start long udp "$PEER4" 9 --connect --lines
	wait_for_leak ".network.packets == 1" # what is sent before it is told is told with it
	for i in {1..3}; do
		sender_line long "line $i"
		wait_for_leak ".network.packets == $((i + 1))"
	done
	watch_end
	assert_equal "flow" '["open","update","update","update","close"]' "$(events "$LEAK" | jq -sc 'map(.leakaudit.flow)')"
	assert_all_exact
}

HEARTBEAT='.event.action == "heartbeat" and .leakaudit.heartbeat'

# It says how the tunnels are and what was counted, and at last what the summary says.
test_heartbeat() {
	local sums='"\(.leaks.packets) \(.leaks.bytes) \(.judged.packets) \(.held.packets)"'

	lab_up tunnel
	watch_client --heartbeat 0.3
	wait_for "$HEARTBEAT.tunnels == {\"up\": 1, \"down\": 0, \"names_down\": []}"
	tunnel_link_down
	wait_for "$HEARTBEAT.tunnels == {\"up\": 0, \"down\": 1, \"names_down\": [\"tun0\"]}"
	sender_start leaks udp "$PEER4" 9
	wait_for "$HEARTBEAT.leaks.packets > 0"
	watch_end
	assert_all_exact
	assert_equal "the last one's sums" "$(summary ".summary | $sums")" \
		"$(events "$HEARTBEAT" | tail -n 1 | jq -r ".leakaudit.heartbeat | $sums")"
	assert_event "$HEARTBEAT.interval == 0.3 and .event.kind == \"metric\" and .leakaudit.complete"
}

# assert_told_together: two names of 30 queries each, and every packet of them.
assert_told_together() {
	local dns="$LEAK and .leakaudit.class == \"dns\""

	assert_equal "packets and bytes" "$(captured "udp port 53")" \
		"$(events "$dns" | jq -rs '"\(map(.network.packets) | add) \(map(.network.bytes) | add)"')"
	assert_equal "names" '[["mail.example",30,null],["www.example",30,null]]' \
		"$(events "$dns" | jq -sc 'map([.dns.question.name, .leakaudit.aggregate.events, .source.port]) | sort')"
}

# Queries of one process and name are one event, live and from a capture; all events together have each packet. By a shorter
# window, a query of each name is told in each.
test_queries_told_together() {
	lab_up resolver
	python3 "$LAB_LIB/make_capture.py" ethernet >"$LAB_DIR/ethernet"
	watch_client --aggregate 86400
	in_client python3 -c '
import socket, sys
for i in range(60):
    name = b"\3www" if i % 2 else b"\4mail"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0" + name + b"\7example\0\0\1\0\1", (sys.argv[1], 53))' "$ISP4"
	until_ok "the queries" wire_has "udp dst port 53" 60
	watch_end
	assert_complete
	assert_told_together
	OUT=$LAB_DIR/replayed.json
	"$LEAKAUDIT" replay --local "$CLIENT4" --aggregate 86400 --output "json:$OUT" "$LAB_DIR/wire.pcap" || (($? == 1))
	assert_told_together
	OUT=$LAB_DIR/windows.json
	"$LEAKAUDIT" replay --local 192.0.2.10 --local 2001:db8:1::10 --aggregate 0.5 --output "json:$OUT" "$LAB_DIR/ethernet" || (($? == 1))
	assert_equal "windows: class, events" '[["dns",1],["stun",1],["dns",1],["stun",1]]' \
		"$(events "$LEAK" | jq -sc 'map(select(.leakaudit.aggregate) | [.leakaudit.class, .leakaudit.aggregate.events])')"
	assert_equal "packets" "$(summary .summary.leaks.packets)" \
		"$(events "$LEAK and (.leakaudit.aggregate or .leakaudit.flow == \"close\")" | jq -s 'map(.network.packets) | add')"
}

# to_file OUTPUT: a replay that writes there.
to_file() {
	"$LEAKAUDIT" replay --local 192.0.2.10 --output "$1" "$LAB_DIR/ethernet" >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr"
}

# What a name leads to, where another user has chosen that: root's file is not written to.
test_output_goes_to_no_file_of_others() {
	local theirs=$LAB_DIR/theirs secret=$LAB_DIR/secret how kind

	python3 "$LAB_LIB/make_capture.py" ethernet >"$LAB_DIR/ethernet"
	chmod 755 "$LAB_DIR"
	install -d -o 65534 -m 755 "$theirs"
	install -d -m 1777 "$LAB_DIR/all"
	echo "root's" >"$secret"
	mkdir "$LAB_DIR/dir"
	ln -s "$secret" "$theirs/link"
	ln -s "$LAB_DIR/dir" "$theirs/way"
	ln -s "$theirs/none" "$LAB_DIR/all/new"
	chown -h 65534 "$theirs/link" "$theirs/way" "$LAB_DIR/all/new"
	ln "$secret" "$theirs/hard"
	install -o 65534 -m 600 /dev/null "$LAB_DIR/all/first"
	for kind in json text pcap; do
		for how in theirs/link theirs/way/file theirs/hard all/new all/first; do
			! to_file "$kind:$LAB_DIR/$how" || fail "$kind was written to $how"
			grep -q "user 65534\|hard link" "$LAB_DIR/stderr" || fail "$how: $(cat "$LAB_DIR/stderr")"
		done
	done
	assert_equal "root's file" "root's" "$(cat "$secret")"
	[[ ! -e $LAB_DIR/dir/file && ! -e $theirs/none ]] || fail "a file was made"
}

# What root links to, what is in a user's own directory, and what is no file at all.
test_output_goes_where_its_user_wants_it() {
	local theirs=$LAB_DIR/theirs output file

	python3 "$LAB_LIB/make_capture.py" ethernet >"$LAB_DIR/ethernet"
	install -d -o 65534 -m 755 "$theirs"
	install -o 65534 -m 640 /dev/null "$theirs/own"
	ln -s real "$LAB_DIR/link"
	for output in "json:$LAB_DIR/link" "json:$theirs/new" "json:$theirs/new" "json:$theirs/own" json:/dev/stdout \
		json:/dev/fd/1 json:/proc/self/fd/1 json:/dev/null; do
		to_file "$output" || (($? == 1)) || fail "$output: $(cat "$LAB_DIR/stderr")"
		[ ! -s "$LAB_DIR/stderr" ] || fail "$output: $(cat "$LAB_DIR/stderr")"
	done
	for file in real theirs/new theirs/own; do
		grep -q summary "$LAB_DIR/$file" || fail "$file is empty"
	done
	cd "$LAB_DIR" || fail "no $LAB_DIR"
	to_file json:../"$(basename "$LAB_DIR")"/./relative || (($? == 1)) || fail "$(cat "$LAB_DIR/stderr")"
	[ -s relative ] || fail "relative is empty"
}

# Names that would make a terminal do things.
test_names_are_shown_as_text() {
	local odd=$'od\e[8mx'

	lab_up
	ip_in client link add "$odd" type veth peer name other
	GUARD_SCOPE=$(lab_cgroup client/$'c\e[2Jd\x9b') guard_make --tunnel $'od\e*' --exposed $'no\e'
	"$LEAKAUDIT" guard --list >"$LAB_DIR/list.log"
	cat -v "$LAB_DIR/guard.log" "$LAB_DIR/list.log" >"$LAB_DIR/shown"
	! grep -q '\^\[\|M-' "$LAB_DIR/shown" || fail "raw: $(cat "$LAB_DIR/shown")"
	assert_equal "shown" "3 2 1" "$(grep -cF '\x1b' "$LAB_DIR/shown") $(grep -cF 'c\x1b[2Jd\x9b' "$LAB_DIR/shown") $(grep -cF 'leaves by od\x1b[8mx or not' "$LAB_DIR/shown")"
}
