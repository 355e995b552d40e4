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

# certificate [NAME]: of this machine, or of IP:ADDRESS.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=receiver \
		-addext subjectAltName="${1:-IP:127.0.0.1}" -keyout "$LAB_DIR/tls.key" -out "$LAB_DIR/tls.crt" 2>/dev/null
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

# certificate_of NAME SUBJECT OPTION...: one that that of certificate() vouches for.
certificate_of() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=receiver -keyout "$LAB_DIR/$1.key" -out "$LAB_DIR/$1.csr" 2>/dev/null
	openssl x509 -req -in "$LAB_DIR/$1.csr" -CA "$LAB_DIR/tls.crt" -CAkey "$LAB_DIR/tls.key" -CAcreateserial "${@:3}" \
		-extfile <(echo "subjectAltName=$2") -out "$LAB_DIR/$1.crt" 2>/dev/null
}

# Whom TLS refuses, or who refuses us: nothing is sent there, and it is said why, and what helps.
test_tls_says_what_it_refuses() {
	local what ca=$LAB_DIR/tls.crt port=7010 outputs=() asks=()
	local -A said=(
		[stranger]="TLS: self.signed certificate: ca=FILE names who vouches for it"
		[other]="TLS: IP address mismatch: name the host as its certificate does"
		[expired]="TLS: certificate has expired: renew it there, or set the clock of this host"
		[asks]="TLS: .* alert certificate required: cert=FILE,key=FILE name what to show it"
	)

	lab_up
	certificate
	certificate_of other IP:127.0.0.9 -days 2
	# from OpenSSL 3.4 on it is said otherwise
	certificate_of expired IP:127.0.0.1 -days -1 || certificate_of expired IP:127.0.0.1 -not_before 20200101000000Z -not_after 20200102000000Z
	certificate_of asks IP:127.0.0.1 -days 2
	ln -s tls.crt "$LAB_DIR/stranger.crt"
	ln -s tls.key "$LAB_DIR/stranger.key"
	for what in "${!said[@]}"; do
		asks=()
		[ "$what" != asks ] || asks=("$ca")
		receiver "$what" syslog "127.0.0.1:$((++port))" "$LAB_DIR/$what.crt" "$LAB_DIR/$what.key" "${asks[@]}"
		outputs+=(--output "syslog:127.0.0.1:$port/tls$([ "$what" = stranger ] || echo ",ca=$ca")")
	done
	receiver known syslog "$TLS" "$LAB_DIR/asks.crt" "$LAB_DIR/asks.key" "$ca"
	receivers_listen "${!said[@]}" known
	start_leakaudit --cgroup "$SCOPE" "${outputs[@]}" --output "syslog:$TLS/tls,ca=$ca,cert=$LAB_DIR/other.crt,key=$LAB_DIR/other.key"
	for what in "${!said[@]}"; do
		until_ok "'$what' to be refused" grep -q "${said[$what]}; events wait" "$LAB_DIR/leakaudit.log"
	done
	stop_leakaudit
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
	for what in "${!said[@]}"; do
		[ ! -s "$LAB_DIR/got.$what" ] || fail "it was sent to '$what'"
	done
	assert_has_all known
}

