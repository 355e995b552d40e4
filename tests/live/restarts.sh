# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# A cgroup that goes and comes again, as a service's does when it is restarted: followed by one leakaudit, and what ran in it
# unwatched is told.

# sends_in CGROUP: a process of that cgroup sends one datagram outside.
sends_in() {
	spawn sender client "$1" "$LAB_BIN/send" udp "$PEER4" 9
	wait "$SPAWNED"
}

# frames_in CGROUP: the same past the cgroup's hook, which only TC sees.
frames_in() {
	spawn sender client "$1" "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7
	wait "$SPAWNED"
}

cgroup_gone() { rmdir "$1" 2>/dev/null; }

# id_of CGROUP: as events have it.
id_of() { stat -c %i "$1"; }

back() { echo ".event.action == \"scope-back\" and .leakaudit.cgroup.id == \"$1\""; }

# follow_service: sets SERVICE, which is not there yet.
follow_service() {
	SERVICE=$SCOPE/service
	start_leakaudit --cgroup "$SERVICE" --wait
}

# restarted: SERVICE comes; returns when it is watched. Its id to ID.
restarted() {
	mkdir "$SERVICE"
	ID=$(id_of "$SERVICE")
	wait_for "$(back "$ID")"
}

stopped() {
	until_ok "an empty cgroup" cgroup_gone "$SERVICE"
	wait_for ".event.action == \"scope-gone\" and .leakaudit.cgroup.id == \"$ID\""
}

test_each_restart_is_followed() {
	local n=20 i ids=

	lab_up
	follow_service
	assert_event '.event.action == "ready" and .leakaudit.waiting'
	capture_start
	for ((i = 0; i < n; i++)); do
		restarted
		ids+=" $ID"
		sends_in "$SERVICE"
		frames_in "$SERVICE"
		stopped
		frames_in "$SCOPE" # nobody's by now
	done
	stop_leakaudit
	capture_stop
	assert_equal "leaked, of $((3 * n)) that left" "$((2 * n))" "$(summary_leaks | cut -d ' ' -f 1)"
	for ID in $ids; do
		assert_equal "leaks of cgroup $ID" 1 \
			"$(events "$LEAK and .leakaudit.hook == \"cgroup\" and .leakaudit.flow == \"close\" and .leakaudit.cgroup.id == \"$ID\"" | jq -s 'map(.network.packets) | add')"
	done
	assert_no_event '.leakaudit.unwatched'
	assert_complete
}

