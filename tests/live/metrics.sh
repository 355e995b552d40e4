# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What monitoring gets: metrics by HTTP and as a file, events as they happen; who may ask; those who are slow.

# A name that would end a label, escape its end, and do something to a terminal.
ODD=$'q"\\\e[8m'

# get PATH ARG...: on the client host
get() {
	in_netns client curl --silent --show-error --max-time 20 "${@:2}" "http://localhost:9464$1"
}

# samples JQ: what Prometheus' library reads of /metrics.
samples() {
	get /metrics | /usr/bin/python3 "$LAB_LIB/openmetrics.py" | jq -r "$1"
}

has_leaked() {
	[ "$(samples "select(.name == \"leakaudit_leaked_packets_total\") | .value == $1")" = true ]
}

# status ARG...: of the answer
status() {
	get /metrics --output /dev/null --write-out '%{http_code}' "$@"
}

# An interface with that name and a route that only it has.
odd_up() {
	ip_in client link add "$ODD" type veth peer name odd-peer
	ip_in client link set odd-peer up
	ip_in client link set "$ODD" up
	ip_in client route add 203.0.113.200 dev "$ODD"
	ip_in client neigh add 203.0.113.200 lladdr 02:00:00:00:09:01 dev "$ODD"
}

# sum JQ: of the file's rows of packets, as JSON
sum() {
	sed -E -n 's/^leakaudit_packets_total(\{.*\}) ([0-9]+)$/\1 \2/p' "$LAB_DIR/leakaudit.prom" |
		sed -E 's/([{,])([a-z]+)=/\1"\2":/g; s/\} ([0-9]+)$/,"n":\1}/' | jq -cs "$1"
}

test_metrics_are_those_of_the_summary() {
	local evil=$LAB_DIR/$'ev\n"il' events

	command -v curl >/dev/null || skip "curl is not installed"
	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	/usr/bin/python3 -c "import prometheus_client" 2>/dev/null || skip "python3-prometheus-client is not installed"
	lab_up dns
	odd_up
	cp "$LAB_BIN/send" "$evil"
	start_leakaudit --cgroup "$SCOPE" --output http:9464 --output "metrics:$LAB_DIR/leakaudit.prom"
	get /events --no-buffer >"$LAB_DIR/events" &
	events=$!
	in_client dig +tries=1 "@$DNS4" name.example >/dev/null
	in_client "$evil" udp "$PEER4" 9 </dev/null >/dev/null
	sender_start odd udp 203.0.113.200 9 --connect --lines
	until_ok "what has left" has_leaked 3
	assert_equal "an interface" "q\"\\\\x1b[8m 1" "$(samples 'select(.name == "leakaudit_packets_total" and (.interface | startswith("q"))) | "\(.interface) \(.value | floor)"')"
	assert_equal "refused" "403 405 200" "$(status --header 'Host: evil.example') $(status --data x) $(status --head)"
	assert_equal "state" "leaking 3" "$(get /state | jq -r '"\(.verdict.word) \(.totals.left.packets)"')"
	! command -v promtool >/dev/null || get /metrics --header 'Accept: text/plain' | promtool check metrics || fail "promtool finds faults"
	stop_leakaudit
	wait "$events"
	diff <(sed -n 's/^data: //p' "$LAB_DIR/events") "$OUT" || fail "other events"
	assert_equal "by class" "$(summary '.summary.by_class | map_values(.packets) | del(.[] | select(. == 0))' | jq -cS)" \
		"$(sum 'group_by(.class) | map({(.[0].class): (map(.n) | add)}) | add' | jq -cS)"
	assert_equal "by interface" "$(summary '[.summary.by_interface[] | .packets] | sort' | jq -c)" \
		"$(sum 'group_by(.interface) | map(map(.n) | add) | sort')"
	assert_equal "sum" "$(summary .summary.leaks.packets)" "$(sed -n 's/^leakaudit_leaked_packets_total //p' "$LAB_DIR/leakaudit.prom")"
	assert_equal "the end" "0 644" "$(sed -n 's/^leakaudit_running //p' "$LAB_DIR/leakaudit.prom") $(stat -c %a "$LAB_DIR/leakaudit.prom")"
	[ ! -e "$LAB_DIR/leakaudit.prom.tmp" ] || fail "something is left beside the file"
}

listener_waits() {
	grep -q waits "$LAB_DIR/slow.log"
}

# Who listens and does not read costs neither time nor memory nor events of others: he is told how many he has missed. The
# loop goes on: the other listener has all that the file has.
test_slow_listener_is_told_what_it_missed() {
	local slow quick
	local -a got

	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	lab_up
	mkfifo "$LAB_DIR/go"
	exec {go}<>"$LAB_DIR/go"
	start_leakaudit --cgroup "$SCOPE" --buffer 64M --output http:9464
	(enter client "$APP" python3 "$LAB_LIB/slow_listener.py" 9464) <"$LAB_DIR/go" >"$LAB_DIR/slow.log" 2>&1 &
	slow=$!
	until_ok "the slow listener" listener_waits
	get /events --no-buffer >"$LAB_DIR/events" &
	quick=$!
	in_cgroup "$APP" "$LAB_BIN/swarm" "$PEER4" 3000 4000 "$LAB_BIN/swarm" >/dev/null
	until_ok "all questions" told_questions 3000
	get / | grep -q page.js || fail "no answer beside a slow listener"
	echo >&"$go"
	stop_leakaudit
	wait "$slow" "$quick"
	read -ra got < <(tail -n 1 "$LAB_DIR/slow.log")
	((got[1] > 0)) || fail "the slow one has missed nothing: ${got[*]}"
	assert_equal "events, and those that are told to be missing" "$(wc -l <"$OUT")" "$((got[0] + got[1]))"
	diff -q <(sed -n 's/^data: //p' "$LAB_DIR/events") "$OUT" || fail "the quick one has other events"
	assert_complete
}

told_questions() {
	(($(grep -c '"question"' "$OUT") >= $1))
}
