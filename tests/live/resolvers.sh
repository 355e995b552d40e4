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

# Nobody knew it before the first question: it was started later, on another port, to which nat leads.
test_resolver_behind_nat() {
	lab_up dns
	watch_client
	in_netns client nft -f - <<-END
		table ip names {
			chain output {
				type nat hook output priority -100
				udp dport 53 ip daddr $PEER4 redirect to :5300
			}
		}
	END
	resolver_start dnsmasq dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv \
		--no-hosts --port=5300 --server="$DNS4" --log-facility=-
	until_ok "dnsmasq" udp_listens client 5300
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
	lab_up dns
	resolver_dnsmasq dnsmasq 127.0.0.1 "$PEER4"
	watch_client
	# nobody answers there: the resolver asks once for both
	ask +time=1 @127.0.0.1 "$LAB_TRACKER"
	ask_elsewhere +time=1 @127.0.0.1 "$LAB_TRACKER" || true
	ask +time=1 @127.0.0.1 "$LAB_TRACKER"
	wait_for_leak ".leakaudit.match == \"shared\""
	watch_end
	assert_event "$(on_behalf_of "$ASKER" dig shared)"
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
	assert_leaks_where "$(by "${RESOLVER_PID[dnsmasq]}" dnsmasq) and .leakaudit.flow == \"open\"" "$(on_behalf_of "$ASKER" dig)"
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
