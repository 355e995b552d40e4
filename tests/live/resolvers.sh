# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Questions that a resolver of this machine asks for the scope.

test_question_through_dnsmasq() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	assert_event '.event.action == "ready" and ([.leakaudit.resolvers[] | .process.name == "dnsmasq" and
		.process.pid == '"${RESOLVER_PID[dnsmasq]}"' and (.addresses | index("127.0.0.1:53"))] | any)'
	ask @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(class dns udp)" "$(on_behalf_of "$ASKER" dig)" \
		'.leakaudit.on_behalf_of[0].cgroup.path == "'"$(cgroup_path "$APP")"'"' '.leakaudit.hook == "tc"'
	assert_all_exact
}

# The answer comes from the cache the second time: one question, one leak.
test_cached_answers_leak_nothing() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	ask @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	ask @127.0.0.1 "$LAB_TRACKER"
	ask @127.0.0.1 "$LAB_TRACKER"
	watch_end
	assert_exact true "udp port 53"
	assert_equal "leaks in the summary" "1" "$(summary .summary.leaks.packets)"
	assert_complete
}

# By TCP on both sides: of the stream outside every packet counts.
test_question_by_tcp() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	ask +tcp @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	until_ok "the stream's end" captured_some "tcp[tcpflags] & tcp-fin != 0"
	sleep 0.3
	watch_end
	assert_leaks "$(class dns tcp)" ".process.name == \"dnsmasq\"" "$(on_behalf_of "$ASKER" dig)"
	assert_all_exact
}

# It asks a second one on this machine, which nobody knew before the first question.
test_resolver_behind_a_resolver() {
	lab_up dns
	resolver_chain
	watch_client
	ask @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER") and $(on_behalf_of "$ASKER" dig)"
	ask @127.0.0.1 again.example
	wait_for_leak "$(question again.example) and $(on_behalf_of "$ASKER" dig)"
	ask_elsewhere @127.0.0.1 other.example
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[second]}" dnsmasq)" "$(class dns udp)" ".leakaudit.match == \"exact\""
	assert_equal "leaks in the summary" "2" "$(summary .summary.leaks.packets)"
	assert_complete
}

# Nobody knew it before the first question: it was started later, on another port, to which nat leads.
test_resolver_behind_nat() {
	lab_up dns
	watch_client
	nat_leads_to_dnsmasq
	ask "@$PEER4" "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(class dns udp)" "$(on_behalf_of "$ASKER" dig)"
	assert_all_exact
}

test_resolver_asks_through_the_tunnel() {
	lab_up tunnel dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	ask @127.0.0.1 "$LAB_TRACKER"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log"
	watch_end
	assert_no_leak
}

# What others ask the same resolver is theirs, and so is what they ask for themselves.
test_others_ask_the_same_resolver() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	ask @127.0.0.1 "$LAB_TRACKER"
	ask_elsewhere @127.0.0.1 other.example
	ask_elsewhere @127.0.0.1 "$LAB_TRACKER"
	ask_elsewhere "@$DNS4" "$LAB_TRACKER"
	ask_elsewhere "@$DNS4" stranger.example
	until_ok "the questions" captured_four
	watch_end
	assert_equal "leaks in the summary" "1" "$(summary .summary.leaks.packets)"
	assert_leaks "$(on_behalf_of "$ASKER" dig)"
	assert_complete
}

captured_four() { [[ $(captured "udp port 53") == "4 "* ]]; }

test_two_ask_for_one_name() {
	local elsewhere

	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client
	kill -STOP "${RESOLVER_PID[dnsmasq]}"
	spawn elsewhere client "$(lab_cgroup elsewhere)" dig +tries=1 +time=20 @127.0.0.1 "$LAB_TRACKER"
	elsewhere=$SPAWNED
	until_ok "the stranger's question" waits_at_resolver 1
	spawn_client ask dig +tries=1 +time=20 @127.0.0.1 "$LAB_TRACKER"
	ASKER=$SPAWNED
	until_ok "both questions" waits_at_resolver 2
	kill -CONT "${RESOLVER_PID[dnsmasq]}"
	wait_for_leak "$(question "$LAB_TRACKER")"
	wait "$ASKER" "$elsewhere" || true
	watch_end
	assert_leaks "$(on_behalf_of "$ASKER" dig shared)"
	assert_all_exact
}

# waits_at_resolver N: so many questions are in the resolver's socket.
waits_at_resolver() {
	(($(in_netns client ss -Hlun "src 127.0.0.1" | awk '{ print $2 }') >= $1 * 500))
}

