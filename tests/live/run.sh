# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A command in a cgroup of its own: watched from its first packet until its end, its signals and its status passed on,
# and nothing of it left behind, however leakaudit ends.

test_first_packet_of_a_command() {
	lab_up
	capture_start
	run_to_its_end -- "$LAB_BIN/send" udp "$PEER4" 9 --count 3 --size 100
	capture_stop
	assert_leaks '.process.name == "send"' "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(cause no-tunnel)" \
		'.leakaudit.cgroup.path | test("/watcher/leakaudit-run\\.[0-9]+$")'
	assert_all_wire
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
}

test_first_packets_of_many_commands() {
	lab_up
	capture_start
	# shellcheck disable=SC2016 # expanded by the inner shell
	run_to_its_end -- sh -c 'for i in 1 2 3 4 5 6 7 8; do "$@" & done; wait' sh "$LAB_BIN/send" udp "$PEER4" 9
	capture_stop
	assert_equal "leaks in the summary" "8 $((8 * 33))" "$(summary_leaks)"
	assert_all_wire
}

test_command_inside_the_tunnel() {
	lab_up tunnel
	capture_start
	run_to_its_end -- ping -q -c 3 -i 0.2 "$PEER4"
	capture_stop
	assert_no_leak
	captured_some "$TUNNEL_OUTER" || fail "the tunnel was not used"
}

# Those outside the cgroup are not the command's, though they are its neighbours.
test_others_are_not_the_command() {
	lab_up
	sender_start other udp "$PEER4" 9 --connect --lines
	run_start -- sleep 60
	sender_line other "not the command's"
	kill -TERM "$LEAKAUDIT_PID"
	await_leakaudit
	assert_equal "exit status" $((128 + 15)) "$LEAKAUDIT_STATUS"
	assert_no_event "$LEAK"
}

test_status_of_the_command() {
	local status

	lab_up
	for status in 0 1 7 255; do
		run_to_its_end -- sh -c "exit $status"
		assert_equal "exit status" "$status" "$LEAKAUDIT_STATUS"
	done
	run_to_its_end -- sh -c 'kill -KILL $$'
	assert_equal "exit status" $((128 + 9)) "$LEAKAUDIT_STATUS"
	assert_nothing_left
}

test_command_that_cannot_run() {
	lab_up
	run_to_its_end -- no-such-command
	assert_equal "exit status" 127 "$LEAKAUDIT_STATUS"
	assert_said "cannot run 'no-such-command': No such file"
	run_to_its_end -- "$LAB_DIR/resolv.conf"
	assert_equal "exit status" 126 "$LEAKAUDIT_STATUS"
	assert_said "cannot run '$LAB_DIR/resolv.conf': Permission denied"
	assert_nothing_left
}

test_signals_are_passed_on() {
	local signal

	lab_up
	for signal in HUP INT QUIT TERM USR1 USR2; do
		# shellcheck disable=SC2016 # expanded by the inner shell
		run_start -- bash -c 'trap "echo got $1; exit 3" "$1"; echo set; while :; do sleep 0.02; done' sh "$signal"
		until_ok "the command" said set
		kill -"$signal" "$LEAKAUDIT_PID"
		await_leakaudit
		assert_equal "exit status after $signal" 3 "$LEAKAUDIT_STATUS"
		assert_said "got $signal"
	done
	assert_nothing_left
}

# No signal blocked, as it can be ended then, and no descriptor but those that leakaudit was given.
test_command_is_as_its_caller_wants() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	local script='cd /proc/$$/fd && echo fds *'

	lab_up
	run_start -- python3 -c 'import signal; print("mask", signal.pthread_sigmask(signal.SIG_BLOCK, []))
print("term", signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)'
	await_leakaudit
	assert_said "mask set()"
	assert_said "term True"
	spawn alone client "$LAB_CGROUP/watcher" sh -c "$script"
	wait "$SPAWNED"
	run_to_its_end -- sh -c "$script"
	grep -qxF "$(cat "$LAB_DIR/alone.log")" "$LAB_DIR/leakaudit.log" ||
		fail "descriptors: $(cat "$LAB_DIR/alone.log" "$LAB_DIR/leakaudit.log")"
}

# What leakaudit gives up is its own.
test_command_keeps_its_privileges() {
	local script='grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'

	lab_up
	spawn alone client "$LAB_CGROUP/watcher" sh -c "$script"
	wait "$SPAWNED"
	run_to_its_end -- sh -c "$script"
	assert_equal "privileges" "$(cat "$LAB_DIR/alone.log")" "$(grep -E "^(Cap|NoNewPrivs|Seccomp:)" "$LAB_DIR/leakaudit.log")"
}

