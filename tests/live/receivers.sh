# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Outputs with connections of their own, while their receivers are killed and come again.

TCP=127.0.0.1:7001
TLS=127.0.0.1:7002
OTLP=127.0.0.1:7003

# receivers_start: one of each kind. What they get is in $LAB_DIR/got.NAME.
receivers_start() {
	rm -f "$LAB_DIR/stream"
	receiver tcp lines "$TCP"
	receiver unix lines "$LAB_DIR/stream"
	receiver tls syslog "$TLS" "$LAB_DIR/tls.crt" "$LAB_DIR/tls.key"
	receiver otlp otlp "$OTLP"
	receivers_listen tcp unix tls otlp
}

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=receiver \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$LAB_DIR/tls.key" -out "$LAB_DIR/tls.crt" 2>/dev/null
}

# flows N: so many, of a packet each.
flows() {
	in_client python3 -c '
import socket, sys
for i in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"x", (sys.argv[1], 9))
    s.close()' "$PEER4" "$1"
}

test_receivers_are_killed_and_come_again() {
	local name otlp=()

	! "$LEAKAUDIT" --version | grep -q "otlp: with" || otlp=(--output "otlp:http://$OTLP,spool=$LAB_DIR/spool.otlp")

	lab_up
	certificate
	receivers_start
	start_leakaudit --cgroup "$SCOPE" --output "tcp:$TCP,spool=$LAB_DIR/spool.tcp" \
		--output "unix:$LAB_DIR/stream,spool=$LAB_DIR/spool.unix" \
		--output "syslog:$TLS/tls,ca=$LAB_DIR/tls.crt,spool=$LAB_DIR/spool.tls,size=8M" "${otlp[@]}"
	flows 400
	wait_for_leak 'true'
	receivers_kill
	flows 700
	receivers_start
	flows 100
	((!${#otlp[@]})) || until_ok "the collector to have what there is" has_all otlp
	stop_leakaudit
	for name in tcp unix tls; do
		assert_has_all "$name"
	done
	((!${#otlp[@]})) || assert_has_ids otlp
	(($(wc -l <"$OUT") > 2000)) || fail "too few events: $(wc -l <"$OUT")"
	assert_complete
	receivers_kill
	[ -z "$(find "$LAB_DIR" -name '*.spool')" ] || fail "something waits for the next run"
}

# Nobody is there: what is past the bound is told, and what is within it is brought by the next run.
test_losses_past_the_bound() {
	local lost

	lab_up
	start_leakaudit --cgroup "$SCOPE" --output "tcp:$TCP,spool=$LAB_DIR/spool,size=512K"
	flows 600
	wait_for '.event.action == "lost" and .leakaudit.lost.output > 0'
	stop_leakaudit
	assert_equal "complete" "false" "$(summary .complete)"
	lost=$(summary .lost.output)
	mv "$OUT" "$LAB_DIR/first.json"
	receiver tcp lines "$TCP"
	start_leakaudit --cgroup "$SCOPE" --output "tcp:$TCP,spool=$LAB_DIR/spool,size=512K"
	stop_leakaudit
	assert_complete
	assert_equal "arrived, and lost before" "$(cat "$LAB_DIR/first.json" "$OUT" | wc -l)" \
		"$(($(wc -l <"$LAB_DIR/got.tcp") + lost))"
	has_all tcp || fail "events of the second run are missing"
	end_process "$SPAWNED"
}

# A certificate that nobody vouches for: nothing is sent, and it is said why.
test_syslog_by_tls_is_verified() {
	lab_up
	certificate
	receiver tls syslog "$TLS" "$LAB_DIR/tls.crt" "$LAB_DIR/tls.key"
	receivers_listen tls
	start_leakaudit --cgroup "$SCOPE" --output "syslog:$TLS/tls"
	until_ok "it to be refused" grep -q "TLS: self.signed certificate; events wait" "$LAB_DIR/leakaudit.log"
	stop_leakaudit
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
	[ ! -s "$LAB_DIR/got.tls" ] || fail "it was sent"
}
