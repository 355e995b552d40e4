# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2016 # what the lab reads; what inner shells expand
# What a guard is pinned in: whoever comes between its makers, wherever they run, "holds" is said of what holds only.

# guard_start NAME [ARG...]: a maker in the background; pid to SPAWNED, words to $LAB_DIR/NAME.log.
guard_start() {
	spawn "$1" client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" "${@:2}"
}

# guard_refused WORD CMD [ARG...]: CMD, which ends in ARGs, is run where no guard is, and refuses it by that WORD.
guard_refused() {
	local status=0

	in_cgroup "$LAB_CGROUP/watcher" "${@:2}" >"$LAB_DIR/refused.log" 2>&1 || status=$?
	assert_equal "exit status of '${*:2}' ($(cat "$LAB_DIR/refused.log"))" 3 "$status"
	grep -qFe "$1" "$LAB_DIR/refused.log" || fail "'${*:2}' does not say '$1': $(cat "$LAB_DIR/refused.log")"
}

# guard_stop_in_the_making NAME: a maker that has begun, and does not go on; pid to SPAWNED.
guard_stop_in_the_making() {
	guard_start "$1" --replace
	until_ok "the making" test -e "$GUARD_ROOT/$LAB+new/meta"
	kill -STOP "$SPAWNED" || fail "it was not caught: $(cat "$LAB_DIR/$1.log")"
}

# A packet each half millisecond, to SENDS_PID's log if one is let out.
guard_sends_start() {
	spawn_client sends python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("sending", flush=True)
while True:
    try:
        s.sendto(b"x", (sys.argv[1], 9))
        print("SENT", flush=True)
    except PermissionError:
        pass
    time.sleep(0.0005)' "$PEER4"
	SENDS_PID=$SPAWNED
	until_ok "the first packet" grep -q sending "$LAB_DIR/sends.log"
}

test_guard_is_made_by_one_at_a_time() {
	local first status=0

	lab_up
	guard_make
	capture_start
	guard_sends_start
	guard_stop_in_the_making first
	first=$SPAWNED
	guard_refused "process $first, is making" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" --replace
	guard_refused "process $first, is making" "$LEAKAUDIT" guard --release "$LAB"
	kill -CONT "$first"
	wait "$first" || status=$?
	assert_equal "exit status of the first" 0 "$status"
	try_to_leak
	assert_equal "what is left" "$LAB" "$(cd "$GUARD_ROOT" && echo "$LAB"*)"
	[ -e "$GUARD_ROOT/$LAB/link_la_cgroup_egress" ] || fail "the guard has no hooks: $(ls "$GUARD_ROOT/$LAB")"
	capture_stop
	assert_silent
	! grep SENT "$LAB_DIR/sends.log" || fail "it was sent"
}

# Nobody but it is there to say that it is alive.
test_killed_maker_is_in_nobodys_way() {
	lab_up
	guard_make
	guard_stop_in_the_making first
	kill -KILL "$SPAWNED"
	guard_make --replace
	assert_equal "what is left" "$LAB" "$(cd "$GUARD_ROOT" && echo "$LAB"*)"
	guard_stop_in_the_making second
	kill -KILL "$SPAWNED"
	guard_release
	assert_equal "what is left" "$LAB*" "$(cd "$GUARD_ROOT" && echo "$LAB"*)"
	sender_start free udp "$PEER4" 9
}

# In the midst of whatever it does, and with another beside it. One that says it holds, does; and no packet leaves meanwhile.
test_makers_are_killed_at_any_moment() {
	local i first second

	lab_up
	guard_make
	capture_start
	guard_sends_start
	for ((i = 0; i < 12; i++)); do
		guard_start first --replace
		first=$SPAWNED
		sleep "0.$((RANDOM % 4))"
		guard_start second --replace
		second=$SPAWNED
		sleep "0.$((100 + RANDOM % 900))"
		if ((RANDOM % 2)); then
			end_process "$first" KILL
			guard_survives second "$second"
		else
			end_process "$second" KILL
			guard_survives first "$first"
		fi
	done
	end_process "$SENDS_PID"
	guard_make --replace
	assert_equal "what is left" "$LAB" "$(cd "$GUARD_ROOT" && echo "$LAB"*)"
	capture_stop
	assert_silent
	! grep SENT "$LAB_DIR/sends.log" || fail "it was sent"
}

# guard_survives NAME PID: a maker that is left alone makes a guard; it was waited for by the other, or waits for it.
guard_survives() {
	local status=0

	wait "$2" || status=$?
	assert_equal "exit status of the $1 ($(cat "$LAB_DIR/$1.log"))" 0 "$status"
	[ -e "$GUARD_ROOT/$LAB/link_la_cgroup_egress" ] || fail "the $1 does not hold: $(ls "$GUARD_ROOT/$LAB"*)"
	alive "$SENDS_PID" || fail "the sender has ended"
}