test_what_ran_unwatched_is_told() {
	lab_up
	follow_service
	restarted
	stopped
	kill -STOP "$LEAKAUDIT_PID"
	mkdir "$SERVICE"
	sends_in "$SERVICE"
	spawn sleeper client "$SERVICE" sleep 300
	kill -CONT "$LEAKAUDIT_PID"
	wait_for "$(back "$(id_of "$SERVICE")")"
	stop_leakaudit
	assert_event '.event.action == "scope-back" and .leakaudit.unwatched.seconds > 0'
	assert_equal "complete" false "$(events '.event.action == "summary"' | jq .leakaudit.complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

test_what_was_too_short_is_told() {
	lab_up
	follow_service
	kill -STOP "$LEAKAUDIT_PID"
	mkdir "$SERVICE" && rmdir "$SERVICE"
	mkdir "$SERVICE" && rmdir "$SERVICE"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for '.event.action == "scope-gone" and .leakaudit.unwatched.missed == 2'
	restarted
	stop_leakaudit
	assert_equal "missed" 2 "$(events '.leakaudit.unwatched' | jq -s 'map(.leakaudit.unwatched.missed) | add')"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# clients_of_one_that_waits CGROUP: TCP connections to a server that does not read before server_reads, with all in their
# queues that these hold; killed then, as a service is that takes too long to stop. What it had sent is the kernel's to send.
clients_of_one_that_waits() {
	local n=20

	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn reader outside "$LAB_CGROUP/world" python3 -c '
import os, socket, sys, threading, time
listener = socket.create_server((sys.argv[1], 10), backlog=64)
peers = [listener.accept()[0] for _ in range(int(sys.argv[2]))]
while not os.path.exists(sys.argv[3]):
    time.sleep(0.02)
def read(peer):
    while peer.recv(65536):
        pass
for peer in peers:
    threading.Thread(target=read, args=(peer,)).start()' "$PEER4" "$n" "$LAB_DIR/reads"
	until_ok "the server" tcp_listens outside 10
	spawn clients client "$1" python3 -c '
import socket, sys, time
clients = [socket.create_connection((sys.argv[1], 10)) for _ in range(int(sys.argv[2]))]
for client in clients:
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(65536))
    except BlockingIOError:
        pass
print("full", flush=True)
time.sleep(300)' "$PEER4" "$n"
	until_ok "full queues" grep -q full "$LAB_DIR/clients.log"
	CLIENTS_PID=$SPAWNED
}

# The last of what each has to send.
clients_ended() {
	local fins

	fins=$(captured "tcp[tcpflags] & tcp-fin != 0")
	((${fins% *} >= 20))
}

server_reads() { : >"$LAB_DIR/reads"; }

test_sockets_that_outlive_their_cgroup_are_counted() {
	lab_up
	follow_service
	restarted
	capture_start
	clients_of_one_that_waits "$SERVICE"
	end_process "$CLIENTS_PID" KILL
	stopped
	server_reads
	restarted
	until_ok "each one's end" clients_ended
	world_silence
	capture_stop
	stop_leakaudit
	assert_all_exact
}

# They were connected by the tunnel, and the kernel sends the rest by what is left.
test_sockets_that_outlive_their_cgroup_are_stopped() {
	lab_up tunnel
	SERVICE=$SCOPE/service
	start_leakaudit --cgroup "$SERVICE" --wait --drop
	restarted
	capture_start
	clients_of_one_that_waits "$SERVICE"
	tunnel_link_down
	end_process "$CLIENTS_PID" KILL
	stopped
	server_reads
	sleep 8 # a few retransmissions
	capture_stop # of the rest some may leave when nobody watches
	stop_leakaudit
	assert_silent
	assert_event '.event.action == "scope-gone"'
	[ "$(summary .summary.dropped.packets)" -gt 0 ] || fail "nothing was to be stopped"
	assert_complete
}

# Its directory is made by a manager that makes the one above it first.
test_a_whole_branch_comes_and_goes() {
	lab_up
	start_leakaudit --unit "$LAB.service" --wait
	for _ in 1 2 3; do
		mkdir -p "$SCOPE/$LAB.slice"
		SERVICE=$SCOPE/$LAB.slice/$LAB.service
		restarted
		sends_in "$SERVICE"
		stopped
		rmdir "$SCOPE/$LAB.slice"
	done
	stop_leakaudit
	assert_equal "leaked" 3 "$(summary_leaks | cut -d ' ' -f 1)"
	assert_complete
}

# A user's, or a container's: which of them is meant nobody has said.
test_another_of_the_name_is_told() {
	lab_up
	mkdir -p "$SCOPE/user.slice"
	start_leakaudit --unit "$LAB.service" --wait
	SERVICE=$SCOPE/user.slice/$LAB.service
	restarted
	mkdir "$SERVICE/$LAB.service" # a part of it
	sends_in "$SERVICE/$LAB.service"
	wait_for_leak true
	! grep -q "another cgroup" "$LAB_DIR/leakaudit.log" || fail "its own part is told"
	mkdir "$SCOPE/$LAB.service"
	until_ok "a word of the other one" grep -q "another cgroup" "$LAB_DIR/leakaudit.log"
	stop_leakaudit
	assert_equal "leaked" 1 "$(summary_leaks | cut -d ' ' -f 1)"
	assert_equal "complete" false "$(events '.event.action == "summary"' | jq .leakaudit.complete)"
}

# Of systemd's own child, which has not executed the service yet, nothing is told; a program that has its path, in a mount
# namespace of its own, is not that.
test_a_managers_path_proves_nothing() {
	lab_up
	mkdir "$LAB_DIR/manager" "$LAB_DIR/others"
	cp /bin/bash "$LAB_DIR/manager/init"
	cp "$LAB_BIN/send" "$LAB_DIR/others/systemd"
	OUT=$LAB_DIR/events.json
	# shellcheck disable=SC2016 # expanded by the inner shells
	(enter client "$LAB_CGROUP/watcher" unshare --pid --fork --mount-proc "$LAB_DIR/manager/init" -c '
		"$1" watch --cgroup "$2/service" --wait --output "json:$3/events.json" &
		watcher=$!
		until grep -qs ready "$3/events.json"; do sleep 0.05; done
		kill -STOP "$watcher"
		mkdir "$2/service"
		unshare --mount sh -c '\''
			mount --bind "$2/others" "$2/manager"
			echo 0 >"$1/service/cgroup.procs"
			exec "$2/manager/systemd" udp "$3" 9'\'' sh "$2" "$3" "$4" < <(sleep 300) >"$3/sender.log" &
		until grep -q ready "$3/sender.log"; do sleep 0.05; done
		kill -CONT "$watcher"
		until grep -q scope-back "$3/events.json"; do sleep 0.05; done
		kill -INT "$watcher"
		wait "$watcher"' init "$LEAKAUDIT" "$SCOPE" "$LAB_DIR" "$PEER4") || true # its status is the next lines' affair
	assert_event '.event.action == "scope-back" and .leakaudit.unwatched.seconds > 0'
	assert_equal "complete" false "$(events '.event.action == "summary"' | jq .leakaudit.complete)"
}

# While nothing is there to watch, other cgroups' comings cost no more than a look.
test_waiting_is_idle() {
	local before after i

	lab_up
	follow_service
	restarted
	stopped
	for ((i = 0; i < 50; i++)); do
		mkdir "$SCOPE/other" && rmdir "$SCOPE/other"
	done
	before=$(cut -d ' ' -f 14 "/proc/$LEAKAUDIT_PID/stat")
	sleep 2
	after=$(cut -d ' ' -f 14 "/proc/$LEAKAUDIT_PID/stat")
	((after - before < 50)) || fail "$((after - before)) of 200 ticks spent in waiting"
	stop_leakaudit
	assert_complete
}

# Between look-up and attach, and at every other moment of the start.
test_cgroup_that_goes_while_it_is_opened() {
	local short delay status

	lab_up
	short=$SCOPE/short
	for delay in 0.01 0.03 0.05 0.08 0.1 0.12 0.14 0.16 0.2 0.3 0.4; do
		mkdir "$short"
		spawn short client "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --cgroup "$short" --output "json:$LAB_DIR/short.json"
		sleep "$delay"
		rmdir "$short"
		status=0
		wait "$SPAWNED" || status=$?
		# Gone before it was asked for, it is not there; from then on it is gone.
		[[ $(<"$LAB_DIR/short.log") != *"no cgroup"* ]] || continue
		[[ $status == [05] ]] || fail "status $status after $delay s: $(cat "$LAB_DIR/short.log")"
		grep -q "$(cgroup_path "$short") is gone" "$LAB_DIR/short.log" || fail "after $delay s: $(cat "$LAB_DIR/short.log")"
	done
}

# A name that is misspelt looks clean for ever, if it may.
test_what_never_comes_is_not_clean() {
	lab_up
	follow_service
	stop_leakaudit
	assert_event '.event.action == "summary" and (.leakaudit.incomplete | test("never existed"))'
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}
