# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others read
# leakaudit report: what it says of recorded events is what they say.

# report STATUS ARG...: to $LAB_DIR/report, and as JSON to $LAB_DIR/reported; without root, as it needs none.
report() {
	local status=0

	setpriv --reuid 65534 --clear-groups "$LEAKAUDIT" report "${@:2}" >"$LAB_DIR/report" 2>"$LAB_DIR/report.log" || status=$?
	assert_equal "exit status ($(cat "$LAB_DIR/report.log"))" "$1" "$status"
	setpriv --reuid 65534 --clear-groups "$LEAKAUDIT" report -o json "${@:2}" >"$LAB_DIR/reported" || true
	jq -e . "$LAB_DIR/reported" >/dev/null || fail "not JSON"
}

reported() {
	jq -r "$1" "$LAB_DIR/reported"
}

# A tunnel that falls and returns; a question, and a stream; the run is ended in order, and then killed.
test_report_of_a_run() {
	lab_up tunnel dns
	watch_client
	tunnel_fall
	spawn_client dig dig +short "@$DNS4" "tracker.$LAB_DOMAIN" A
	wait "$SPAWNED"
	sender_start stream tcp "$PEER4" 9 --size 50000
	wait_for_leak "$(by "${SENDER_PID[stream]}" send)"
	tunnel_up
	wait_for '.leakaudit.dropout'
	watch_end
	chmod 755 "$LAB_DIR"
	chmod 644 "$OUT"

	report 1 "$OUT"
	assert_equal "what left" "$(summary_leaks)" "$(reported '.totals.left | "\(.packets) \(.bytes)"')"
	assert_equal "in events" 0 "$(reported '.totals.in_no_event.left.packets')"
	assert_equal "what was exempt" "$(summary_exempt transport)" "$(reported '.totals.exempt.transport | "\(.packets) \(.bytes)"')"
	assert_equal "by class" "$(summary '.summary.by_class | [.dns.bytes, .ipv4.bytes] | sort | @csv')" \
		"$(reported '[.classes[].left.bytes] | sort | @csv')"
	# the daemon's greeting before it opens tun0 is a leak as well
	assert_equal "processes" "dig send" "$(reported '[.processes[].name] - ["openvpn"] | sort | join(" ")')"
	assert_equal "questions" "tracker.$LAB_DOMAIN A" "$(reported '.questions[] | "\(.name) \(.type)"')"
	assert_equal "dropouts" "1 $(dropout .seconds)" "$(reported '.dropouts | "\(.count) \(.seconds)"')"
	assert_equal "doubts" 0 "$(reported '.doubts | length')"
	assert_equal "width of the text" 0 "$(awk 'length > 80' "$LAB_DIR/report" | wc -l)"

	head -n -1 "$OUT" | gzip >"$LAB_DIR/killed.gz"
	report 1 "$LAB_DIR/killed.gz" "$OUT"
	assert_equal "of what came twice" "$(summary_leaks)" "$(reported '.totals.left | "\(.packets) \(.bytes)"')"
	grep -v '"action":"leak"' "$OUT" | head -n -1 >"$LAB_DIR/killed"
	report 5 "$LAB_DIR/killed"
	grep -q "ended without its summary\|may still run" "$LAB_DIR/report" || fail "no doubt: $(cat "$LAB_DIR/report")"

	printf '\xfd7zXZ\0and so on' >"$LAB_DIR/events.xz"
	refused 3 "xz -dc $LAB_DIR/events.xz | leakaudit report -" report "$LAB_DIR/events.xz"
	printf '\x4d\x3c\xb2\xa1and so on' | gzip >"$LAB_DIR/leaks.pcap.gz"
	refused 3 "leakaudit replay -o json $LAB_DIR/leaks.pcap.gz | leakaudit report -" report "$LAB_DIR/leaks.pcap.gz"
}

# Hosts and weeks of events: the sums are right, in memory that does not grow with them.
test_report_of_weeks() {
	local most=60000

	python3 -B tests/lib/make_recording.py 20 "$LAB_DIR/answers" >"$LAB_DIR/weeks"
	chmod 755 "$LAB_DIR"
	report 1 "$LAB_DIR/weeks"
	assert_equal "sums" "$(jq -S . "$LAB_DIR/answers")" "$(reported '{runs: .runs_in_all, packets: .totals.left.packets, bytes: .totals.left.bytes,
		questions: ([.questions[] | .left.packets] | add), dropouts: .dropouts.count,
		by_process: ([.processes[] | {(.name): .left.packets}] | group_by(keys) | map({(.[0] | keys[0]): (map(.[]) | add)}) | add)}' | jq -S .)"
	assert_equal "all days" "$(reported .totals.left.packets)" "$(reported '[.days[].left.packets] | add')"
	assert_equal "all slots" "$(reported .totals.left.packets)" "$(reported '[.timeline.bins[] | del(.begin) | .[].packets] | add')"
	"$LEAKAUDIT" report --html "$LAB_DIR/page.html" "$LAB_DIR/weeks" >/dev/null || true
	(($(wc -c <"$LAB_DIR/page.html") < 400000)) || fail "the page is large"
	python3 -B tests/lib/page.py "$LAB_DIR/page.html" || fail "the page is malformed"
	! grep -q __asan_init "$LEAKAUDIT" || most=600000
	python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=False)
size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
sys.exit(f"{size} kB of memory" if size > int(sys.argv[1]) else 0)' "$most" "$LEAKAUDIT" report "$LAB_DIR/weeks" || fail "too much memory"
}
