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

# With --interval a long flow tells its totals so far; the last event has them all.
test_updates_of_a_flow() {
	local i

	lab_up
	watch_client --interval 0.1
	sender_start long udp "$PEER4" 9 --connect --lines
	for i in {1..3}; do
		sender_line long "line $i"
		wait_for_leak ".network.packets == $((i + 1))"
	done
	watch_end
	assert_equal "flow" '["open","update","update","update","close"]' "$(events "$LEAK" | jq -sc 'map(.leakaudit.flow)')"
	assert_all_exact
}
