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
	for i in 1 2 3 4; do
		clickhouse_statement "$i" | clickhouse
	done
	for i in 1 2; do
		sed 's/\\/\\\\/g' "$OUT" | clickhouse "?query=INSERT+INTO+leakaudit.events+(event)+FORMAT+TSV"
	done
	assert_equal "who leaked" "$(summary_leaks) send" "$(clickhouse_statement 5 | clickhouse | awk -F '\t' '{ p += $5; b += $6; n = $2 } END { print p, b, n }')"
	assert_equal "silent hosts" "" "$(clickhouse_statement 6 | clickhouse)"
	assert_equal "drops" "tun0 1" "$(clickhouse_statement 7 | clickhouse | cut -f 2- | tr '\t' ' ')"
	end_process "$SPAWNED"
}

PROMETHEUS=127.0.0.1:9490

# unanswered: which of the dashboard's queries, with Grafana's variables in place, Prometheus has no series for.
# shellcheck disable=SC2016 # Grafana's variables
unanswered() {
	jq -r '.panels[].targets[].expr' tools/pipeline/prometheus/leakaudit.json |
		sed 's/\$__rate_interval\|\$__range/1h/g; s/\$instance/.*/g' | in_netns client python3 -c '
import json, sys, urllib.parse, urllib.request
for query in sys.stdin.read().splitlines():
    with urllib.request.urlopen(sys.argv[1] + urllib.parse.quote(query)) as answer:
        if not json.load(answer)["data"]["result"]:
            print(query)' "http://$PROMETHEUS/api/v1/query?query="
}

# What needs a guard, or the kernel's statistics, is not there; two scrapes are needed for all others.
all_are_answered() {
	unanswered >"$LAB_DIR/unanswered"
	! grep -qv 'leakaudit_guard_in_force\|leakaudit_program_run' "$LAB_DIR/unanswered"
}

# A real Prometheus scrapes a real run by the configuration that ships, with its rules: each panel of the dashboard has series.
test_dashboard_shows_a_real_run() {
	local dir=$LAB_DIR/prometheus

	command -v prometheus >/dev/null || skip "prometheus is not installed"
	command -v curl >/dev/null || skip "curl is not installed"
	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	lab_up tunnel ipv6
	mkdir -p "$dir"
	cp tools/pipeline/prometheus/leakaudit.rules.yml "$dir"
	sed 's/_interval: 15s/_interval: 500ms/' tools/pipeline/prometheus/prometheus.yml >"$dir/prometheus.yml"
	start_leakaudit --cgroup "$SCOPE" --cgroup "$(lab_cgroup second)" --drop=ipv6 --output http:9464
	sender_start leaks udp "$PEER4" 9 --connect --lines --bind-device eth0
	in_client "$LAB_BIN/send" udp "$PEER6" 9 --bind-device eth0 >/dev/null 2>&1 || true # it is dropped
	spawn prometheus client "$LAB_CGROUP/watcher" prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" \
		--web.listen-address="$PROMETHEUS"
	until_ok "Prometheus" tcp_listens client "${PROMETHEUS##*:}"
	until_ok "series for each panel" all_are_answered
	assert_equal "the alert" "firing" "$(in_netns client curl --silent "http://$PROMETHEUS/api/v1/alerts" | jq -r '.data.alerts[] | select(.labels.alertname == "LeakauditLeak") | .state')"
	end_process "$SPAWNED"
	stop_leakaudit
}