# As one leaves it that is killed between its two renames.
test_half_replaced_guard_has_its_name_again() {
	lab_up
	guard_make
	mv "$GUARD_ROOT/$LAB" "$GUARD_ROOT/$LAB+old"
	guard_refused "a guard '$LAB' is in force" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE"
	mv "$GUARD_ROOT/$LAB" "$GUARD_ROOT/$LAB+old"
	start_leakaudit --cgroup "$SCOPE"
	assert_event ".event.action == \"ready\" and .leakaudit.guard == \"$LAB\""
	try_to_leak
	wait_for_leak '.leakaudit.verdict == "dropped"'
	stop_leakaudit
	mv "$GUARD_ROOT/$LAB" "$GUARD_ROOT/$LAB+old"
	guard_release
	sender_start free udp "$PEER4" 9
}

# One whose directory was taken from it does not touch what another has made in its place.
test_maker_touches_its_own_pins_only() {
	local first

	lab_up
	guard_make
	guard_stop_in_the_making first
	first=$SPAWNED
	mv "$GUARD_ROOT/$LAB+new" "$GUARD_ROOT/$LAB-aside"
	guard_stop_in_the_making second
	kill -CONT "$first"
	! wait "$first" || fail "it says that it holds"
	grep -q "another process removed or moved" "$LAB_DIR/first.log" || fail "$(cat "$LAB_DIR/first.log")"
	kill -CONT "$SPAWNED"
	wait "$SPAWNED" || fail "the second: $(cat "$LAB_DIR/second.log")"
	[ -e "$GUARD_ROOT/$LAB/link_la_cgroup_egress" ] || fail "it has no hooks: $(ls "$GUARD_ROOT/$LAB")"
	try_to_leak
}

# What is left of it may hold, and nobody says that it does.
test_half_released_guard_is_not_taken_for_one() {
	lab_up
	guard_make
	guard_refused "cannot remove" sh -c 'mount --bind /dev/null "$1" && shift && exec "$@"' sh \
		"$GUARD_ROOT/$LAB/link_la_cgroup_egress" "$LEAKAUDIT" guard --release "$LAB"
	guard_listed "may not be in force" || fail "$("$LEAKAUDIT" guard --list)"
	guard_refused "cannot be read; a guard may be in force there" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE"
	guard_make --replace
	try_to_leak
	guard_release
	sender_start free udp "$PEER4" 9
}

# As where its place is a mount point.
test_guard_that_gets_no_name_leaves_the_old_one() {
	lab_up
	guard_make
	capture_start
	guard_refused "cannot give the guard its name" sh -c 'mount -t tmpfs none "$1" && shift && exec "$@"' sh "$GUARD_ROOT/$LAB" \
		"$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" --replace
	assert_equal "what is left" "$LAB" "$(cd "$GUARD_ROOT" && echo "$LAB"*)"
	try_to_leak
	capture_stop
	assert_silent
	guard_make --replace
	try_to_leak
}

test_guard_of_a_private_bpffs_is_refused() {
	local guard unmounted

	lab_up
	guard_needs_bpffs
	guard=("$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE")
	unmounted=(sh -c 'umount /sys/fs/bpf && { "$@"; r=$?; grep " - bpf " /proc/self/mountinfo && echo LEFT; exit $r; }' sh)
	guard_refused "not mounted for process 1" "${unmounted[@]}" "${guard[@]}"
	! grep LEFT "$LAB_DIR/refused.log" || fail "its bpffs is left"
	guard_refused "not mounted for process 1" sh -c 'umount /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf && "$@"' sh "${guard[@]}"
	guard_refused "process 1 has one" "${unmounted[@]}" "$LEAKAUDIT" guard --list
	guard_refused "process 1 has one" "${unmounted[@]}" "$LEAKAUDIT" guard --release "$LAB"
	guard_refused "process 1 of its pid namespace" unshare --pid --fork --mount-proc -- "${guard[@]}"
	sender_start free udp "$PEER4" 9
}

# Process 1 is the container's own there, and says nothing of the host.
test_guard_of_a_container_is_told_as_such() {
	lab_up
	guard_needs_bpffs
	in_cgroup "$LAB_CGROUP/watcher" unshare --pid --fork --mount-proc -- sh -c '"$@"; exit $?' sh \
		"$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" 2>"$LAB_DIR/container.log"
	grep -q "this is a container: the guard ends with it" "$LAB_DIR/container.log" || fail "$(cat "$LAB_DIR/container.log")"
	try_to_leak
}

