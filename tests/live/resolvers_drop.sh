# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Questions to resolvers of this machine that are refused, since the resolver would ask past the tunnel; and those that are not.

WIRE_DNS="port 53 or port 853"

# What asks waits for half a minute, unless it is refused.
PATIENCE=30

# ask_timed CMD...: the answer, or what is said instead, to ask.log; without waiting for one that does not come.
ask_timed() {
	local began=$SECONDS

	spawn_client ask "$@"
	ASKER=$SPAWNED
	wait "$ASKER" || true
	in_time "$began" "$1"
}

in_time() {
	((SECONDS - $1 < PATIENCE - 5)) || fail "$2 took $((SECONDS - $1)) s"
}

dig_timed() {
	ask_timed dig +tries=1 +time=$PATIENCE "$@"
}

# drop_start [ARG...]
drop_start() {
	watch_client --drop "$@"
}

# refused_end N: N questions were refused, each is told, and none was on the wire.
refused_end() {
	watch_end
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_equal "refused" "$1" "$(summary .summary.refused)"
	assert_equal "told" "$1" "$(told)"
	assert_leaks '.leakaudit.refused_by == "resolver"' '.leakaudit.verdict == "dropped"' \
		'(.event.type | index("denied")) != null' "$(class dns)"
	assert_equal "left" "0 0" "$(summary_leaks)"
	assert_complete
}

# told: how many refused questions.
told() {
	events "$LEAK and .leakaudit.refused_by == \"resolver\"" | jq -s 'map(.leakaudit.dropped.packets) | add // 0'
}

not_by() {
	echo "(.leakaudit.resolver.process | .pid == ${RESOLVER_PID[$1]} and .name == \"$2\")"
}

way_is() {
	echo ".event.action == \"ready\" and .leakaudit.resolver_mode == \"$3\" and ([.leakaudit.resolvers[] |
		.process.name == \"$1\" and .way == \"$2\"] | any)"
}

answered() {
	grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
}

not_answered() {
	! grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "it was answered: $(cat "$LAB_DIR/ask.log")"
}

# Where the socket is connected before, the question is not known.
test_question_is_refused_at_once() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start
	assert_event "$(way_is dnsmasq exposed drop)"
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	not_answered
	wait_for_leak "$(class dns udp) and .leakaudit.hook == \"connect\" and $(by "$ASKER" dig)"
	dig_timed +tcp @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(class dns tcp) and .leakaudit.hook == \"connect\" and $(by "$ASKER" dig)"
	ask_unconnected 127.0.0.1
	wait_for_leak "$(question "$LAB_TRACKER") and .leakaudit.hook == \"cgroup\" and $(by "$ASKER" python3)"
	refused_end 3
	assert_leaks "$(not_by dnsmasq dnsmasq)"
}

# ask_unconnected ADDRESS: by a socket that is not connected.
ask_unconnected() {
	ask_timed python3 -c '
import socket, sys
name = b"".join(bytes([len(l)]) + l.encode() for l in sys.argv[2].split(".")) + b"\0"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(int(sys.argv[3]))
try:
    s.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1", (sys.argv[1], 53))
    print(len(s.recv(512)))
except OSError as e:
    print(e)' "$1" "$LAB_TRACKER" $PATIENCE
	grep -q "not permitted" "$LAB_DIR/ask.log" || fail "it was sent: $(cat "$LAB_DIR/ask.log")"
}

# As applications ask: by the C library, which connects its socket.
test_lookup_is_refused_at_once() {
	lab_up dns
	lab_names 127.0.0.1
	echo "options timeout:$PATIENCE" >>"$LAB_DIR/resolv.conf"
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start
	ask_timed getent ahostsv4 "$LAB_TRACKER"
	not_answered
	wait_for_leak "$(by "$ASKER" getent)"
	watch_end
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	(($(summary .summary.refused) >= 1)) || fail "nothing is refused"
	assert_leaks '.leakaudit.refused_by == "resolver"' "$(not_by dnsmasq dnsmasq)"
}

# What others ask is theirs.
test_others_are_not_refused() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	[ "$(in_cgroup "$(lab_cgroup elsewhere)" dig +short +tries=1 +time=5 @127.0.0.1 "$LAB_TRACKER")" = "$TRACKER4" ] ||
		fail "others are refused"
	wait_for_leak "$(by "$ASKER" dig)"
	watch_end
	assert_equal "refused" 1 "$(summary .summary.refused)"
	assert_equal "left" "0 0" "$(summary_leaks)"
	assert_complete
}

test_resolver_in_the_tunnel_answers() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start
	assert_event "$(way_is dnsmasq tunnel drop)"
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	answered
	dig_timed +tcp @127.0.0.1 "$LAB_TRACKER"
	answered
	watch_end
	assert_no_leak
	assert_equal "refused" 0 "$(summary .summary.refused)"
}

