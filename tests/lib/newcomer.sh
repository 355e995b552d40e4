# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the tests read
# Programs that send at once in a network namespace that nobody has read yet.

# newcomer CMD...: in the scope. leakaudit comes to read its namespace when its first packets are over, as happens on a busy
# machine.
newcomer() {
	newcomer_input
	(enter client "$APP" python3 "$LAB_LIB/newcomer.py" "$@") <"$LAB_DIR/newcomer.in" >"$LAB_DIR/newcomer.log" 2>&1 \
		{NEWCOMER_FD}>&- &
	NEWCOMER=$!
	newcomer_goes
}

newcomer_input() {
	mkfifo "$LAB_DIR/newcomer.in"
	exec {NEWCOMER_FD}<>"$LAB_DIR/newcomer.in"
}

newcomer_goes() {
	until_ok "the newcomer" newcomer_has_said here
	kill -STOP "$LEAKAUDIT_PID"
	echo >&"$NEWCOMER_FD"
	until_ok "what became of it" newcomer_has_said "connected\|sent\|not permitted\|came out"
	kill -CONT "$LEAKAUDIT_PID"
}

newcomer_has_said() {
	grep -q "$1" "$LAB_DIR/newcomer.log" && return
	alive "$NEWCOMER" || fail "the newcomer has ended: $(cat "$LAB_DIR/newcomer.log")"
	return 1
}

newcomer_ends() {
	exec {NEWCOMER_FD}>&-
	wait "$NEWCOMER"
}

# As TCP asks again after one second, a packet that was lost shows.
assert_connected_at_once() {
	local ms

	ms=$(sed -n 's/^connected after \([0-9]*\) ms$/\1/p' "$LAB_DIR/newcomer.log")
	[ -n "$ms" ] || fail "$(cat "$LAB_DIR/newcomer.log")"
	((ms < 500)) || fail "connected after $ms ms"
}

assert_no_leak_by_a_newcomer() {
	newcomer_ends
	stop_leakaudit
	assert_no_leak
	assert_equal "dropped" 0 "$(summary .summary.dropped.packets)"
}
