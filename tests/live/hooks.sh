# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Hooks that others take away, and others' hooks that we must leave alone.

# bpftool's JSON of the links that FILTER (jq) holds for, one id a line.
links_where() {
	local bpftool

	bpftool=$(PATH=$PATH:/usr/sbin command -v bpftool) || skip "bpftool is missing"
	"$bpftool" -j link show | jq ".[] | select($1) | .id"
}

# detach_links FILTER: as an administrator, or another agent, may do.
detach_links() {
	local id some=

	for id in $(links_where "$1"); do
		PATH=$PATH:/usr/sbin bpftool link detach id "$id"
		some=1
	done
	[ -n "$some" ] || fail "no link where $1"
}

assert_incomplete_for() {
	assert_equal "completeness" false "$(summary .complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
	grep -q "$1" "$LAB_DIR/leakaudit.log" || fail "not said: $1"
}

# hooks_of_calls: how many there are of connect() and sendmsg() in the scope.
hooks_of_calls() {
	links_where ".type == \"cgroup\" and .cgroup_id == $(stat -c %i "$SCOPE") and (.attach_type | tostring | test(\"$1\"))" | wc -l
}

# They cost all processes of the machine, and are there only if something needs them.
test_hooks_of_calls_that_refuse() {
	lab_up
	watch_client --drop
	assert_equal "hooks of connect()" 2 "$(hooks_of_calls connect)"
	assert_equal "hooks of sendmsg()" 0 "$(hooks_of_calls sendmsg)"
	watch_end
}

test_detached_cgroup_hook_is_no_clean_run() {
	lab_up
	watch_client
	assert_equal "hooks of calls" 0 "$(hooks_of_calls "connect|sendmsg")"
	detach_links ".type == \"cgroup\" and .cgroup_id == $(stat -c %i "$SCOPE") and .attach_type == \"cgroup_inet_egress\""
	until_ok "the warning" grep -q "detached a hook" "$LAB_DIR/leakaudit.log"
	watch_end
	assert_incomplete_for "detached a hook"
}

# Two watchers on one interface, as of two services: each has a filter of its own, and takes no other with it.
test_filters_of_others_stay() {
	lab_up
	watch_client --tc clsact
	spawn second client "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --cgroup "$(lab_cgroup elsewhere)" --tc clsact \
		--output "json:$LAB_DIR/second.json"
	until_ok "the second watcher" grep -qs '"ready"' "$LAB_DIR/second.json"
	end_process "$SPAWNED" INT
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 --count 5
	wait_for_leak ".destination.ip == \"$PEER4\" and .leakaudit.hook == \"tc\""
	watch_end
	assert_all_exact
}

# A filter of what leaves would be given what comes in, and everything looked held.
test_ingress_has_the_place_of_clsact() {
	lab_up
	in_netns client tc qdisc add dev eth0 ingress
	watch_client --tc clsact
	in_client ping -c 2 -i 0.1 "$PEER4"
	watch_end
	assert_equal "what is told" "1 2 false" "$LEAKAUDIT_STATUS $(summary '"\(.summary.leaks.packets) \(.complete)"')"
	grep -q "cannot see what leaves by eth0: its qdisc ingress" "$LAB_DIR/leakaudit.log" || fail "not said"
	assert_equal "filters" "" "$(in_netns client tc filter show dev eth0 ingress)"
}
