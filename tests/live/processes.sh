# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is said of a process: also of one that has ended before anybody could look.

# swarm COUNT RATE [COMMAND...]: processes of 16 programs that live for one question each; their rate is printed.
swarm() {
	local count=$1 rate=$2 i programs=()

	shift 2
	mkdir -p "$LAB_DIR/a directory/programs"
	for i in {1..16}; do
		ln -f "$LAB_BIN/swarm" "$LAB_DIR/a directory/programs/ask-$i" 2>/dev/null ||
			cp "$LAB_BIN/swarm" "$LAB_DIR/a directory/programs/ask-$i"
		programs+=("$LAB_DIR/a directory/programs/ask-$i")
	done
	in_cgroup "$APP" "$@" "$LAB_BIN/swarm" "$PEER4" "$count" "$rate" "${programs[@]}"
}

# assert_swarm COUNT: each question was told once, and never with a wrong name; of 100 processes 99 have all names at least.
# The name in a question says who has asked: PID.PROGRAM.example.
assert_swarm() {
	local told wrong named

	told=$(events .dns.question.name)
	assert_equal "questions" "$1" "$(wc -l <<<"$told")"
	wrong=$(jq -c --arg programs "$LAB_DIR/a directory/programs/" --arg to "$PEER4" '(.dns.question.name / ".") as $asked |
		select([.process | (.pid // empty) != ($asked[0] | tonumber), (.name // empty) != $asked[1],
			(.executable // empty) != $programs + $asked[1], (.parent.name // empty) != "swarm",
			(.command_line // empty) != $programs + $asked[1] + " ask " + $to] | any)' <<<"$told")
	assert_equal "wrong names" "" "$wrong"
	named=$(jq -c 'select(.process | [.pid, .name, .executable, .command_line, .parent.name] | all)' <<<"$told" | wc -l)
	((named * 100 >= $1 * 99)) || fail "only $named of $1 have all names"
	echo "$named of $1 have all names"
}

# Hard links of one file: neither its inode nor what another process of it was called is the name. SWARM_SECONDS makes it last.
test_short_lived_processes() {
	local count=$((2000 * ${SWARM_SECONDS:-3}))

	lab_up
	watch_client --buffer 64M
	swarm "$count" 2000
	until_ok "all questions" told "$count"
	watch_end
	assert_swarm "$count"
	assert_exact true 'udp port 53'
}

test_short_lived_processes_at_twice_the_rate() {
	lab_up
	watch_client --buffer 64M
	swarm 8000 4000
	until_ok "all questions" told 8000
	watch_end
	assert_swarm 8000
}

told() {
	(($(events ".dns.question.name" | wc -l) >= $1))
}

# container_up: a pid namespace with processes of its own, as a container has.
container_up() {
	spawn container client "$LAB_CGROUP/watcher" unshare --pid --fork --kill-child --mount --mount-proc --propagation private \
		sh -c 'echo ready; exec sleep infinity'
	CONTAINER=$SPAWNED
	until_ok "the container" grep -q ready "$LAB_DIR/container.log"
	CONTAINER=$(pgrep -P "$CONTAINER")
}

in_container() { # the command of in_cgroup and spawn
	echo nsenter "--pid=/proc/$CONTAINER/ns/pid" "--mount=/proc/$CONTAINER/ns/mnt" --
}

# leakaudit itself in the container.
watch_from_container() {
	local program=$LEAKAUDIT

	printf '#!/bin/sh\nexec %s %s "$@"\n' "$(in_container)" "$program" >"$LAB_DIR/leakaudit"
	chmod +x "$LAB_DIR/leakaudit"
	LEAKAUDIT=$LAB_DIR/leakaudit watch_client "$@"
}

watch_from_container_end() {
	kill -INT "$(pgrep -P "$LEAKAUDIT_PID")"
	await_leakaudit
	capture_stop
}

pid_in_container() {
	sed -n 's/^NSpid:.*\t//p' "/proc/$1/status"
}

# What ps shows there is what is told there, and who is not shown there has no pid.
test_leakaudit_in_a_container() {
	local inside

	lab_up
	container_up
	watch_from_container --buffer 64M
	sender_start outside udp "$PEER4" 9 --connect --lines
	sender_line outside "not visible there"
	# shellcheck disable=SC2046 # words of a command
	spawn_client inside $(in_container) sh -c 'sleep 60 | "$@"' sh "$LAB_BIN/send" udp "$DNS4" 9
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$DNS4\""
	inside=$(events ".destination.ip == \"$DNS4\"" | jq .leakaudit.host_pid | head -n 1)
	assert_equal "its name" send "$(cat "/proc/$inside/comm")"
	assert_leaks_where ".destination.ip == \"$PEER4\"" ".process.name == \"send\" and .process.executable == \"$LAB_BIN/send\"" \
		".process.pid == null and .leakaudit.host_pid == ${SENDER_PID[outside]}" \
		".message | startswith(\"send[host pid ${SENDER_PID[outside]}] \")"
	assert_leaks_where ".destination.ip == \"$DNS4\"" ".process.pid == $(pid_in_container "$inside")" \
		".process.executable == \"$LAB_BIN/send\""
	watch_from_container_end
	assert_equal "its row" 2 "$(summary ".summary.by_process[] | select(.key == \"send[host pid ${SENDER_PID[outside]}]\") | .packets")"
}

# Few pids, used again every 150 ms: by other programs.
test_pids_used_again() {
	lab_up
	container_up
	nsenter "--pid=/proc/$CONTAINER/ns/pid" "--mount=/proc/$CONTAINER/ns/mnt" -- sh -c 'echo 400 >/proc/sys/kernel/pid_max' ||
		skip "this kernel has no limit of pids for a namespace"
	[ "$(cat /proc/sys/kernel/pid_max)" != 400 ] || { echo 4194304 >/proc/sys/kernel/pid_max; skip "the limit of pids is the machine's"; }
	watch_from_container --buffer 64M
	# shellcheck disable=SC2046 # words of a command
	swarm 4000 1000 $(in_container)
	until_ok "all questions" told 4000
	watch_from_container_end
	assert_swarm 4000
	(($(events .dns.question.name | jq .process.pid | sort -u | wc -l) <= 400)) || fail "no pid was used again"
}

test_fields_of_a_process() {
	local start

	lab_up
	watch_client
	sender_start long udp "$PEER4" 9 --connect --lines
	start=$(stat -c %Y "/proc/${SENDER_PID[long]}")
	sender_line long "a datagram"
	wait_for_leak true
	watch_end
	assert_leaks "$(by "${SENDER_PID[long]}" send)" '.user | .id == "0" and .name == "root"' \
		".process.command_line == \"$LAB_BIN/send udp $PEER4 9 --connect --lines\"" \
		".process.parent | .pid == $$ and .name == \"bash\"" \
		"(.process.start | sub(\"\\\\.[0-9]*\"; \"\") | fromdate) - $start | fabs <= 1" \
		'.leakaudit.host_pid == null'
}

test_no_payload_hides_command_lines() {
	lab_up
	sender_start before udp "$PEER4" 9 --connect --lines
	watch_client --no-payload
	sender_line before "a datagram"
	in_client "$LAB_BIN/send" udp "$DNS4" 9 </dev/null
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$DNS4\""
	watch_end
	assert_leaks ".process.executable == \"$LAB_BIN/send\" and .process.command_line == null"
}

# forker_start HOST NAME CGROUP ARG...: its lines come from descriptor 8.
forker_start() {
	mkfifo "$LAB_DIR/lines"
	exec 8<>"$LAB_DIR/lines"
	(enter "$1" "$3" python3 "$LAB_LIB/forker.py" "${@:4}") <"$LAB_DIR/lines" >"$LAB_DIR/$2.log" 2>&1 &
}

forker_ready() {
	until_ok "$1" grep -q ready "$LAB_DIR/$1.log"
	FORKER_PID=$(sed -n 's/^ready //p' "$LAB_DIR/$1.log")
}

# The maker of the socket has ended: who sends is told.
test_connect_then_fork() {
	lab_up
	watch_client --interval 1
	forker_start client forker "$APP" orphan "$PEER4" 9
	forker_ready forker
	echo "by the child" >&8
	wait_for_leak ".process.pid == $FORKER_PID"
	watch_end
	assert_leaks ".process.pid == $FORKER_PID" ".process.executable | test(\"python\")" \
		".process.command_line | contains(\"forker.py orphan\")"
	assert_all_exact
}

# Who has connected lives on, without the socket: a connection is of who sends by it, at once.
test_connection_handed_to_a_child() {
	local maker

	lab_up
	spawn server outside "$LAB_CGROUP/world" python3 "$LAB_LIB/forker.py" prefork 7000
	until_ok "the server" grep -q listens "$LAB_DIR/server.log"
	watch_client
	forker_start client forker "$APP" handed "$PEER4" 7000
	forker_ready forker
	maker=$(sed -n 's/^maker //p' "$LAB_DIR/forker.log")
	echo "by the child" >&8
	until_ok "the line to be sent" grep -q sent "$LAB_DIR/forker.log"
	watch_end
	assert_leaks ".process.pid | IN($maker, $FORKER_PID)" '.leakaudit.attribution == "socket"'
	assert_equal "who had it" "[$maker,$FORKER_PID]" \
		"$(events "$LEAK and (.leakaudit.flow | IN(\"open\", \"close\"))" | jq -c -s 'map(.process.pid)')"
	assert_all_exact
}

# Each packet is of the process that sends it, by a socket that both have, and each connection of who makes it: also where
# the maker has ended by the time that its packet is told.
test_socket_shared_with_a_child() {
	local maker

	lab_up
	watch_client
	kill -STOP "$LEAKAUDIT_PID"
	forker_start client forker "$APP" shared "$PEER4" 9
	forker_ready forker
	kill -CONT "$LEAKAUDIT_PID"
	maker=$(sed -n 's/^maker //p' "$LAB_DIR/forker.log")
	echo "by the child" >&8
	wait_for_leak ".process.pid == $FORKER_PID and .destination.port == 10"
	watch_end
	assert_leaks_where '.destination.port == 9 and .network.transport == "udp"' ".process.pid == $maker"
	assert_event "$LEAK and .destination.port == 9 and .network.transport == \"tcp\" and .process.pid == $FORKER_PID"
	assert_event "$LEAK and .destination.port == 10 and .process.pid == $FORKER_PID"
	assert_leaks '.leakaudit.attribution == "socket"' ".process.executable | test(\"python\")"
	assert_all_exact
}

# Its socket is not found where it is looked for in the call of sendto(): from then on sendmsg() is watched.
test_sender_that_is_not_found() {
	lab_up
	watch_client
	until_ok "an owner by sendmsg()" high_and_look
	watch_end
	assert_all_exact
}

high_and_look() {
	echo "a line" | enter client "$APP" python3 "$LAB_LIB/forker.py" high "$PEER4" 9 >/dev/null
	has_event "$LEAK and .process.name == \"python3\" and .leakaudit.attribution == \"socket\""
}

# The listener's packets are its maker's, and the connection is of who has accepted it, from its first packet.
test_server_that_forks_before_it_accepts() {
	local child

	lab_up
	watch_client --interval 1
	forker_start client forker "$APP" prefork 7000
	until_ok "the child" grep -q listens "$LAB_DIR/forker.log"
	child=$(sed -n 's/^listens //p' "$LAB_DIR/forker.log")
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn visitor outside "$LAB_CGROUP/world" sh -c 'sleep 100 | "$@"' sh "$LAB_BIN/send" tcp "$CLIENT4" 7000
	forker_ready forker
	echo "a line" >&8
	wait_for_leak ".source.port == 7000 and .process.pid == $child"
	watch_end
	assert_leaks '.leakaudit.attribution == "socket"'
	assert_equal "flows of the child" 1 "$(events "$LEAK and .process.pid == $child and .leakaudit.flow == \"close\"" | wc -l)"
	assert_equal "flows" 2 "$(events "$LEAK and .leakaudit.flow == \"close\"" | wc -l)"
	assert_all_exact
}

test_subflows_of_mptcp() {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "this kernel has no MPTCP"
	lab_up
	world_plug_second
	ip_in client mptcp limits set subflow 2 || skip "ip has no mptcp"
	ip_in outside mptcp limits set subflow 2
	ip_in client mptcp endpoint add "$SECOND4" dev eth1 subflow
	watch_client
	spawn server outside "$LAB_CGROUP/world" python3 "$LAB_LIB/forker.py" mptcp-server 7000
	until_ok "the server" grep -q listens "$LAB_DIR/server.log"
	forker_start client forker "$APP" mptcp "$PEER4" 7000
	forker_ready forker
	echo "by two ways" >&8
	wait_for_leak ".source.ip == \"$CLIENT4\""
	wait_for_leak ".source.ip == \"$SECOND4\""
	watch_end
	assert_leaks ".process.pid == $FORKER_PID" '.process.name == "python3"'
}
