# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Names that would end a line, a string, a record or a script, through every output.

# hostile_queries: questions whose names are as long as they can be, with bytes that end lines, strings, scripts, elements
# and templates, that turn text around, and that are no UTF-8: a surrogate, too long a form, past the last character.
hostile_queries() {
	# shellcheck disable=SC2016 # nothing is to be expanded
	in_client python3 -c '
import socket, sys
names = [
    [b"a\"b\\c\n\r\t\x00\x1b[2J\xff</script>".ljust(63, b"\xc3"), b"." * 63, b"\xe2\x80\xae" * 21, b"x" * 61],
    [b"]]>\"]$(id)${x}`id`%s%n{{.}}<!--\x7f\x9b2J\xc2\x85".ljust(63, b"\x00"), b"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf".ljust(63, b"]"),
     b"\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xed\xbf\xbf".ljust(63, b"\xf0"), (b"\\u0000\\n\\" * 9)[:61]]]
for labels in names:
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    assert len(name) == 255
    question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + name + b"\0\x01\0\x01"
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(question, (sys.argv[1], 53))' "$ISP4"
}

# Whoever names processes, interfaces, cgroups, units and hosts has one record in each output for each event, and no more.
test_hostile_names_through_every_output() {
	local odd=$'e"\\<b>\e[2J\xff' bad=$'ev"\n\\\xff</x>' worse=$']]>"]$x%n\xe2\x80\xa8\xed\xa0' cgroup fifo=$LAB_DIR/fifo leaks
	local -A outputs

	command -v rsyslogd >/dev/null || skip "rsyslogd is not installed"
	lab_up resolver
	journald_start
	rsyslog_start hostile
	hostile_receivers_start
	mkfifo "$fifo"
	cat "$fifo" >"$LAB_DIR/fifo.json" &
	cgroup=$(lab_cgroup client/$'un"\e\\\xff<script>.service'"/$(printf 'c%.0s' {1..255})")
	cp "$LAB_BIN/send" "$LAB_DIR/${bad%%/*}"
	cp "$LAB_BIN/send" "$LAB_DIR/$worse"
	hostile_command
	start_leakaudit --cgroup "$SCOPE" --cgroup "$cgroup" --on-leak "$LAB_DIR/command" --output "json:$LAB_DIR/hostile/log/leakaudit/client.json" --output "json:$fifo" \
		--output "text:$LAB_DIR/text" --output "journal:$JOURNAL_SOCKET" --output "pcap:$LAB_DIR/evidence" \
		--output "metrics:$LAB_DIR/leakaudit.prom" "${outputs[@]/#/--output=}"
	hostile_listener_start
	ip_in client link set eth0 name "$odd"
	(enter client "$cgroup" "$LAB_DIR/${bad%%/*}" udp "$PEER4" 9) </dev/null >"$LAB_DIR/bad.log" 2>&1
	(enter client "$cgroup" "$LAB_DIR/$worse" udp "$PEER4" 10) </dev/null >"$LAB_DIR/worse.log" 2>&1
	hostile_queries
	wait_for_leak '.leakaudit.class == "dns" and (.dns.question.name | startswith("]]>"))'
	wait_for_leak ".destination.port == 9"
	[ ! "${outputs[otlp]-}" ] || until_ok "the collector to have what there is" has_all otlp
	stop_leakaudit
	assert_event "$LEAK and .process.name == \"ev\\\"\\n\\\\\ufffd<\" and .leakaudit.unit != null"
	assert_event "$LEAK and .process.name == \"]]>\\\"]\$x%n\u2028\ufffd\ufffd\""
	assert_equal "long names" 2 "$(events "$LEAK and (.dns.question.name | length > 400)" | jq -r .dns.question.name | sort -u | wc -l)"
	assert_event '.leakaudit.interface.change == "renamed"'

	cmp "$OUT" "$LAB_DIR/fifo.json" || fail "the FIFO's reader has other events"
	rsyslog_ends hostile
	until_ok "the journal to have all" journal_has_all
	diff <(jq -c . "$OUT") <(journal | jq -r .LEAKAUDIT_EVENT | jq -c .) || fail "the journal has other events"
	assert_equal "priorities" "3 6" "$(journal | jq -r .PRIORITY | sort -u | xargs)"
	! grep -qP '[^\n\x20-\x7e]' "$LAB_DIR/text" || fail "raw bytes in the text"
	assert_equal "lines of text" "$(grep -cv -e '"page"' -e '"heartbeat"' "$OUT")" "$(grep -cE '^[0-9:]{8} ' "$LAB_DIR/text")"
	leaks=$(events "$LEAK" | wc -l)
	assert_equal "readable lines of rsyslog" "$leaks" "$(wc -l <"$LAB_DIR/hostile/log/leakaudit-leaks.log")"
	assert_equal "its events" "$(wc -l <"$OUT")" "$(wc -l <"$LAB_DIR/hostile/log/leakaudit-events.json")"
	tcpdump -r "$LAB_DIR/evidence" >/dev/null 2>&1 || fail "the evidence is not read"
	hostile_receivers_have_all
	hostile_metrics
	hostile_command_had_lines
	hostile_report
}

