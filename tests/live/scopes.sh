# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Several scopes in one run: each packet belongs to one of them, and each one's sums are its own.

# scopes_up: two cgroups beside each other, ONE and TWO, one within the first, INNER, and one that nobody watches. Each
# sends to a port of its own.
scopes_up() {
	local port

	ONE=$(lab_cgroup one)
	INNER=$(lab_cgroup one/inner)
	TWO=$(lab_cgroup two)
	ELSEWHERE=$(lab_cgroup elsewhere)
	declare -gA PORT=(["$ONE"]=9 ["$INNER"]=11 ["$TWO"]=13 ["$ELSEWHERE"]=15)
	for port in 11 13 15; do # the lab's own server is at 9
		spawn "discard$port" outside "$LAB_CGROUP/world" "$LAB_BIN/discard" "$port"
		until_ok "a server" tcp_listens outside "$port"
	done
}

# sends CGROUP...: datagrams, a stream, and frames past the cgroup's hook.
sends() {
	local cgroup

	for cgroup; do
		spawn sender client "$cgroup" "$LAB_BIN/send" tcp "$STUN4" "${PORT[$cgroup]}" --count 2
		wait "$SPAWNED" || true # it may be refused
	done
	sends_datagrams "$@"
}

# Without the stream: where nobody follows a guard it is dropped, and not refused.
sends_datagrams() {
	local cgroup port

	for cgroup; do
		port=${PORT[$cgroup]}
		spawn sender client "$cgroup" "$LAB_BIN/send" udp "$PEER4" "$port" --count 3 --size 100
		wait "$SPAWNED" || true
		spawn sender client "$cgroup" "$LAB_BIN/send" packet "$PEER4" "$port" --interface eth0 --mac "$ISP_MAC" \
			--source "$CLIENT4" --source-port 7 --count 2
		wait "$SPAWNED" || true
	done
}

# of CGROUP: jq's words for its events.
of() {
	echo ".leakaudit.scope == \"$(cgroup_path "$1")\""
}

# summary_of CGROUP [SUM]: "PACKETS BYTES" of the summary's row.
summary_of() {
	summary "[.summary.by_scope[] | select(.key == \"$(cgroup_path "$1")\")] | first.${2:-leaks} | \"\(.packets) \(.bytes)\""
}

# assert_scope_exact CGROUP: its leaks, event by event and in sum, are what the wire saw on its port.
assert_scope_exact() {
	local wire

	assert_exact "$(of "$1")" "port ${PORT[$1]}"
	wire=$(captured "port ${PORT[$1]}")
	assert_equal "sum of $1" "$wire" "$(summary_of "$1")"
	assert_leaks_where ".destination.port == ${PORT[$1]}" "$(of "$1")"
	assert_event "$(of "$1") and .process.name == \"send\" and (.message | startswith(\"$(cgroup_path "$1"): \"))"
}

assert_rows() {
	assert_equal "rows of the summary" "$1" "$(summary '.summary.by_scope | length')"
}

# ended PORT N: so many streams to that port are over on the wire.
ended() {
	local fins

	fins=$(captured "port $1 and tcp[tcpflags] & tcp-fin != 0")
	((${fins% *} >= $2))
}

# watched: what was sent is counted, and captured.
watched() {
	world_silence
	watch_end
}

# metrics_of_scopes: "SCOPE", packets and bytes that left of each, as the metrics have them; summary_of_scopes: the summary.
metrics_of_scopes() {
	/usr/bin/python3 "$LAB_LIB/openmetrics.py" <"$LAB_DIR/leakaudit.prom" | jq -cs '
		map(select(.scope and (.name | test("^leakaudit_(packets|bytes)_total$")))) | group_by(.scope) |
		map([.[0].scope, (group_by(.name) | map(map(.value) | add | floor) | .[1, 0])])'
}

summary_of_scopes() {
	summary '[.summary.by_scope[] | [(.key | gsub("\r"; "\\x0d")), .leaks.packets, .leaks.bytes]] | sort' | jq -c .
}

