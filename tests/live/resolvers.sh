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