# To end who is another user's takes a capability.
test_duration_ends_another_users_command() {
	lab_up
	run_to_its_end --duration 0.5 -- setpriv --reuid 65534 --regid 65534 --clear-groups sleep 300
	assert_equal "exit status" $((128 + 15)) "$LEAKAUDIT_STATUS"
	assert_nothing_left
}

test_left_over_processes_are_ended() {
	lab_up
	run_to_its_end -- sh -c 'sleep 300 & setsid sleep 300 & exit 4'
	assert_equal "exit status" 4 "$LEAKAUDIT_STATUS"
	assert_said "2 processes of the command still ran"
	assert_nothing_left
}

test_cgroups_below_are_removed() {
	lab_up
	# shellcheck disable=SC2016 # expanded by the inner shell
	run_to_its_end -- sh -c 'cd "$1/$(basename "$(sed -n s/^0:://p /proc/self/cgroup)")" && mkdir -p a/b c' sh "$LAB_CGROUP/watcher"
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
	assert_nothing_left
}

# Where ours takes no other, as a container's may not.
test_cgroup_at_the_root() {
	lab_up
	echo 0 >"$LAB_CGROUP/watcher/cgroup.max.descendants"
	run_to_its_end -- "$LAB_BIN/send" udp "$PEER4" 9
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
	assert_leaks '.process.name == "send"' '.leakaudit.cgroup.path | test("^/leakaudit-run\\.[0-9]+$")'
	[ ! -e "$CGROUP_MOUNT$(jq -r 'select(.event.action == "leak") | .leakaudit.cgroup.path' "$OUT" | head -n 1)" ] ||
		fail "the cgroup is left"
}

# Also of a command that has another user, whom the kernel would not end with us, and its descendants.
test_killed_with_leakaudit() {
	lab_up
	# shellcheck disable=SC2016 # expanded by the inner shell
	run_start -- setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'sleep 300 & sleep 300'
	until_ok "the command" run_holds 3
	end_process "$LEAKAUDIT_PID" KILL
	until_ok "the command's end" nothing_left
}

# What is dropped stays so until the last process has ended: datagrams by the cgroup's hook, frames by TC's.
test_nothing_leaves_when_leakaudit_is_killed() {
	local tc

	lab_up
	capture_start
	for tc in auto auto auto auto clsact clsact; do
		run_start --drop --tc "$tc" -- python3 -c "$SENDERS" "$PEER4" "$CLIENT4" "$ISP_MAC"
		until_ok "the senders" run_holds 4
		wait_for_leak '.leakaudit.hook == "cgroup"'
		wait_for_leak '.leakaudit.hook == "tc"'
		sleep "0.$((RANDOM % 5))"
		end_process "$LEAKAUDIT_PID" KILL
		until_ok "the command's end" nothing_left
	done
	capture_stop
	assert_silent
}

# A connection that the command leaves is closed by the kernel, which sends that again and again; however all ends.
test_nothing_leaves_for_sockets_that_are_left() {
	local signal

	lab_up tunnel
	capture_start
	for signal in TERM KILL; do
		run_start --drop -- python3 -c '
import socket, sys, time
s = socket.create_connection((sys.argv[1], 9))
print("connected", flush=True)
time.sleep(60)' "$PEER4"
		until_ok "the connection" said connected
		ip_in client link set tun0 down
		wait_for '.event.action == "tunnel-down"'
		end_process "$LEAKAUDIT_PID" "$signal"
		until_ok "the command's end" nothing_left
		until_ok "attempts to close it" closing_again
		ip_in client link set tun0 up
		tunnel_route
	done
	capture_stop
	assert_silent
}

# Three attempts of one connection. ss tells the timer as (on,TIME,ATTEMPTS), or persist, where the first was dropped.
closing_again() { in_netns client ss -Htno state fin-wait-1 | grep -q 'timer:([a-z]*,[^,]*,3)'; }

# Four processes that send as fast as they can: two datagrams, two frames.
SENDERS='
import os, socket, sys
peer, own, mac = sys.argv[1:]
n = sum(os.fork() == 0 for i in range(2))
if n % 2:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind(("eth0", 0x0800))
    udp = bytes([0x10, 0, 0, 9, 0, 9, 0, 0]) + b"x"
    ip = bytes([0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0, 0]) + socket.inet_aton(own) + socket.inet_aton(peer)
    frame = bytes.fromhex(mac.replace(":", "")) + bytes.fromhex("02000000000a0800") + ip + udp
    send = lambda: s.send(frame)
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    send = lambda: s.sendto(b"x", (peer, 9))
while True:
    try:
        send()
    except OSError:
        pass
'

