# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# leakaudit under test: starting and ending it, waiting for its events, and comparing what it says with what the wire saw.

# start_leakaudit ARG...: watches from the client host (or LEAKAUDIT_HOST); returns when its "ready" event is there.
start_leakaudit() {
	[ -x "$LEAKAUDIT" ] || fail "$LEAKAUDIT is not built"
	OUT=$LAB_DIR/events.json
	spawn leakaudit "${LEAKAUDIT_HOST:-client}" "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch "$@" --output "json:$OUT"
	LEAKAUDIT_PID=$SPAWNED
	wait_for '.event.action == "ready"'
}

# stop_leakaudit: ends it in order, as a user's Ctrl-C does; its exit status to LEAKAUDIT_STATUS.
stop_leakaudit() {
	alive "$LEAKAUDIT_PID" || fail "leakaudit has ended by itself"
	kill -INT "$LEAKAUDIT_PID"
	await_leakaudit
}

# await_leakaudit: until it has ended, whoever ended it. What it wrote is whole, whatever the test is about.
await_leakaudit() {
	until_ok "leakaudit's end" dead "$LEAKAUDIT_PID"
	LEAKAUDIT_STATUS=0
	wait "$LEAKAUDIT_PID" || LEAKAUDIT_STATUS=$?
	jq -e . "$OUT" >/dev/null || fail "not JSON"
	assert_equal "first and last event" '["ready","summary"]' \
		"$(jq -sc '[first, last | .event.action]' "$OUT")"
	assert_equal "events in order" true "$(jq -s '[.[].event.sequence] | . == (unique)' "$OUT")"
}

# watch_client [ARG...]: audits the lab's client host, and captures what it sends.
watch_client() {
	start_leakaudit --cgroup "$SCOPE" "$@"
	capture_start
}

# watch_end: after the traffic, and before its senders are ended: what the kernel sends for a socket that is gone would
# be captured, or not, as it happens.
watch_end() {
	stop_leakaudit
	capture_stop
}

# event_lines: all that is written in full. jq before 1.7 cannot skip a broken last line by itself: its "?" also catches "break".
event_lines() {
	[ ! -e "$OUT" ] || head -n "$(wc -l <"$OUT")" "$OUT"
}

# events FILTER: the events that jq's FILTER holds for, one a line.
events() {
	event_lines | jq -c "select($1)"
}

has_event() {
	event_lines | jq -en "[inputs | select($1)] != []" >/dev/null
}

# wait_for FILTER: until an event is there that jq's FILTER holds for.
wait_for() {
	until_ok "an event" has_event_or_dead "$1"
}

has_event_or_dead() {
	local dead=0

	alive "$LEAKAUDIT_PID" || dead=1
	has_event "$1" && return
	((!dead)) || fail "leakaudit has ended, without an event where $1"
	return 1
}

LEAK='.event.action == "leak"'

wait_for_leak() {
	wait_for "$LEAK and ($1)"
}

# assert_event FILTER
assert_event() {
	has_event "$1" || fail "no event where $1"
}

# An event that jq cannot hold against the filter is no event without it: test() of what is missing is an error.
assert_no_event() {
	local status=0

	has_event "$1" || status=$?
	((status)) || fail "an event where $1: $(events "$1" | head -n 1)"
	((status == 1)) || fail "not to be held against an event: $1"
}

# assert_leaks FILTER...: there are leaks, and each FILTER holds for every one of them.
assert_leaks() {
	local filter

	assert_event "$LEAK"
	for filter in "$@"; do
		assert_no_event "$LEAK and (($filter) | not)"
	done
}

# assert_leaks_where CONDITION FILTER...: the same for the leaks that CONDITION holds for.
assert_leaks_where() {
	local filter

	assert_event "$LEAK and ($1)"
	for filter in "${@:2}"; do
		assert_no_event "$LEAK and ($1) and (($filter) | not)"
	done
}

assert_no_leak() {
	assert_no_event "$LEAK"
	assert_equal "leaks in the summary" "0 0" "$(summary_leaks)"
	assert_complete
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
}

assert_equal() {
	[ "$2" = "$3" ] || fail "$1: expected $2, got $3"
}

# by PID NAME: jq's words for who.
by() {
	echo ".process.pid == $1 and .process.name == \"$2\""
}

