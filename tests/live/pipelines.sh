# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What ships in tools/pipeline, in the real programs.

# rsyslog as a collector gets each event whole, by TCP, and writes it as it was.
test_rsyslog_collects() {
	local dir=$LAB_DIR/collector

	command -v rsyslogd >/dev/null || skip "rsyslogd is not installed"
	lab_up resolver
	mkdir -p "$dir/work"
	{
		echo "global(workDirectory=\"$dir/work\")"
		sed "s|/var/log|$dir|; s|port=\"601\"|port=\"7601\" address=\"127.0.0.1\"|" tools/pipeline/rsyslog.conf
	} >"$dir/rsyslog.conf"
	spawn rsyslogd client "$LAB_CGROUP/watcher" rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/pid"
	until_ok "rsyslogd" tcp_listens client 7601
	start_leakaudit --cgroup "$SCOPE" --output syslog:127.0.0.1:7601/tcp
	in_client dig +short +tries=1 "@$ISP4" 'a "quoted\\ \010name".example' >/dev/null
	wait_for_leak ".network.transport == \"udp\""
	stop_leakaudit
	until_ok "all events" collected "$dir/leakaudit-events.json"
	diff <(jq -cS . "$OUT") <(jq -cS . "$dir/leakaudit-events.json") || fail "other events"
	end_process "$SPAWNED"
}

collected() {
	[ -e "$1" ] && (($(wc -l <"$OUT") == $(wc -l <"$1")))
}

# clickhouse [ARG...]: the statement or the rows are on standard input.
clickhouse() {
	in_netns client curl --silent --show-error --fail --data-binary @- "http://$CLICKHOUSE/$*"
}

# The fleet's questions, asked of real events that came twice.
test_clickhouse_answers() {
	local i

	command -v clickhouse-server >/dev/null || skip "clickhouse-server is not installed"
	lab_up tunnel
	clickhouse_configure "$LAB_DIR/clickhouse"
	spawn clickhouse client "$LAB_CGROUP/watcher" clickhouse-server --config-file="$LAB_DIR/clickhouse/config.xml"
	until_ok "ClickHouse" tcp_listens client "${CLICKHOUSE##*:}"
	watch_client --heartbeat 0.5
	sender_start leaks udp "$PEER4" 9 --connect --lines --bind-device eth0
	sender_line leaks "once more"
	wait_for_leak ".network.packets == 2 or .leakaudit.flow == \"open\""
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	watch_end
	for i in 1 2; do
		clickhouse_statement "$i" | clickhouse
	done
	for i in 1 2; do
		sed 's/\\/\\\\/g' "$OUT" | clickhouse "?query=INSERT+INTO+leakaudit.events+(event)+FORMAT+TSV"
	done
	assert_equal "who leaked" "$(summary_leaks) send" "$(clickhouse_statement 3 | clickhouse | awk -F '\t' '{ p += $5; b += $6; n = $2 } END { print p, b, n }')"
	assert_equal "silent hosts" "" "$(clickhouse_statement 4 | clickhouse)"
	assert_equal "drops" "tun0 1" "$(clickhouse_statement 5 | clickhouse | cut -f 2- | tr '\t' ' ')"
	end_process "$SPAWNED"
}