# With the host as scope the resolver's question is a leak anyway: it is told for whom.
test_resolver_in_the_scope() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	start_leakaudit
	capture_start
	ask @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER") and .observer.egress.interface.name == \"eth0\" and .process.name == \"dnsmasq\" and
		.process.pid == ${RESOLVER_PID[dnsmasq]}"
	watch_end
	assert_leaks_where "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(on_behalf_of "$ASKER" dig)"
	assert_event "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq) and .leakaudit.flow == \"close\""
}

test_resolver_is_ignored() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	watch_client --resolver=ignore
	ask @127.0.0.1 "$LAB_TRACKER"
	until_ok "the question" captured_some "udp port 53"
	watch_end
	assert_no_leak
}

test_question_through_systemd_resolved() {
	lab_up dns
	resolved_start
	watch_client
	assert_event '.event.action == "ready" and ([.leakaudit.resolvers[] | .process.name == "systemd-resolved" and
		.process.pid == '"${RESOLVER_PID[resolved]}"' and (.addresses | index("127.0.0.53:53"))] | any)'
	ask @127.0.0.53 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	ask @127.0.0.53 "$LAB_TRACKER"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[resolved]}" systemd-resolved)" "$(class dns udp)" ".leakaudit.match == \"exact\""
	assert_all_exact
}

# By varlink there is no packet: what the resolver asks meanwhile may be for the scope.
test_question_by_varlink() {
	lab_up dns
	resolved_start
	watch_client
	ask_varlink
	grep -q addresses "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
	wait_for ".event.action == \"possible-leak\" and ($(question "$LAB_TRACKER"))"
	watch_end
	possible_exact resolved systemd-resolved python3
}

test_question_by_dbus() {
	lab_up dns
	resolved_start
	bus_up resolved
	watch_client
	ask_bus
	wait_for ".event.action == \"possible-leak\" and ($(question "$LAB_TRACKER"))"
	watch_end
	possible_exact resolved systemd-resolved busctl
}

# possible_exact RESOLVER NAME ASKER: what left may be the scope's, which is no leak, and never clean.
possible_exact() {
	assert_no_event "$LEAK"
	assert_event ".event.action == \"possible-leak\" and $(by "${RESOLVER_PID[$1]}" "$2") and $(on_behalf_of "$ASKER" "$3" possible)"
	assert_equal "possible" "$(captured "not $CAPTURE_NEIGHBOUR")" "$(summary '.summary.possible | "\(.packets) \(.bytes)"')"
	assert_equal "complete" false "$(summary .complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# Encrypted on its way out: no name is to be read there.
test_question_through_unbound_with_tls() {
	lab_up
	unbound_with_tls
	watch_client
	ask @127.0.0.1 "$LAB_TRACKER"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/unbound.log")"
	kill -STOP "${RESOLVER_PID[unbound]}"
	sleep 0.3
	watch_end
	assert_event ".event.action == \"possible-leak\" and $(class dns dot)"
	possible_exact unbound unbound dig
}

# What is asked is encrypted: what the resolver asks meanwhile may be for the scope.
test_question_over_https() {
	local first

	lab_up dns
	named_with_https
	watch_client
	ask +https @127.0.0.1 "$LAB_TRACKER"
	first=$ASKER
	wait_for ".event.action == \"possible-leak\" and ($(question "$LAB_TRACKER"))"
	ask +https -p 8443 @127.0.0.1 other.example
	wait_for ".event.action == \"possible-leak\" and ($(question other.example))"
	watch_end
	assert_event ".event.action == \"possible-leak\" and $(on_behalf_of "$first" dig possible)"
	possible_exact named named dig
}

# nscd answers by its socket only, from the host's network: the scope has another one, which leads nowhere.
test_question_by_nscd() {
	lab_up dns
	nscd_start
	watch_client
	ask_within nscd unshare --net getent hosts "$LAB_TRACKER"
	wait_for '.event.action == "possible-leak"'
	watch_end
	possible_exact nscd nscd getent
}

# A guard that stops what the scope sends, and not what others send for it: its follower tells.
test_follower_of_a_guard_tells_of_resolvers() {
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	guard_make --resolver=follow
	guard_follow
	capture_start
	ask @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(on_behalf_of "$ASKER" dig)"
	assert_exact true "udp port 53"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# As a container asks the resolver of its network, at the address of the host's end.
test_question_by_veth_to_a_resolver_of_the_host() {
	lab_up dns
	box_up
	box_wire
	resolver_dnsmasq dnsmasq "$BOX_GATEWAY4" "$DNS4"
	watch_client
	spawn dig client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- dig +tries=1 "@$BOX_GATEWAY4" "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	until_ok "the answer" dead "$SPAWNED"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq)" "$(class dns udp)" "$(on_behalf_of "$SPAWNED" dig)"
	assert_all_exact
}