test_each_scope_has_its_own_sums() {
	local odd

	lab_up
	scopes_up
	PORT[$INNER]=9 # what is within it is its own
	odd=$(lab_cgroup $'q"\\\r{scope="y"} 1')
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO" --cgroup "$odd" --output "metrics:$LAB_DIR/leakaudit.prom"
	assert_event '.event.action == "ready" and ([.leakaudit.scopes[].waiting] == [null, null, null]) and
		(.leakaudit | has("scope") | not)'
	capture_start
	sends "$ONE" "$INNER" "$TWO" "$ELSEWHERE" "$ONE"
	spawn sender client "$odd" "$LAB_BIN/send" udp "$PEER4" 17 --count 3
	wait "$SPAWNED" || true
	until_ok "the last stream's end" ended 9 3
	watched
	assert_scope_exact "$ONE"
	assert_scope_exact "$TWO"
	assert_rows 3
	assert_equal "leaks in all" "$(captured "port 9 or port 13 or udp dst port 17")" "$(summary_leaks)"
	! /usr/bin/python3 -c "import prometheus_client" 2>/dev/null || assert_equal "metrics" "$(summary_of_scopes)" "$(metrics_of_scopes)"
	assert_complete
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# nested ARG...: what is in both is the inner one's.
nested() {
	start_leakaudit "$@"
	capture_start
	sends "$ONE" "$INNER" "$TWO" "$INNER"
	until_ok "the last stream's end" ended 11 2
	watched
	assert_scope_exact "$ONE"
	assert_scope_exact "$INNER"
	assert_rows 2
	assert_equal "leaks in all" "$(captured "port 9 or port 11")" "$(summary_leaks)"
	assert_complete
}

test_scope_within_a_scope() {
	lab_up
	scopes_up
	nested --cgroup "$ONE" --cgroup "$INNER"
}

test_scope_within_a_scope_that_is_named_later() {
	lab_up
	scopes_up
	nested --cgroup "$INNER" --cgroup "$ONE"
}

# Both are made at once, and only then there to be watched.
test_scopes_within_each_other_that_come_later() {
	lab_up
	scopes_up
	rmdir "$INNER" "$ONE"
	start_leakaudit --cgroup "$INNER" --cgroup "$ONE" --cgroup "$TWO" --wait
	assert_event '.event.action == "ready" and ([.leakaudit.scopes[].waiting] == [true, true, null])'
	capture_start
	mkdir -p "$INNER"
	wait_for ".event.action == \"scope-back\" and $(of "$ONE")"
	wait_for ".event.action == \"scope-back\" and $(of "$INNER")"
	sends "$ONE" "$INNER" "$TWO"
	until_ok "the last stream's end" ended 13 1
	watched
	assert_scope_exact "$ONE"
	assert_scope_exact "$INNER"
	assert_scope_exact "$TWO"
	assert_rows 3
}

test_same_scope_twice_is_one() {
	lab_up
	scopes_up
	spawn sleeper client "$ONE" sleep 300
	start_leakaudit --cgroup "$ONE" --pid "$SPAWNED" --cgroup "$(cgroup_path "$ONE")"
	grep -q "the same cgroup, $(cgroup_path "$ONE")" "$LAB_DIR/leakaudit.log" || fail "nothing is said of it"
	assert_event ".event.action == \"ready\" and $(of "$ONE") and (.leakaudit | has(\"scopes\") | not)"
	capture_start
	sends "$ONE"
	until_ok "the stream's end" ended 9 1
	watched
	assert_all_exact
	assert_no_event '.leakaudit.summary.by_scope'
}

test_one_that_is_not_there() {
	lab_up
	scopes_up
	refused 3 "$LAB_CGROUP/none" watch --cgroup "$ONE" --cgroup "$LAB_CGROUP/none" --cgroup "$TWO"
	refused 3 "the root cgroup" watch --cgroup "$ONE" --cgroup "$CGROUP_MOUNT"
}

# Others are watched meanwhile, without a gap.
test_one_restarts_among_others() {
	local n=3 i

	lab_up
	scopes_up
	rmdir "$TWO"
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO" --wait
	capture_start
	for ((i = 0; i < n; i++)); do
		mkdir "$TWO"
		wait_for ".event.action == \"scope-back\" and .leakaudit.cgroup.id == \"$(stat -c %i "$TWO")\" and $(of "$TWO")"
		sends "$ONE" "$TWO"
		until_ok "the stream's end" ended 13 $((i + 1))
		until_ok "an empty cgroup" rmdir "$TWO" 2>/dev/null
		sends "$ONE"
		until_ok "the end of that scope" gone_times $((i + 1))
	done
	watched
	assert_scope_exact "$ONE"
	assert_scope_exact "$TWO"
	assert_rows 2
	assert_complete
	assert_no_event '.leakaudit.unwatched'
}

gone_times() {
	(($(events ".event.action == \"scope-gone\" and $(of "$TWO")" | wc -l) >= $1))
}

# Without --wait the run goes on for those that are left, and ends with the last.
test_the_run_ends_with_the_last_scope() {
	lab_up
	scopes_up
	rmdir "$INNER"
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO"
	capture_start
	sends "$ONE"
	until_ok "the stream's end" ended 9 1
	until_ok "an empty cgroup" rmdir "$ONE" 2>/dev/null
	wait_for ".event.action == \"scope-gone\" and $(of "$ONE")"
	sends "$TWO"
	until_ok "the stream's end" ended 13 1
	until_ok "an empty cgroup" rmdir "$TWO" 2>/dev/null
	await_leakaudit
	world_silence
	capture_stop
	assert_scope_exact "$ONE"
	assert_scope_exact "$TWO"
}

test_one_that_never_comes_is_named() {
	lab_up
	scopes_up
	start_leakaudit --cgroup "$ONE" --cgroup "$LAB_CGROUP/mispelt" --wait
	stop_leakaudit
	assert_event ".event.action == \"summary\" and (.leakaudit.incomplete | endswith(\"never existed: $(cgroup_path "$LAB_CGROUP/mispelt")\"))"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

test_each_scope_is_stopped() {
	local cgroup

	lab_up
	scopes_up
	start_leakaudit --cgroup "$ONE" --cgroup "$INNER" --cgroup "$TWO" --drop
	capture_start
	sends "$ONE" "$INNER" "$TWO" "$ELSEWHERE"
	until_ok "the stream's end" ended 15 1
	watched
	assert_equal "on the wire" "0 0" "$(captured "port 9 or port 11 or port 13")"
	assert_equal "leaked" "0 0" "$(summary_leaks)"
	assert_rows 3
	for cgroup in "$ONE" "$INNER" "$TWO"; do
		assert_event "$(of "$cgroup") and .leakaudit.verdict == \"dropped\" and .network.transport == \"udp\""
		[[ $(summary_of "$cgroup" dropped) != "0 "* ]] || fail "nothing of $cgroup was dropped"
	done
	assert_complete
}

# A socket has the cgroup that it was made in: which scope it belongs to, its process says.
test_process_that_moves_into_one() {
	lab_up
	scopes_up
	sender_start_in moved "$ELSEWHERE" udp "$PEER4" 13 --connect --lines
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO"
	capture_start
	cgroup_move "$TWO" "${SENDER_PID[moved]}"
	sender_line moved "a datagram"
	wait_for_leak ".destination.port == 13"
	watched
	assert_scope_exact "$TWO"
}

# Whose question it was, not who sends it.
test_questions_of_two_scopes() {
	lab_up dns
	scopes_up
	resolver_dnsmasq resolver 127.0.0.1 "$DNS4"
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO"
	capture_start
	in_cgroup "$ONE" dig +short +tries=1 +time=3 @127.0.0.1 one.example || true # nobody has that name
	in_cgroup "$TWO" dig +short +tries=1 +time=3 @127.0.0.1 two.example || true
	wait_for_leak "$(question one.example) and $(of "$ONE")"
	wait_for_leak "$(question two.example) and $(of "$TWO")"
	watched
	assert_leaks_where "$(question one.example)" "$(of "$ONE")" ".leakaudit.on_behalf_of[0].scope == \"$(cgroup_path "$ONE")\""
	assert_leaks_where "$(question two.example)" "$(of "$TWO")" ".leakaudit.on_behalf_of[0].scope == \"$(cgroup_path "$TWO")\""
	assert_equal "leaks in all" "$(captured "udp port 53")" "$(summary_leaks)"
	assert_equal "questions of the first" 1 "$(summary_of "$ONE" | cut -d ' ' -f 1)"
	assert_equal "questions of the second" 1 "$(summary_of "$TWO" | cut -d ' ' -f 1)"
}

# Its packets have no socket any more where they leave the machine: the namespace says whose they are.
test_container_in_one() {
	lab_up
	scopes_up
	box_up "$TWO"
	box_wire
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO"
	capture_start
	box_send sender "$TWO" udp "$PEER4" 13 --count 8
	wait_for_leak ".destination.port == 13"
	sends "$ONE"
	until_ok "the stream's end" ended 9 1
	watched
	assert_leaks_where ".destination.port == 13" "$(of "$TWO")" '.leakaudit.attribution == "forwarded"'
	assert_equal "sum of the container" "$(captured "port 13")" "$(summary_of "$TWO")"
	assert_scope_exact "$ONE"
}

test_text_says_whose() {
	lab_up
	scopes_up
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO" --output "text:$LAB_DIR/events.txt"
	capture_start
	sends "$ONE" "$TWO"
	until_ok "the last stream's end" ended 13 1
	watched
	grep -q "watching $(cgroup_path "$ONE"), $(cgroup_path "$TWO") on " "$LAB_DIR/events.txt" || fail "ready: $(head -n 1 "$LAB_DIR/events.txt")"
	grep -q "ipv4 *$(cgroup_path "$TWO"): send" "$LAB_DIR/events.txt" || fail "no line of the second"
	grep -q "by scope *$(cgroup_path "$ONE") " "$LAB_DIR/events.txt" || fail "no row of the first"
}

# --- a guard of several

guard_both() {
	guard_needs_bpffs
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$ONE" --cgroup "$TWO" "$@") >"$LAB_DIR/guard.log" 2>&1 ||
		fail "guard: $(cat "$LAB_DIR/guard.log")"
}

# listed_scopes WORDS: as --list names them.
listed_scopes() {
	assert_equal "scopes" "$1" "$("$LEAKAUDIT" guard --list -o json | jq -r --arg name "$LAB" \
		'select(.name == $name) | [.scopes[] | .path + if .gone then " (gone)" else "" end] | join(", ")')"
}

# One name, one release. One cgroup is made again, as that of a unit that restarts, first with nobody alive.
test_guard_of_several() {
	lab_up
	scopes_up
	capture_start
	guard_both --cgroup "$INNER"
	grep -q "is within '$ONE', and guarded with it" "$LAB_DIR/guard.log" || fail "not said: $(cat "$LAB_DIR/guard.log")"
	listed_scopes "$(cgroup_path "$ONE"), $(cgroup_path "$TWO")"
	sends_datagrams "$ONE" "$INNER" "$TWO"
	rmdir "$TWO"
	listed_scopes "$(cgroup_path "$ONE"), $(cgroup_path "$TWO") (gone)"
	mkdir "$TWO"
	sends_datagrams "$ONE" "$TWO"
	assert_equal "before a follower" "0 0" "$(captured "port 9 or port 11 or port 13")"
	start_leakaudit --cgroup "$ONE" --cgroup "$TWO"
	listed_scopes "$(cgroup_path "$ONE"), $(cgroup_path "$TWO")"
	sends_datagrams "$ONE" "$INNER" "$TWO" "$ELSEWHERE"
	for port in 9 11 13; do
		wait_for_leak ".destination.port == $port and .leakaudit.hook == \"cgroup\""
		wait_for_leak ".destination.port == $port and .leakaudit.hook == \"tc\""
	done
	until_ok "its end" rmdir "$TWO"
	wait_for ".event.action == \"scope-gone\" and .leakaudit.cgroup.path == \"$(cgroup_path "$TWO")\""
	mkdir "$TWO"
	wait_for '.event.action == "scope-back"'
	sends_datagrams "$TWO"
	watched
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_leaks_where '.destination.port == 9 or .destination.port == 11' "$(of "$ONE")"
	assert_leaks_where '.destination.port == 13' "$(of "$TWO")"
	assert_equal "what they sent" "0 0" "$(captured "port 9 or port 11 or port 13")"
	captured_some "port ${PORT["$ELSEWHERE"]}" || fail "the stranger is stopped, too"
	assert_equal "ready says the guard" "\"$LAB\"" "$(events '.event.action == "ready"' | jq .leakaudit.guard)"
	guard_release
	assert_complete
	refused 2 "needs a name" guard --cgroup "$ONE" --cgroup "$TWO"
}
