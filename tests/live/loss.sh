# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# More than anybody can read or remember: what is lost is said, and no count is.

# flood KIND COUNT: from the client's cgroup; returns when all is sent.
flood() {
	in_cgroup "$APP" "$LAB_BIN/flood" "$1" "$PEER4" "$2"
}

# The smallest ring holds a few questions; the loader is stopped, so that none is read meanwhile.
test_full_ring_loses_events_not_counts() {
	lab_up
	watch_client --buffer 4096
	kill -STOP "$LEAKAUDIT_PID"
	flood dns 500
	kill -CONT "$LEAKAUDIT_PID"
	wait_for '.event.action == "lost" and .leakaudit.lost.events > 0'
	watch_end
	assert_equal "complete" false "$(summary .complete)"
	assert_equal "questions told and lost" 500 "$(($(events "$LEAK and .dns.question.name == \"flood.example\"" | wc -l) + \
		$(summary .lost.events)))"
	assert_exact true 'udp port 53'
	assert_equal "leaks in the summary" "$(captured 'udp port 53')" "$(summary_leaks)"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# The table has 16384 records, which nobody takes back meanwhile. The summary's sums are exact all the same.
test_full_flow_table_counts_on() {
	lab_up
	watch_client --buffer 64M --interval 60
	kill -STOP "$LEAKAUDIT_PID"
	flood flows 20000
	kill -CONT "$LEAKAUDIT_PID"
	wait_for '.event.action == "lost" and .leakaudit.lost.flows > 0'
	watch_end
	assert_equal "who has sent them" "flood 20000" \
		"$(summary '.summary.by_process[] | select(.packets > 0) | "\(.key | sub("\\[[0-9]+\\]"; "")) \(.packets)"')"
	assert_equal "packets and bytes" "$(captured udp)" "$(summary_leaks)"
	assert_equal "packets" 20000 "$(summary .summary.leaks.packets)"
	assert_equal "packets of the interface" 20000 "$(summary '.summary.by_interface[] | select(.key == "eth0") | .packets')"
	assert_equal "packets without a flow" "$((20000 - $(summary .summary.flows)))" "$(summary .lost.flows)"
	assert_equal "why it is incomplete" "not every flow was told: the flow table was full" "$(summary .incomplete)"
}

# A reader that has stopped reading: its pipe fills, then our queue, and the rest is counted as lost.
test_reader_that_stopped() {
	local fifo=$LAB_DIR/fifo

	lab_up
	mkfifo "$fifo"
	exec 9<>"$fifo"
	watch_client --buffer 16M --output "json:$fifo"
	flood flows 8000
	wait_for '.event.action == "lost" and .leakaudit.lost.output > 0'
	watch_end
	exec 9>&-
	assert_exact true udp
	assert_equal "flows" 8000 "$(summary .summary.flows)"
	assert_equal "why it is incomplete" "an output could not take all lines" "$(summary .incomplete)"
}

# logrotate's way: rename, then SIGHUP. Every event is in one of the two files, none in both.
test_rotated_file_is_opened_anew() {
	lab_up
	watch_client
	flood flows 10
	wait_for_leak ".destination.port == 10009"
	mv "$OUT" "$OUT.1"
	kill -HUP "$LEAKAUDIT_PID"
	until_ok "the new file" test -e "$OUT"
	flood dns 1
	wait_for_leak ".destination.port == 53"
	kill -INT "$LEAKAUDIT_PID"
	until_ok "leakaudit's end" dead "$LEAKAUDIT_PID"
	capture_stop
	assert_equal "modes" "640 640" "$(stat -c %a "$OUT.1" "$OUT" | xargs)"
	cat "$OUT.1" "$OUT" >"$OUT.all"
	assert_equal "events, in order and once" true \
		"$(jq -s '[.[].event.sequence] | . == [range(1; length + 1)]' "$OUT.all")"
}