# The tunnel falls: from the very next question on all are refused; and it comes back.
test_resolver_whose_tunnel_falls() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start --allow "$VPN4"
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	answered
	tunnel_fall
	dig_timed @127.0.0.1 fallen.example
	wait_for_leak "$(by "$ASKER" dig)"
	dig_timed @127.0.0.1 again.example
	wait_for_leak "$(by "$ASKER" dig)"
	tunnel_up
	until_ok "an answer" is_answered "$LAB_TRACKER"
	watch_end
	assert_equal "told" "$(summary .summary.refused)" "$(told)"
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_no_event "$LEAK and .leakaudit.refused_by != \"resolver\""
}

is_answered() {
	dig_timed @127.0.0.1 "$1"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log"
}

# By a route alone, while the tunnel stays: the server is reached past it.
test_resolver_whose_route_changes() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	answered
	ip_in client route add "$DNS4" via "$ISP4" dev eth0
	until_ok "a refusal" is_refused
	ip_in client route del "$DNS4" via "$ISP4" dev eth0
	until_ok "an answer" is_answered "$LAB_TRACKER"
	watch_end
	assert_event "$LEAK and .leakaudit.refused_by == \"resolver\""
}

is_refused() {
	dig_timed @127.0.0.1 route.example
	has_event "$LEAK and .leakaudit.refused_by == \"resolver\""
}

test_drop_that_only_follows() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	drop_start --resolver=follow
	assert_event "$(way_is dnsmasq exposed follow)"
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	answered
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(on_behalf_of "$ASKER" dig)"
	assert_all_exact
}

# Nobody knew it: it was started later, on another port, to which nat leads.
test_resolver_behind_nat_is_refused() {
	lab_up dns
	drop_start
	nat_leads_to_dnsmasq
	ask_unconnected "$PEER4"
	wait_for_leak "$(question "$LAB_TRACKER")"
	ask_unconnected "$PEER4"
	until_ok "both" has_told 2
	refused_end 2
	assert_leaks "$(not_by dnsmasq dnsmasq)"
}

has_told() { (($(told) >= $1)); }

test_systemd_resolved_is_not_asked() {
	lab_up dns
	resolved_start
	drop_start
	assert_event "$(way_is systemd-resolved exposed drop)"
	dig_timed @127.0.0.53 "$LAB_TRACKER"
	wait_for_leak "$(by "$ASKER" dig) and $(not_by resolved systemd-resolved)"
	ask_varlink
	grep -q "not permitted" "$LAB_DIR/ask.log" || fail "varlink: $(cat "$LAB_DIR/ask.log")"
	wait_for_leak ".leakaudit.hook == \"connect\" and $(by "$ASKER" python3) and $(not_by resolved systemd-resolved)"
	refused_end 2
}

# Much else is asked by the bus: it is open, and what leaves is told.
test_bus_of_systemd_resolved_is_open() {
	lab_up dns
	resolved_start
	bus_up resolved
	drop_start
	ask_bus
	wait_for ".event.action == \"possible-leak\" and ($(question "$LAB_TRACKER"))"
	watch_end
	assert_event ".event.action == \"possible-leak\" and $(on_behalf_of "$ASKER" busctl possible)"
	assert_equal "refused" 0 "$(summary .summary.refused)"
	assert_equal "complete" false "$(summary .complete)"
}

test_systemd_resolved_in_the_tunnel_answers() {
	lab_up tunnel dns
	resolved_start
	drop_start
	assert_event "$(way_is systemd-resolved tunnel drop)"
	dig_timed @127.0.0.53 "$LAB_TRACKER"
	answered
	ask_varlink
	grep -q addresses "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
	watch_end
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_equal "refused" 0 "$(summary .summary.refused)"
	assert_no_event "$LEAK"
}

# The C library then asks for itself: its own question is stopped as every other.
test_nscd_is_not_asked() {
	local began=$SECONDS

	lab_up dns
	nscd_start
	drop_start
	assert_event "$(way_is nscd exposed drop)"
	began=$SECONDS
	ask_within nscd unshare --net getent hosts "$LAB_TRACKER"
	in_time "$began" getent
	wait_for_leak "$(by "$ASKER" getent) and $(not_by nscd nscd)"
	watch_end
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_equal "told" "$(summary .summary.refused)" "$(told)"
}

# Its way out is encrypted: what it sends would not show for whom.
test_unbound_with_tls_is_not_asked() {
	lab_up
	unbound_with_tls
	drop_start
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(by "$ASKER" dig) and $(not_by unbound unbound)"
	refused_end 1
}

# On another port than that of HTTPS it may listen for something else: to connect is no question yet.
test_question_over_https_is_refused() {
	lab_up dns
	named_with_https
	drop_start
	dig_timed +https @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(class dns doh) and .leakaudit.hook == \"connect\" and $(by "$ASKER" dig) and $(not_by named named)"
	spawn_client ask dig +https +tries=1 +time=$PATIENCE -p 8443 @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(class dns doh) and .leakaudit.hook == \"cgroup\" and $(by "$SPAWNED" dig) and $(not_by named named)"
	end_process "$SPAWNED"
	refused_end 2
}

