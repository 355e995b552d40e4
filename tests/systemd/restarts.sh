# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # what tests/lib sets
# A service that is watched, and restarted in the three manners that services are: the watcher is always there afterwards, and
# tells in which time it was not. CYCLES says how often.

WATCH=leakaudit@client

test_watched_through_restarts() {
	watched_client tell
	cycles restart_once
}

# Two, the second while the first one's process has only begun.
test_watched_through_double_restarts() {
	watched_client tell
	cycles restart_twice
}

# Three starts fail at once, the fourth goes on.
test_watched_through_crash_loops() {
	watched_client flaky Restart=always RestartSec=20ms
	cycles restart_until_it_lasts
}

restart_once() {
	systemctl_on restart client
}

restart_twice() {
	systemctl_on restart client
	systemctl_on restart client
}

restart_until_it_lasts() {
	systemctl_on restart client || true # which is told that it failed, or not
	lasts
}

# lasts: the next start that is the last of four is there. "starts" is read once it has changed, not when systemctl returns.
lasts() {
	LASTING=$((LASTING + 4))
	until_ok "the start that lasts" is_started "$LASTING"
}

LASTING=0

is_started() {
	(($(starts) == $1)) && [ "$(property client SubState)" = running ]
}

# watched_client MODE [LINE]...: the watcher waits when the client is started.
watched_client() {
	machine_with "$1"
	unit_client "$@"
	machine_on
	capture_far
	systemctl_on start "$WATCH"
	WATCHER=$(property "$WATCH" MainPID)
	systemctl_on start client || true
	[ "$1" != flaky ] || lasts
	follows 40000
}

# cycles CMD: that, CYCLES times; and what is true after each.
cycles() {
	local n

	for ((n = 1; n <= CYCLES; n++)); do
		"$1"
		follows $((40000 + n))
	done
	assert_all_well
	capture_far_end
	gaps_are_told
}

# follows PORT: it is still the same watcher, and what the client sends is told of it as it is now.
follows() {
	local id

	id=$(client_cgroup_id)
	until_ok "the client to be followed" watches_client
	assert_equal "the watcher" "$WATCHER active" "$(property "$WATCH" MainPID) $(property "$WATCH" ActiveState)"
	tell "$1"
	until_ok "packet $1 that left" far_saw "$1"
	until_ok "its event" leak_to "$1" ".leakaudit.cgroup.id == \"$id\""
}

# Of each packet by which the client says that it has been started: either it is told as a leak, or the time in which it left is
# one that is told as unwatched. The far side has the packets, with their times.
gaps_are_told() {
	local packets

	sed -nE "s/^([0-9.]+) .*> $PEER4\\.(2[0-9]{4}): UDP.*/\\1 \\2/p" "$MACHINE_DIR/far.tcpdump" >"$MACHINE_DIR/first.packets"
	# One that is restarted at once may not have come to its packet.
	packets=$(wc -l <"$MACHINE_DIR/first.packets")
	((packets > CYCLES && packets <= $(starts))) || fail "$packets first packets of $(starts) starts"
	python3 "$TOP/tests/lib/gaps.py" "$OUT" "$MACHINE_DIR/first.packets" || fail "gaps that are not told"
}

# --- what the watcher could not see

# It is held while the client is restarted: how long that was is told, and no packet of that time is.
test_gap_is_told() {
	local before after

	watched_client tell
	on_machine kill -STOP "$WATCHER"
	systemctl_on restart client
	until_ok "the restarted client's first packet" far_saw 20002
	before=$EPOCHREALTIME
	sleep 0.3
	after=$EPOCHREALTIME
	on_machine kill -CONT "$WATCHER"
	follows 40001
	assert_no_event "$LEAK and .destination.port == 20002"
	assert_event ".event.action == \"scope-back\" and .leakaudit.cgroup.id == \"$(client_cgroup_id)\" and
		.leakaudit.unwatched.seconds > $after - $before and .leakaudit.unwatched.seconds < 60"
	capture_far_end
	CYCLES=1 gaps_are_told
	systemctl_on stop "$WATCH"
	assert_equal "completeness" false "$(summary .complete)"
	assert_all_well
}

# It is held while one comes, sends and goes, which nobody can say more of than that it was there.
test_missed_run_is_told() {
	watched_client tell
	systemctl_on stop client
	until_ok "the end of the client" has_event '.event.action == "scope-gone"'
	on_machine kill -STOP "$WATCHER"
	systemctl_on start client
	until_ok "the restarted client's first packet" far_saw 20002
	systemctl_on stop client
	on_machine kill -CONT "$WATCHER"
	until_ok "an event that tells of it" has_event '.leakaudit.unwatched.missed == 1'
	systemctl_on start client
	follows 40001
	capture_far_end
	CYCLES=1 gaps_are_told
	assert_all_well
}

# --- a cgroup that goes

# However soon after it was found: it is gone then, and that is all that there is to say. Nothing was in it; but where it went
# before the hooks hung, nobody can know that.
test_cgroup_that_goes_while_it_is_attached() {
	local ms

	GONE=([watched]=0 [attached]=0 [found]=0)
	machine_with tell
	machine_on
	for ms in {50..400..10} 5000; do
		gone_after "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
	done
	note "37 times: ${GONE[found]} before it was found, ${GONE[attached]} before it was watched, ${GONE[watched]} later"
	((GONE[attached] > 0 && GONE[watched] > 0)) || fail "it never went at the moment that this is about"
}

declare -A GONE

# gone_after SECONDS: counts when that was, in GONE.
gone_after() {
	local status=0 cgroup=$MACHINE_CGROUP/brief said=$MACHINE_DIR/brief pid

	mkdir "$cgroup"
	on_machine leakaudit watch --cgroup /brief --output json:/var/log/brief.json >"$said" 2>&1 &
	pid=$!
	sleep "$1"
	rmdir "$cgroup"
	wait "$pid" || status=$?
	case $status:$(cat "$said") in
	0:*"the watched cgroup /brief is gone"*) GONE[watched]=$((GONE[watched] + 1)) ;;
	5:*"the watched cgroup /brief is gone: it was removed before"*) GONE[attached]=$((GONE[attached] + 1)) ;;
	3:*"no cgroup '/brief'"*) GONE[found]=$((GONE[found] + 1)) ;;
	*) fail "removed after $1 s: status $status: $(cat "$said")" ;;
	esac
}
