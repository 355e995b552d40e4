# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# leakaudit test on the client's host, and what it says of its probes.

# probe STATUS ARG...: tests the client's host while its wire is captured, and compares the exit status.
probe() {
	probe_from client "$@"
	assert_equal "what is left of its cgroup" "" "$(find "$LAB_CGROUP" -name 'leakaudit-test*')"
}

probe_from() {
	local host=$1 expected=$2 status=0

	PROBES=$LAB_DIR/probes.json
	capture_start
	(enter "$host" "$LAB_CGROUP/watcher" "$LEAKAUDIT" test -o json "${@:3}") >"$PROBES" || status=$?
	capture_stop
	assert_equal "exit status" "$expected" "$status"
	jq -e . "$PROBES" >/dev/null || fail "not JSON"
	assert_equal "probes in the summary" "$(probe_count true)" "$(probe_summary .probes)"
}

probe_summary() {
	jq -r "select(.event.action == \"summary\") | .leakaudit.test | $1" "$PROBES"
}

# probe_count CONDITION
probe_count() {
	jq -s "map(select(.event.action == \"probe\" and ($1))) | length" "$PROBES"
}

# assert_probes CONDITION FILTER...: there are such probes, and each FILTER holds for every one of them.
assert_probes() {
	local filter

	[ "$(probe_count "$1")" != 0 ] || fail "no probe where $1"
	for filter in "${@:2}"; do
		assert_equal "probes where $1 and not $filter" 0 "$(probe_count "($1) and (($filter) | not)")"
	done
}

VERDICT='.leakaudit.probe.verdict'
PASSES="$VERDICT == \"pass\""
FREE='.leakaudit.probe.bound == "free"'
FRAME='.leakaudit.probe.kind == "frame"'
LSD='.leakaudit.probe.kind == "lsd"'
ROUTE='.leakaudit.probe.kind == "route"'
LOOKUP='.leakaudit.probe.kind == "lookup" or .leakaudit.probe.kind == "resolver"'
IPV4='.network.type == "ipv4"'
IPV6='.network.type == "ipv6"'

# path IF: jq's words for the interface that a probe took.
path() {
	echo ".observer.egress.interface.name == \"$1\""
}

# fails CAUSE: it would have left by eth0, and was stopped.
fails() {
	echo "$VERDICT == \"fail\" and .leakaudit.probe.stopped and $(path eth0) and $(cause "$1") and .leakaudit.probe.remedy"
}

# assert_wire_clean: nothing of the client's but the tunnel's own packets was on the wire.
assert_wire_clean() {
	assert_equal "packets that left" "0 0" "$(captured "not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR")"
}

# probe_frames_beside_another: what stops them behind our hook at TC is told by what it has stopped of others.
probe_frames_beside_another() {
	probe 0 --cgroup "$SCOPE" --only=frame,icmp
	assert_probes "$FRAME" "$PASSES" '.leakaudit.probe.why | test("another leakaudit")'
	assert_wire_clean
}

# during_drop ARG...: in the background, until probe_stop.
during_drop() {
	PROBES=$LAB_DIR/probes.json
	capture_start
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --during-drop --interval 0.5 --format json "$@") \
		>"$PROBES" 2>"$LAB_DIR/test.log" &
	TEST_PID=$!
}

probe_stop() {
	TEST_STATUS=0
	kill -INT "$TEST_PID"
	until_ok "the test's end" dead "$TEST_PID"
	wait "$TEST_PID" || TEST_STATUS=$?
	capture_stop
	assert_equal "what is left of its cgroup" "" "$(find "$LAB_CGROUP" -name 'leakaudit-test*')"
}

told() {
	alive "$TEST_PID" || fail "the test has ended: $(cat "$LAB_DIR/test.log")"
	jq -en "[inputs | select($1)] != []" "$PROBES" >/dev/null
}

its_cgroup_is_there() {
	[ -n "$(find "$LAB_CGROUP" -name 'leakaudit-test*')" ] && sleep 1.5
}
