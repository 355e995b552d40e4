#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures how fast captures are read, beside other programs that classify: packets a second, from a file in memory, each
# program's best of a few rounds. With LEAKAUDIT_CAPTURES= a directory of captures: those, too, joined. Never a test, as
# tools/bench/run is none. Needs no root.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
O=$(realpath -m "${O:-$TOP/build}")
LEAKAUDIT=$(realpath -m "${LEAKAUDIT:-$O/leakaudit}")
PACKETS=${PACKETS:-1500000}
EVENTS=${EVENTS:-200000}
FLOWS=${FLOWS:-1000000}
FEW=$((PACKETS / 15)) # its time grows faster than the capture
ROUNDS=${ROUNDS:-3}

main() {
	local dir ours

	[ -x "$LEAKAUDIT" ] || die "$LEAKAUDIT is not built: make all"
	command -v python3 >/dev/null || { echo "skip replay (python3 is not installed)"; exit 0; }
	dir=$(mktemp -d "$(memory)/leakaudit-bench.XXXXXX")
	# shellcheck disable=SC2064 # its name is known now
	trap "rm -rf '$dir'" EXIT
	trap 'exit 130' INT TERM HUP
	python3 "$TOP/tools/bench/replay_capture.py" "$PACKETS" >"$dir/capture.pcap"
	printf '\nreplay: %s packets, %s MB\n\n' "$PACKETS" "$(($(stat -c %s "$dir/capture.pcap") / 1000000))"
	printf '  %-46s %12s %8s\n' "" "packets/s" "ratio"
	ours=
	row "leakaudit replay" "$PACKETS" "" replay --local 192.0.2.10 --output json:/dev/null "$dir/capture.pcap"
	row "leakaudit replay --all" "$PACKETS" "" replay --all --output json:/dev/null "$dir/capture.pcap"
	python3 "$TOP/tools/bench/event_capture.py" "$EVENTS" >"$dir/events.pcap"
	row "leakaudit replay, an event for each packet" "$EVENTS" "" replay --local 192.0.2.10 --output json:/dev/null "$dir/events.pcap"
	[ -z "${BASELINE:-}" ] || row "  the same, $BASELINE" "$EVENTS" "$BASELINE" replay --local 192.0.2.10 --output json:/dev/null "$dir/events.pcap"
	rm "$dir/events.pcap"
	python3 "$TOP/tools/bench/flow_capture.py" "$FLOWS" 3 >"$dir/flows.pcap"
	row "leakaudit replay, $FLOWS flows, no leak" "$((FLOWS * 3))" "" replay --local 192.0.2.10 --allow 11.0.0.0/8 --output json:/dev/null "$dir/flows.pcap"
	[ -z "${BASELINE:-}" ] || row "  the same, $BASELINE" "$((FLOWS * 3))" "$BASELINE" replay --local 192.0.2.10 --allow 11.0.0.0/8 --output json:/dev/null "$dir/flows.pcap"
	row "leakaudit replay, $FLOWS flows, two events each" "$((FLOWS * 3))" "" replay --local 192.0.2.10 --interval 86400 --output json:/dev/null "$dir/flows.pcap"
	[ -z "${BASELINE:-}" ] || row "  the same, $BASELINE" "$((FLOWS * 3))" "$BASELINE" replay --local 192.0.2.10 --interval 86400 --output json:/dev/null "$dir/flows.pcap"
	rm "$dir/flows.pcap"
	row "ndpiReader" "$PACKETS" ndpiReader -q -i "$dir/capture.pcap"
	row "tshark -q -z io,phs (the first $FEW packets)" "$FEW" tshark -n -q -z io,phs -c "$FEW" -r "$dir/capture.pcap"
	[ -z "${LEAKAUDIT_CAPTURES:-}" ] || captures "$dir"
	echo
	echo "  target: leakaudit replay at 2,000,000 or more; a ratio is how many times faster that is"
}

# captures DIR: those of $LEAKAUDIT_CAPTURES, joined: of hundreds most flows are short, and all events are written.
captures() {
	local joined=$1/joined.pcapng packets

	if ! command -v mergecap >/dev/null; then
		printf '  %-46s %12s\n' "captures, joined" "skip: mergecap is not installed"
		return
	fi
	mergecap -a -w "$joined" "$LEAKAUDIT_CAPTURES"/*.pcap*
	packets=$(capinfos -TMrc "$joined" | cut -f 2)
	echo
	ours=
	row "leakaudit replay --all, captures joined" "$packets" "" replay --all --output json:/dev/null "$joined"
	[ -z "${BASELINE:-}" ] || row "  the same, $BASELINE" "$packets" "$BASELINE" replay --all --output json:/dev/null "$joined"
	row "ndpiReader" "$packets" ndpiReader -q -i "$joined"
	row "tshark -q -z io,phs" "$packets" tshark -n -q -z io,phs -r "$joined"
	rm "$joined"
}

die() {
	echo "bench: $*" >&2
	exit 1
}

memory() {
	[ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}"
}

# row NAME PACKETS PROGRAM ARG...: PROGRAM "" is ours, whose first row the others are compared with.
row() {
	local name=$1 packets=$2 program=${3:-$LEAKAUDIT} best rate

	if ! command -v "$program" >/dev/null; then
		printf '  %-46s %12s\n' "$name" "skip: $program is not installed"
		return
	fi
	best=$(best_of "$program" "${@:4}")
	rate=$(awk "BEGIN { printf \"%d\", $packets / $best }")
	[ -n "$ours" ] || ours=$rate
	printf "  %-46s %12d %8s\n" "$name" "$rate" "$(awk "BEGIN { printf \"%.1f\", $ours / $rate }")"
}

# best_of COMMAND...: seconds of the fastest round.
best_of() {
	local i begin status

	for ((i = 0; i < ROUNDS; i++)); do
		begin=$EPOCHREALTIME status=0
		timeout 120 "$@" >/dev/null 2>&1 || status=$?
		((status <= 1)) || die "$1 failed with status $status"
		awk "BEGIN { print $EPOCHREALTIME - $begin }"
	done | sort -n | head -n 1
}

main "$@"