# As tor has a resolver beside its proxy: what goes through that is encrypted as well, and no question.
test_proxy_of_a_resolver_is_no_resolver() {
	lab_up
	resolver_start proxy python3 -u -c '
import socket
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind(("127.0.0.1", 53))
proxy = socket.create_server(("127.0.0.1", 1080))
while True:
    client = proxy.accept()[0]
    while data := client.recv(100):
        client.sendall(data)'
	until_ok "the proxy" tcp_listens client 1080
	drop_start
	assert_event "$(way_is python3 exposed drop)"
	ask_timed python3 -c '
import socket
s = socket.create_connection(("127.0.0.1", 1080))
s.settimeout(5)
for data in b"\5\1\0", b"\x16\3\1\0\4tell":
    s.sendall(data)
    print(s.recv(100))'
	assert_equal "what came back" 2 "$(wc -l <"$LAB_DIR/ask.log")"
	watch_end
	assert_equal "refused" 0 "$(summary .summary.refused)"
	assert_complete
}

# By what is pinned, without any process of ours.
test_guard_alone_refuses_questions() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	guard_make
	capture_start
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	not_answered
	dig_timed +tcp @127.0.0.1 "$LAB_TRACKER"
	not_answered
	capture_stop
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	guard_follow
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(by "$ASKER" dig) and $(not_by dnsmasq dnsmasq)"
	stop_leakaudit
	assert_equal "refused" 1 "$(summary .summary.refused)"
	assert_equal "told, with those before" 3 "$(told)"
}

# It lets a question pass as long as the tunnel is there that the resolver asks by.
test_guard_alone_and_a_tunnel_that_falls() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	guard_make
	capture_start
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	answered
	tunnel_fall
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	not_answered
	capture_stop
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
}

# By a connection that it has from before: where its server is routed by now does not change that.
test_resolver_connected_past_the_tunnel() {
	lab_up tunnel dns
	unbound_with_tls
	ip_in client route add default via "$ISP4" dev eth0 table 100
	ip_in client rule add to "$DNS4" lookup 100
	ask_elsewhere @127.0.0.1 "$LAB_TRACKER"
	ip_in client rule del to "$DNS4" lookup 100
	ip_in client rule add from "$CLIENT4" lookup 100
	drop_start
	wait_for "$(way_is unbound exposed drop)"
	dig_timed @127.0.0.1 "$LAB_TRACKER"
	not_answered
	refused_end 1
}

# One that binds a socket for each question is known by what it does: that is stopped, and the next question is refused.
test_resolver_bound_past_the_tunnel() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4@eth0"
	drop_start
	assert_event "$(way_is dnsmasq tunnel drop)"
	stopped_once dnsmasq
	wait_for_leak "$(question "$LAB_TRACKER") and $(on_behalf_of "$ASKER" dig)"
	dig_timed @127.0.0.1 again.example
	wait_for_leak "$(by "$ASKER" dig) and $(not_by dnsmasq dnsmasq)"
	dig_timed +tcp @127.0.0.1 again.example
	refused_end 3
}

# stopped_once NAME: a question is let through, and what that resolver sends for it is stopped.
stopped_once() {
	ask_timed dig +tries=1 +time=2 @127.0.0.1 "$LAB_TRACKER"
	not_answered
	wait_for_leak ".process.pid == ${RESOLVER_PID[$1]} and .leakaudit.hook == \"tc\" and
		.observer.egress.interface.name == \"eth0\" and $(on_behalf_of "$ASKER" dig "${2:-exact}")"
}

# The next one in a chain is known by the first one's arguments, and stopped at its first question: it binds its sockets.
test_resolver_behind_a_resolver_past_the_tunnel() {
	lab_up tunnel dns
	resolver_chain "$DNS4@eth0"
	drop_start
	assert_event "$(way_is dnsmasq tunnel drop)"
	stopped_once second
	until_ok "a refusal" is_refused_again
	watch_end
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_equal "left" "0 0" "$(summary_leaks)"
}

is_refused_again() {
	ask_timed dig +tries=1 +time=1 @127.0.0.1 again.example
	has_event "$LEAK and $(by "$ASKER" dig) and $(not_by dnsmasq dnsmasq)"
}

test_question_by_veth_is_refused() {
	lab_up dns
	box_up
	box_wire
	resolver_dnsmasq dnsmasq "$BOX_GATEWAY4" "$DNS4"
	drop_start
	ask_timed nsenter --net="/proc/$BOX_PID/ns/net" -- dig +tries=1 +time=$PATIENCE "@$BOX_GATEWAY4" "$LAB_TRACKER"
	wait_for_leak "$(by "$ASKER" dig) and $(not_by dnsmasq dnsmasq)"
	refused_end 1
}

# A command of its own, with the status that it has.
test_run_refuses_questions() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	capture_start
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" run --drop --output "json:$LAB_DIR/run.json" -- \
		dig +tries=1 +time=$PATIENCE @127.0.0.1 "$LAB_TRACKER") >"$LAB_DIR/ask.log" 2>&1 && fail "dig has an answer"
	capture_stop
	not_answered
	assert_equal "questions on the wire" "0 0" "$(captured "$WIRE_DNS")"
	assert_equal "refused" 1 "$(jq -r 'select(.event.action == "summary") | .leakaudit.summary.refused' "$LAB_DIR/run.json")"
}