# Of a name with several addresses the first does not pass TLS: the next one is tried, not the same again.
test_next_address_after_tls_has_failed() {
	local ca=$LAB_DIR/tls.crt address kind kinds=(syslog) port status=0 outputs=()

	! "$LEAKAUDIT" --version | grep -q "otlp: with" || kinds+=(otlp)
	lab_up
	certificate
	certificate_of named DNS:both -days 2
	for address in 127.0.0.1 127.0.0.2 127.0.0.3; do # whichever way the resolver's library turns them
		echo "$address both" >>"$LAB_DIR/hosts"
	done
	for kind in "${kinds[@]}"; do
		port=703${#outputs[@]}
		receiver "first-$kind" "$kind" "127.0.0.1:$port" "$ca" "$LAB_DIR/tls.key"
		receiver "both-$kind" "$kind" "127.0.0.2:$port" "$LAB_DIR/named.crt" "$LAB_DIR/named.key"
		receiver "last-$kind" "$kind" "127.0.0.3:$port" "$ca" "$LAB_DIR/tls.key"
		receivers_listen {first,both,last}-"$kind"
		[ "$kind" = otlp ] || outputs+=(--output "syslog:both:$port/tls,ca=$ca")
		[ "$kind" = syslog ] || outputs+=(--output "otlp:https://both:$port,ca=$ca")
	done
	python3 "$LAB_LIB/../outputs/make_flows.py" 50 >"$LAB_DIR/capture"
	OUT=$LAB_DIR/events.json
	# shellcheck disable=SC2016 # of the shell in between
	in_client unshare --mount bash -c 'mount --bind "$1" /etc/hosts; exec "${@:2}"' - "$LAB_DIR/hosts" "$LEAKAUDIT" replay \
		--local 192.0.2.10 --output "json:$OUT" "${outputs[@]}" "$LAB_DIR/capture" 2>"$LAB_DIR/replay.log" || status=$?
	assert_equal "exit status" 1 "$status"
	assert_has_all both-syslog
	[ "${kinds[1]-}" != otlp ] || assert_has_ids both-otlp
	grep -q "output syslog.*: TLS: .*: name the host as its certificate does; events wait" "$LAB_DIR/replay.log" ||
		fail "$(cat "$LAB_DIR/replay.log")"
	! grep "output otlp" "$LAB_DIR/replay.log" || fail "it is of no interest which of them has failed"
	! cat "$LAB_DIR"/got.{first,last}-* 2>/dev/null | grep . || fail "it was sent to who is not named 'both'"
	receivers_kill
}

# collector HOST LAST-BYTE-OF-MAC: behind the ISP's router, with a receiver of each kind that holds a connection by TCP. All of
# them have the same address.
COLLECTOR4=198.18.5.2
collector() {
	# shellcheck disable=SC2034 # receiver() reads it
	local RECEIVER_HOST=$1

	host_up "$1" 0
	wire "$1" eth0 "02:00:00:00:05:0$2" isp "isp-$1" "02:00:00:00:05:1$2"
	ip_in "$1" addr add "$COLLECTOR4/32" dev eth0
	ip_in "$1" route add default dev eth0
	neighbours "$1" eth0 "02:00:00:00:05:1$2" "$CLIENT4"
	neighbours isp "isp-$1" "02:00:00:00:05:0$2" "$COLLECTOR4"
	receiver "tcp-$1" lines "$COLLECTOR4:7001"
	receiver "tls-$1" syslog "$COLLECTOR4:7002" "$LAB_DIR/tls.crt" "$LAB_DIR/tls.key"
	receiver "otlp-$1" otlp "$COLLECTOR4:7003"
	receivers_listen {tcp,tls,otlp}-"$1"
}

# both_have_all NAME
both_have_all() {
	cat "$LAB_DIR/got.$1"-* >"$LAB_DIR/got.$1"
	has_all "$1"
}

# Its host loses its power: no end of a connection is told. Another has its address some time later, and knows of none.
test_host_of_receivers_vanishes() {
	local name names=(tcp tls) outputs=()

	lab_up
	certificate IP:$COLLECTOR4
	ip_in client route add $COLLECTOR4 via "$ISP4"
	collector first 1
	collector other 2
	ip_in isp route add $COLLECTOR4 dev isp-first
	! "$LEAKAUDIT" --version | grep -q "otlp: with" || outputs=(--output "otlp:http://$COLLECTOR4:7003")
	start_leakaudit --cgroup "$SCOPE" --output "tcp:$COLLECTOR4:7001" --output "syslog:$COLLECTOR4:7002/tls,ca=$LAB_DIR/tls.crt" \
		"${outputs[@]}"
	flows 20
	for name in "${names[@]}" ${outputs:+otlp}; do
		until_ok "$name to have something" test -s "$LAB_DIR/got.$name-first"
	done
	ip_in isp route replace blackhole $COLLECTOR4
	flows 100
	wait_for '.event.sequence > 120'
	ip_in isp link set isp-first down
	ip_in isp route replace $COLLECTOR4 dev isp-other
	for name in "${names[@]}" ${outputs:+otlp}; do
		until_ok "$name to have all" both_have_all "$name"
	done
	stop_leakaudit
	assert_complete
	for name in "${names[@]}" ${outputs:+otlp}; do
		both_have_all "$name" || fail "$name lacks events"
		test -s "$LAB_DIR/got.$name-other" || fail "$name: the other host has none"
	done
	assert_equal "outputs that tell of it" 2 "$(grep -Ec "output (tcp|syslog).* is back; lost meanwhile: 0" "$LAB_DIR/leakaudit.log")"
	receivers_kill
}