test_killed_before_the_command() {
	local i

	lab_up
	for i in 0 1 2 5 10 20; do
		spawn_run -- touch "$LAB_DIR/begun"
		sleep "0.0$i"
		end_process "$LEAKAUDIT_PID" KILL
		until_ok "the cgroup's end" nothing_left
	done
}

# A socket that sends past the hooks, left open by who starts leakaudit.
test_inherited_bypass_is_taken_back() {
	lab_up
	capture_start
	OUT=$LAB_DIR/events.json
	spawn leakaudit client "$LAB_CGROUP/watcher" python3 -c "$LEAVE_OPEN" "$LEAKAUDIT" run --drop --output "json:$OUT" -- python3 -c '
import socket
s = socket.socket(fileno=9)
print("bypass", s.getsockopt(263, 20))
s.bind(("eth0", 0x0800))
try:
    s.send(bytes(12) + b"\x08\0" + bytes([0x45]) + bytes(39))
    print("sent")
except OSError:
    print("refused")'
	LEAKAUDIT_PID=$SPAWNED
	await_leakaudit
	capture_stop
	assert_said "bypass 0"
	assert_said "refused"
	assert_event '.event.action == "bypass" and (.event.type | index("allowed"))'
	assert_equal "complete" false "$(summary .complete)"
	assert_silent
}

LEAVE_OPEN='
import os, socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.setsockopt(263, 20, 1)
os.dup2(s.fileno(), 9)
os.execv(sys.argv[1], sys.argv[1:])
'

# First SIGTERM; who does not listen is killed five seconds later.
test_duration_ends_the_command() {
	lab_up
	run_to_its_end --duration 0.5 -- sleep 300
	assert_equal "exit status" $((128 + 15)) "$LEAKAUDIT_STATUS"
	run_to_its_end --duration 0.5 -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	assert_equal "exit status" $((128 + 9)) "$LEAKAUDIT_STATUS"
	assert_nothing_left
}

test_events_leave_stdout_to_the_command() {
	lab_up
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" run -- echo mine) >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr"
	assert_equal "stdout" mine "$(cat "$LAB_DIR/stdout")"
	assert_equal "stderr" '["ready","summary"]' "$(jq -sc 'map(.event.action)' "$LAB_DIR/stderr")"
	refused 2 "pcap:FILE" run -o pcap:- -- true
}

test_usage_of_run() {
	refused 2 'no command' run
	refused 2 'no command' run --
	refused 2 '--tunnel' run --tunel tun0 -- true
	refused 2 '--output' run --ouput json -- true
	refused 2 '--unit, --pid and --container are not for run' run --unit x --cgroup /y -- true
}

# An interactive shell keeps the terminal; Ctrl-C is its foreground job's, Ctrl-Z a pager's and ours.
test_terminal_is_the_commands() {
	lab_up
	OUT=$LAB_DIR/events.json
	in_cgroup "$LAB_CGROUP/watcher" python3 "$LAB_LIB/terminal.py" "$LEAKAUDIT" "$OUT" \
		"$LAB_BIN/send udp $PEER4 9 </dev/null"
	assert_nothing_left
}

# --- helpers

spawn_run() {
	OUT=$LAB_DIR/events.json
	rm -f "$OUT"
	spawn leakaudit client "$LAB_CGROUP/watcher" "$LEAKAUDIT" run --output "json:$OUT" "$@"
	LEAKAUDIT_PID=$SPAWNED
}

run_start() {
	spawn_run "$@"
	wait_for '.event.action == "ready"'
	until_ok "the command" run_has_begun
}

run_to_its_end() {
	spawn_run "$@"
	await_leakaudit
}

assert_all_wire() {
	assert_equal "leaks in the summary" "$(captured "$CAPTURE_NOT_NEIGHBOUR")" "$(summary_leaks)"
	assert_equal "leaks of the flows" "$(summary_leaks)" "$(leaked)"
	[ "$(summary_leaks)" != "0 0" ] || fail "nothing leaked"
	assert_complete
}

assert_said() {
	said "$1" || fail "not said: $1: $(cat "$LAB_DIR/leakaudit.log")"
}

said() { grep -qFe "$1" "$LAB_DIR/leakaudit.log"; }

run_pids() { cat "$LAB_CGROUP"/watcher/leakaudit-run.*/cgroup.procs 2>/dev/null; }
run_holds() { [ "$(run_pids | wc -l)" = "$1" ]; }
nothing_left() { [ -z "$(find "$LAB_CGROUP/watcher" -name 'leakaudit-run*')" ]; }

# The process that waits has leakaudit's name.
run_has_begun() {
	local pid

	pid=$(run_pids | head -n 1)
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != leakaudit ]
}

assert_nothing_left() {
	nothing_left || fail "left: $(find "$LAB_CGROUP/watcher" -name 'leakaudit-run*')"
}