# In a bpffs that all may write to, by whoever came first.
test_guard_is_not_made_where_others_can_lift_it() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups) bound guard root

	lab_up
	guard_bpffs_of_our_own
	guard=("$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE")
	bound=(sh -c 'mount --bind "$1" /sys/fs/bpf && shift && exec "$@"' sh "$GUARD_BPFFS")
	root=$GUARD_BPFFS/leakaudit
	chmod 1777 "$GUARD_BPFFS"
	"${nobody[@]}" mkdir -m 777 "$root"
	guard_refused "could be lifted by others: it belongs to another user" "${bound[@]}" "${guard[@]}"
	guard_refused "find out who made it, and remove it: rm -r" "${bound[@]}" "$LEAKAUDIT" guard --list
	guard_refused "it belongs to another user" "${bound[@]}" "$LEAKAUDIT" guard --release "$LAB"
	rmdir "$root"
	"${nobody[@]}" ln -s /tmp "$root"
	guard_refused "could be lifted by others: Not a directory" "${bound[@]}" "${guard[@]}"
	rm "$root"
	mkdir "$root"
	chmod 770 "$root"
	guard_refused "other users can write to it" "${bound[@]}" "${guard[@]}"
	chmod 700 "$root"
	chmod 777 "$GUARD_BPFFS"
	guard_refused "chmod 1755" "${bound[@]}" "${guard[@]}"
	chmod 1777 "$GUARD_BPFFS"
	in_cgroup "$LAB_CGROUP/watcher" "${bound[@]}" "${guard[@]}"
	try_to_leak
	in_cgroup "$LAB_CGROUP/watcher" "${bound[@]}" "$LEAKAUDIT" guard --release "$LAB"
	sender_start free udp "$PEER4" 9
}

test_guard_that_has_lifted_itself_is_in_nobodys_way() {
	lab_up
	guard_make --ttl 1
	until_ok "its end" guard_listed "EXPIRED"
	start_leakaudit --cgroup "$SCOPE"
	assert_event '.event.action == "ready" and (.leakaudit | has("guard") | not)'
	stop_leakaudit
	rm "$OUT"
	guard_make
	! guard_listed "EXPIRED" || fail "the old one is listed"
	try_to_leak
}

guard_listed() {
	"$LEAKAUDIT" guard --list | grep "^$LAB " | grep -q "$1"
}

test_directory_without_a_guard_is_told_as_such() {
	lab_up
	guard_needs_bpffs
	guard_make
	guard_release
	mkdir -p "$GUARD_ROOT/$LAB"
	guard_listed "may not be in force" || fail "$("$LEAKAUDIT" guard --list)"
	guard_refused "cannot be read; a guard may be in force there" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE"
	guard_refused "cannot be read" "$LEAKAUDIT" watch --guard "$LAB"
	guard_make --replace
	try_to_leak
}

# A service's guard is called as the service is, and bpffs keeps dots for itself.
test_guard_called_like_a_unit() {
	local name

	lab_up
	guard_needs_bpffs
	for name in "$LAB-a.b" "$LAB-a@b" "$LAB-a:b" "$LAB-a\\x2db" "$LAB-a_b"; do
		(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$name" --cgroup "$SCOPE") >"$LAB_DIR/guard.log" 2>&1 ||
			fail "$name: $(cat "$LAB_DIR/guard.log")"
	done
	assert_equal "guards" 5 "$("$LEAKAUDIT" guard --list | grep -c "^$LAB-a")"
	for name in "$LAB-a.b" "$LAB-a@b" "$LAB-a:b" "$LAB-a\\x2db" "$LAB-a_b"; do
		"$LEAKAUDIT" guard --list | grep -qF "$name " || fail "$name is not listed: $("$LEAKAUDIT" guard --list)"
		guard_release "$name"
	done
	refused 2 "not a guard's name" guard --release ../x
	refused 2 "not a guard's name" guard --release "$LAB+old"
	refused 2 'not a valid name for a guard' guard --name ../x --cgroup "$SCOPE"
}

# A guard of a build with one detail more is of another build; one with another comment is not.
test_tables_have_a_checksum() {
	local bpf=$LAB_DIR/bpf sum

	cp -r "$TOP/bpf" "$bpf"
	sum=$("$TOP/tools/abi.sh" "$bpf")
	assert_equal "what this build has" "$sum" "$(cat "$O/abi.h")"
	sed -i 's|^struct la_flow {|/* a comment */\n\nstruct  la_flow {|' "$bpf/core/event.h"
	assert_equal "with a comment more" "$sum" "$("$TOP/tools/abi.sh" "$bpf")"
	grep -q 'X(TURN, ' "$bpf/core/event.h" || fail "the details are not where they were"
	sed -i 's|X(TURN, |X(ICE, "ice", "interactive connectivity") \\\n\tX(TURN, |' "$bpf/core/event.h"
	[ "$sum" != "$("$TOP/tools/abi.sh" "$bpf")" ] || fail "a detail more makes no difference"
}
