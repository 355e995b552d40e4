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

clickhouse_start() {
	local dir=$LAB_DIR/clickhouse

	mkdir -p "$dir"
	cat >"$dir/config.xml" <<-END
		<yandex>
			<logger><level>error</level><log>$dir/log</log><errorlog>$dir/errors</errorlog></logger>
			<http_port>7123</http_port><tcp_port>7124</tcp_port><listen_host>127.0.0.1</listen_host>
			<path>$dir/data/</path><tmp_path>$dir/tmp/</tmp_path><mark_cache_size>100000000</mark_cache_size>
			<users_config>$dir/users.xml</users_config>
			<default_profile>default</default_profile><default_database>default</default_database>
		</yandex>
	END
	cat >"$dir/users.xml" <<-END
		<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
			<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
		</default></users></yandex>
	END
	spawn clickhouse client "$LAB_CGROUP/watcher" clickhouse-server --config-file="$dir/config.xml"
	until_ok "ClickHouse" tcp_listens client 7123
}

# clickhouse [ARG...]: the statement or the rows are on standard input.
clickhouse() {
	in_netns client curl --silent --show-error --fail --data-binary @- "http://127.0.0.1:7123/$*"
}

# statement N: of clickhouse.sql: the database, the table, and the questions.
statement() {
	grep -v '^--' tools/pipeline/clickhouse.sql | awk -v RS=';' -v n="$1" 'NR == n'
}

# The fleet's questions, asked of real events that came twice.
test_clickhouse_answers() {
	local i

	command -v clickhouse-server >/dev/null || skip "clickhouse-server is not installed"
	lab_up tunnel
	clickhouse_start
	watch_client --heartbeat 0.5
	sender_start leaks udp "$PEER4" 9 --connect --lines --bind-device eth0
	sender_line leaks "once more"
	wait_for_leak ".network.packets == 2 or .leakaudit.flow == \"open\""
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	watch_end
	for i in 1 2; do
		statement "$i" | clickhouse
	done
	for i in 1 2; do
		sed 's/\\/\\\\/g' "$OUT" | clickhouse "?query=INSERT+INTO+leakaudit.events+(event)+FORMAT+TSV"
	done
	assert_equal "who leaked" "$(summary_leaks) send" "$(statement 3 | clickhouse | awk -F '\t' '{ p += $5; b += $6; n = $2 } END { print p, b, n }')"
	assert_equal "silent hosts" "" "$(statement 4 | clickhouse)"
	assert_equal "drops" "tun0 1" "$(statement 5 | clickhouse | cut -f 2- | tr '\t' ' ')"
	end_process "$SPAWNED"
}