# to IF SOURCE DESTINATION [PORT]: jq's words for where.
to() {
	echo ".observer.egress.interface.name == \"$1\" and .source.ip == \"$2\" and .destination.ip == \"$3\"" \
		"${4:+and .destination.port == $4}"
}

# class CLASS DETAIL: jq's words for what; leave DETAIL out for a class that has none.
class() {
	echo ".leakaudit.class == \"$1\" ${2:+and .leakaudit.detail == \"$2\"}"
}

cause() {
	echo ".leakaudit.cause == \"$1\""
}

# leaked [FILTER]: "PACKETS BYTES" over all flows. A flow's last event has its totals, and is of type "end".
leaked() {
	jq -rs "map(select($LEAK and (.event.type | index(\"end\")) and (${1:-true})) | .network)
		| \"\(map(.packets) | add // 0) \(map(.bytes) | add // 0)\"" "$OUT"
}

# The one place that knows the summary's form.
summary() {
	jq -r "select(.event.action == \"summary\") | .leakaudit | $1" "$OUT"
}

summary_leaks() {
	summary '.summary.leaks | "\(.packets) \(.bytes)"'
}

# summary_exempt NAME: "PACKETS BYTES"
summary_exempt() {
	summary ".summary.exempt[\"$1\"] | \"\(.packets // 0) \(.bytes // 0)\""
}

# dropout FILTER: of what the tunnel's return says of its fall.
dropout() {
	jq -r "select(.leakaudit.dropout) | .leakaudit.dropout | $1" "$OUT"
}

# assert_dropout: there was one, from the tunnel's fall to its return, and the summary has it too.
assert_dropout() {
	assert_equal "since and until" "$(jq -rs 'map(select(.event.action | startswith("tunnel-")) | .["@timestamp"]) | join(" ")' "$OUT")" \
		"$(dropout '"\(.since) \(.until)"')"
	assert_equal "dropouts" "$(dropout '"1 \(.seconds) \(.seconds) false"')" \
		"$(summary '.summary.dropouts | "\(.count) \(.seconds) \(.longest) \(.down)"')"
	assert_event '.leakaudit.dropout.seconds > 0 and (.message | contains(" is back after "))'
}

assert_complete() {
	assert_equal "completeness" "true 0" "$(summary '"\(.complete) \(.lost | .events + .flows + .output)"')"
}

# assert_exact FILTER WIRE [CAPTURE]: the leaks that jq's FILTER holds for are the packets and bytes that tcpdump's WIRE
# matches on the ISP's side. Neither is nothing: a test that compares 0 with 0 would prove nothing.
assert_exact() {
	local wire

	wire=$(captured "$2" "${3:-wire}")
	[ "$wire" != "0 0" ] || fail "nothing was captured where $2"
	assert_equal "packets and bytes where $1" "$wire" "$(leaked "$1")"
}

# assert_all_exact [CAPTURE]: every captured packet but the tunnel's own, multicast (which stays on the link) and the link's
# neighbours' is a leak, in the flows and in the summary alike; nothing was lost; the exit status says that there were leaks.
assert_all_exact() {
	local wire="not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR and not $CAPTURE_MULTICAST"

	assert_exact true "$wire" "${1:-wire}"
	assert_equal "leaks in the summary" "$(captured "$wire" "${1:-wire}")" "$(summary_leaks)"
	assert_complete
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# assert_transport_exact: the tunnel's outer packets, and no other, were exempt as such.
assert_transport_exact() {
	assert_equal "exempt as transport" "$(captured "$TUNNEL_OUTER")" "$(summary_exempt transport)"
	[ "$(summary_exempt transport)" != "0 0" ] || fail "the tunnel was not used"
}

# refused STATUS WORD ARG...: ends at once, with that exit status, having said WORD on stderr and nothing on stdout.
refused() {
	local status=0 expected=$1 word=$2

	shift 2
	# shellcheck disable=SC2086 # may be a command with arguments
	timeout 10 $LEAKAUDIT "$@" </dev/null >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr" || status=$?
	assert_equal "exit status of '$*' ($(head -n 1 "$LAB_DIR/stderr"))" "$expected" "$status"
	grep -qFe "$word" "$LAB_DIR/stderr" || fail "'$*' does not say '$word': $(cat "$LAB_DIR/stderr")"
	[ ! -s "$LAB_DIR/stdout" ] || fail "'$*' writes to stdout: $(cat "$LAB_DIR/stdout")"
}