# What --on-leak runs keeps what it is given.
hostile_command() {
	install -d -m 777 "$LAB_DIR/told"
	chmod 755 "$LAB_DIR"
	# shellcheck disable=SC2016 # the command's
	printf '%s\n' '#!/bin/sh' "cat >$LAB_DIR/told/"'$$' >"$LAB_DIR/command"
	chmod 755 "$LAB_DIR/command"
}

# Each was given one event, which is a line of the others'.
hostile_command_had_lines() {
	[ "$(find "$LAB_DIR/told" -type f | wc -l)" -gt 0 ] || fail "the command has not run"
	! cat "$LAB_DIR"/told/* | grep -vxFf "$OUT" || fail "the command was given something else"
}

# Nothing of a name is markup on the page, or a control byte on the terminal.
hostile_report() {
	TZ=UTC "$LEAKAUDIT" report --html "$LAB_DIR/page" "$OUT" >"$LAB_DIR/report" || (($? == 1)) || fail "there is no report"
	! grep -qP '[^\n\x20-\x7e]' "$LAB_DIR/report" || fail "raw bytes in the report"
	! grep -qiE '<script|</x>' "$LAB_DIR/page" || fail "a name is markup on the page"
	grep -qF '&lt;script&gt;' "$LAB_DIR/page" || fail "the page lacks a name"
}

# hostile_receivers_start: one of each kind; what leads to them to outputs[].
hostile_receivers_start() {
	outputs=([tcp]=tcp:127.0.0.1:7001 [unix]="unix:$LAB_DIR/stream" [syslog_tcp]=syslog:127.0.0.1:7002/tcp
		[syslog_udp]=syslog:127.0.0.1:7003/udp [syslog_unix]="syslog:$LAB_DIR/log.socket")
	receiver tcp lines 127.0.0.1:7001
	receiver unix lines "$LAB_DIR/stream"
	receiver syslog_tcp syslog 127.0.0.1:7002
	receiver syslog_udp datagrams 127.0.0.1:7003
	receiver syslog_unix datagrams "$LAB_DIR/log.socket"
	if "$LEAKAUDIT" --version | grep -q "otlp: with"; then
		outputs[otlp]=otlp:http://127.0.0.1:7004
		receiver otlp otlp 127.0.0.1:7004
	fi
	receivers_listen "${!outputs[@]}"
	if "$LEAKAUDIT" --version | grep -q "http: with" && command -v curl >/dev/null; then
		outputs[http]=http:9464
	fi
}

# Whoever listens has all from the first event on.
hostile_listener_start() {
	[ "${outputs[http]-}" ] || return 0
	in_netns client curl --silent --max-time 20 --no-buffer http://localhost:9464/events >"$LAB_DIR/listened" &
	LISTENER=$!
}

hostile_receivers_have_all() {
	local name

	for name in "${!outputs[@]}"; do
		[[ $name == http ]] && continue
		until_ok "$name to have all" has_all "$name"
	done
	for name in tcp unix syslog_tcp syslog_udp syslog_unix; do
		cmp "$OUT" "$LAB_DIR/got.$name" || fail "$name has other events"
	done
	if [ "${outputs[otlp]-}" ]; then
		diff <(jq -c '[.event.id, .message, .process.name, .dns.question.name, .leakaudit.unit]' "$OUT") \
			<(jq -c '[.event.id, .body, (.strings | .["process.title"], .["dns.question.name"], .["leakaudit.unit"])]' "$LAB_DIR/got.otlp") ||
			fail "the collector has other events"
	fi
	if [ "${outputs[http]-}" ]; then
		wait "$LISTENER"
		diff <(sed -n 's/^data: //p' "$LAB_DIR/listened") "$OUT" || fail "the listener has other events"
	fi
	receivers_kill
}

# Each row of the metrics is one line, and the interface has its name in it.
hostile_metrics() {
	assert_equal "the interface's rows: of two classes, packets and bytes" 4 "$(grep -cF 'interface="e\"\\<b>\\x1b[2J\\xff"' "$LAB_DIR/leakaudit.prom")"
	assert_equal "the inner scope's rows" 2 "$(grep -c '^leakaudit_[a-z]*_total{.*scope="[^}]*<script>' "$LAB_DIR/leakaudit.prom")"
	! grep -vP '^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? [0-9.e+-]+)$' "$LAB_DIR/leakaudit.prom" ||
		fail "these are no rows"
	! command -v promtool >/dev/null || promtool check metrics <"$LAB_DIR/leakaudit.prom" || fail "promtool finds faults"
}

journal_has_all() {
	(($(journal | wc -l) == $(wc -l <"$OUT")))
}
