# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Resolvers in containers, which the scope asks over a bridge or a veth pair.

boxed_is() {
	echo ".event.action == \"ready\" and ([.leakaudit.resolvers[] | .process.name == \"dnsmasq\" and
		.process.pid == ${RESOLVER_PID[boxed]} and .way == \"$1\"] | any)"
}

# asks_both: a question by UDP and one by TCP are answered.
asks_both() {
	ask "@$BOX4" "$LAB_TRACKER"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
	ask +tcp "@$BOX4" "$LAB_TRACKER"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer by TCP: $(cat "$LAB_DIR/ask.log")"
}

test_resolver_in_a_container_asks_through_the_tunnel() {
	lab_up tunnel dns
	resolver_boxed br0
	watch_client
	assert_event "$(boxed_is tunnel)"
	asks_both
	watch_end
	assert_no_leak
}

test_question_to_a_container_by_its_bridge() {
	lab_up dns
	resolver_boxed br0
	watch_client
	assert_event "$(boxed_is exposed)"
	ask "@$BOX4" "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks "$(by "${RESOLVER_PID[boxed]}" dnsmasq)" "$(class dns udp)" "$(on_behalf_of "$ASKER" dig)"
	assert_all_exact
}

# With dropping as well: nothing is dropped where the tunnel is whole.
test_resolver_in_a_container_and_a_drop() {
	lab_up tunnel dns
	resolver_boxed
	watch_client --drop
	assert_event "$(boxed_is tunnel)"
	asks_both
	watch_end
	assert_no_leak
	assert_equal "refused" 0 "$(summary .summary.refused)"
	assert_equal "dropped" "0" "$(summary .summary.dropped.packets)"
}

test_question_to_a_container_is_refused() {
	lab_up dns
	resolver_boxed br0
	watch_client --drop
	assert_event "$(boxed_is exposed)"
	ask "@$BOX4" "$LAB_TRACKER"
	wait_for_leak "$(by "$ASKER" dig) and .leakaudit.refused_by == \"resolver\" and (.leakaudit.resolver.process | .pid == ${RESOLVER_PID[boxed]})"
	watch_end
	assert_equal "on the wire" "0 0" "$(captured "port 53")"
	assert_equal "refused" 1 "$(summary .summary.refused)"
	assert_equal "left" "0 0" "$(summary_leaks)"
	assert_complete
}

# The tunnel falls, or a route leads past it alone.
test_resolver_in_a_container_whose_tunnel_falls() {
	lab_up tunnel dns
	resolver_boxed br0
	watch_client --drop --allow "$VPN4"
	asks_both
	tunnel_fall
	ask "@$BOX4" fallen.example
	wait_for_leak "$(by "$ASKER" dig) and .leakaudit.refused_by == \"resolver\""
	watch_end
	assert_equal "on the wire" "0 0" "$(captured "port 53")"
	assert_no_event "$LEAK and .leakaudit.refused_by != \"resolver\""
}

# What others ask the container is theirs, also through the host.
test_others_ask_a_container() {
	lab_up dns
	resolver_boxed br0
	watch_client
	ask "@$BOX4" "$LAB_TRACKER"
	ask_elsewhere "@$BOX4" other.example
	ask_elsewhere "@$BOX4" "$LAB_TRACKER"
	in_box dig +tries=1 +time=3 @127.0.0.1 third.example >/dev/null
	watch_end
	assert_equal "leaks in the summary" "1" "$(summary .summary.leaks.packets)"
	assert_leaks "$(on_behalf_of "$ASKER" dig)"
	assert_complete
}

# It asks past the tunnel though its way was the tunnel: that is stopped, and then it is not asked again.
test_container_binds_past_the_tunnel() {
	lab_up tunnel dns
	resolver_boxed br0
	watch_client --drop
	assert_event "$(boxed_is tunnel)"
	asks_both
	in_netns client nft 'add table ip turn; add chain ip turn pre { type filter hook prerouting priority mangle; };
		add rule ip turn pre ip saddr 10.7.0.0/24 meta mark set 7'
	ip_in client route add default via "$ISP4" dev eth0 table 100
	ip_in client rule add fwmark 7 lookup 100
	ask +time=1 "@$BOX4" turned.example
	wait_for_leak "$(question turned.example) and .process.pid == ${RESOLVER_PID[boxed]} and .leakaudit.hook == \"tc\" and
		.observer.egress.interface.name == \"eth0\" and .leakaudit.verdict == \"dropped\" and $(on_behalf_of "$ASKER" dig)"
	ask "@$BOX4" again.example
	wait_for_leak "$(by "$ASKER" dig) and .leakaudit.refused_by == \"resolver\""
	watch_end
	assert_equal "on the wire" "0 0" "$(captured "port 53")"
	assert_complete
}

# A container of the scope asks another one on the same bridge.
test_container_asks_a_container() {
	lab_up tunnel dns
	resolver_boxed br0
	second_box
	watch_client --drop
	ask_in_second "@$BOX4" "$LAB_TRACKER"
	grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
	tunnel_fall
	ask_in_second "@$BOX4" fallen.example
	wait_for_leak "$(by "$ASKER" dig) and .leakaudit.refused_by == \"resolver\" and
		(.leakaudit.resolver.process | .pid == ${RESOLVER_PID[boxed]})"
	watch_end
	assert_equal "on the wire" "0 0" "$(captured "port 53")"
	assert_equal "left" "0 0" "$(summary_leaks)"
}

# second_box: of the scope's, on br0.
second_box() {
	local gateway=$BOX_GATEWAY4

	spawn second client "$APP" "${BOX_USER[@]}" unshare --user --map-root-user --net -- sleep infinity
	SECOND=$SPAWNED
	until_ok "the second box" second_is_apart
	ip_in client link add box1 type veth peer name eth0 netns "$SECOND"
	ip_in client link set box1 up master br0
	nsenter --net="/proc/$SECOND/ns/net" -- sh -c "ip link set lo up && ip link set eth0 up && ip addr add 10.7.0.3/24 dev eth0 &&
		ip route add default via $gateway"
}

second_is_apart() {
	[[ $(cat "/proc/$SECOND/comm") == sleep ]]
}

ask_in_second() {
	spawn ask client "$APP" nsenter --net="/proc/$SECOND/ns/net" -- dig +short +tries=1 +time=3 "$@"
	ASKER=$SPAWNED
	wait "$ASKER" || true
}

# With the host as scope what the container sends is the host's: told once, for whom.
test_resolver_in_a_container_of_the_host() {
	lab_up dns
	resolver_boxed br0
	start_leakaudit
	capture_start
	ask "@$BOX4" "$LAB_TRACKER"
	wait_for_leak "$(question "$LAB_TRACKER") and .observer.egress.interface.name == \"eth0\""
	watch_end
	assert_leaks_where "$(question "$LAB_TRACKER")" "$(by "${RESOLVER_PID[boxed]}" dnsmasq)" "$(on_behalf_of "$ASKER" dig)"
}
