# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# --on-leak: what is run, for what, how often, and by whom.

# command_that LINE...: COMMAND is a program that does that; THEIRS a directory that its user can write to.
command_that() {
	chmod 755 "$LAB_DIR"
	THEIRS=$LAB_DIR/theirs
	install -d -m 777 "$THEIRS"
	COMMAND=$LAB_DIR/command
	printf '%s\n' '#!/bin/sh' "cd $THEIRS || exit" "$@" >"$COMMAND"
	chmod 755 "$COMMAND"
}

has_run() {
	(($(find "$THEIRS" -name 'event.*' | wc -l) >= $1))
}

on_leak() {
	jq -sr "last | .leakaudit.summary.on_leak | $1" "$OUT"
}

# Once, however much it sends and however it is called.
test_command_for_a_flow() {
	lab_up
	# shellcheck disable=SC2016 # the command's
	command_that 'id -u >user' 'echo "$#" >words' 'cat >part.$$ && mv part.$$ event.$$'
	cp "$LAB_BIN/send" "$LAB_DIR/-x \$(id)"
	start_leakaudit --cgroup "$SCOPE" --interval 0.2 --on-leak "$COMMAND --word"
	in_client "$LAB_DIR/-x \$(id)" udp "$PEER4" 7001 --count 3
	until_ok "the command" has_run 1
	until_ok "the flow's end" has_event "$LEAK and .leakaudit.flow == \"close\""
	stop_leakaudit
	assert_equal "runs, not runs, failures" "1 0 0" "$(on_leak '"\(.run) \(.limited) \(.failed)"')"
	assert_equal "user" 65534 "$(cat "$THEIRS/user")"
	assert_equal "words" 1 "$(cat "$THEIRS/words")"
	jq -e '.event.action == "leak" and .process.name == "-x $(id)" and .destination.port == 7001' "$THEIRS"/event.* >/dev/null ||
		fail "another event: $(cat "$THEIRS"/event.*)"
}

test_command_for_a_dropout() {
	lab_up tunnel
	# shellcheck disable=SC2016 # the command's
	command_that 'cat >part.$$ && mv part.$$ event.$$'
	start_leakaudit --cgroup "$SCOPE" --on-leak "$COMMAND"
	tunnel_fall
	until_ok "the command" has_run 1
	jq -se 'any(.event.action == "tunnel-down")' "$THEIRS"/event.* >/dev/null || fail "another event: $(cat "$THEIRS"/event.*)"
	stop_leakaudit
}

# example NAME: the script of the manual, to $LAB_DIR/NAME; programs that it calls are looked for in $THEIRS first.
example() {
	man -l --ascii docs/man/leakaudit-watch.8 2>/dev/null | col -b >"$LAB_DIR/page"
	{
		echo '#!/bin/sh'
		echo "PATH=$THEIRS:\$PATH"
		awk -v name="cat /usr/local/bin/$1" 'index($0, name) { found = 1; getline; next } !NF { found = 0 } found' "$LAB_DIR/page"
	} >"$LAB_DIR/$1"
	chmod 755 "$LAB_DIR/$1"
	grep -q jq "$LAB_DIR/$1" || fail "no example $1: $(cat "$LAB_DIR/$1")"
}

# stand_in NAME: a program that keeps its arguments, and its standard input.
stand_in() {
	printf '%s\n' '#!/bin/sh' "printf '%s\n' \"\$@\" >$THEIRS/$1.args" "cat >$THEIRS/$1.part; mv $THEIRS/$1.part $THEIRS/$1.input" >"$THEIRS/$1"
	chmod 755 "$THEIRS/$1"
}

# A notification and a mail; the name of the program would be markup there, and an option.
test_examples_of_the_manual() {
	local evil="$LAB_DIR/--<b>&x" name

	for name in man col jq; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
	lab_up
	command_that "tee event.json | $LAB_DIR/leak-notify" "$LAB_DIR/leak-mail <event.json"
	stand_in notify-send
	stand_in msmtp
	example leak-notify
	example leak-mail
	cp "$LAB_BIN/send" "$evil"
	start_leakaudit --cgroup "$SCOPE" --on-leak "$COMMAND"
	in_client "$evil" udp "$PEER4" 7001
	until_ok "the mail" test -e "$THEIRS/msmtp.input"
	stop_leakaudit
	assert_equal "failures" 0 "$(on_leak .failed)"
	assert_equal "the notification" '--urgency=critical -- Leak outside the VPN --&lt;b&gt;&amp;x' \
		"$(head -n 4 "$THEIRS/notify-send.args" | sed 's/\[.*//' | paste -sd ' ')"
	grep -qx 'To: admin@example.org' "$THEIRS/msmtp.input" || fail "the mail: $(cat "$THEIRS/msmtp.input")"
	sed '1,/^$/d' "$THEIRS/msmtp.input" | jq -e '.event.action == "leak" and .process.name == "--<b>&x"' >/dev/null || fail "the mail has no event"
}

# What is stopped has not leaked.
test_command_is_not_run_for_what_is_stopped() {
	lab_up
	command_that 'touch event.1'
	start_leakaudit --cgroup "$SCOPE" --on-leak "$COMMAND" --drop
	in_client "$LAB_BIN/send" udp "$PEER4" 7001 2>/dev/null && fail "it was sent"
	wait_for_leak '.leakaudit.outcome == "dropped"'
	stop_leakaudit
	assert_equal "runs, not runs, failures" "0 0 0" "$(on_leak '"\(.run) \(.limited) \(.failed)"')"
	! has_run 1 || fail "it was run"
}

# 20 flows at once: ten runs at most, and one failure is told. Nobody waits for it, also not at the end.
test_command_that_is_stuck_and_fails() {
	local i began

	lab_up
	# shellcheck disable=SC2016 # the command's
	command_that 'mkdir first && exec sleep 100' 'exit 3'
	start_leakaudit --cgroup "$SCOPE" --on-leak "$COMMAND"
	for ((i = 0; i < 20; i++)); do
		in_client "$LAB_BIN/send" udp "$PEER4" "$((7000 + i))"
	done
	wait_for_leak '.destination.port == 7019'
	until_ok "a failure" grep -q 'on-leak: the command failed, its status is 3' "$LAB_DIR/leakaudit.log"
	began=$SECONDS
	stop_leakaudit
	((SECONDS - began < 5)) || fail "it has waited"
	assert_equal "flows" 20 "$(on_leak '.run + .limited')"
	(($(on_leak .run) >= 4 && $(on_leak .run) <= 10)) || fail "run: $(on_leak .run)"
	(($(on_leak .failed) >= 1)) || fail "failed: $(on_leak .failed)"
	assert_equal "warnings" 1 "$(grep -c on-leak "$LAB_DIR/leakaudit.log")"
	end_the_stuck
}

# The one that hangs, which would go on for its 30 seconds.
end_the_stuck() {
	local pid

	while read -r pid; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sleep ] || kill -KILL "$pid"
	done <"$LAB_CGROUP/watcher/cgroup.procs"
}

test_command_that_cannot_be() {
	refused 2 "whole path" watch --on-leak "sh -c true"
	refused 2 "No such file" watch --on-leak "/nowhere/at/all"
	refused 2 "never run as root" watch --on-leak /bin/true --on-leak-user root
	refused 2 "no user 'no-such-user'" run --on-leak /bin/true --on-leak-user no-such-user -- true
}
