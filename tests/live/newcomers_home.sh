# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# A container that has just started sends by the host, which leakaudit knows, before its namespace is read.

# home_den [BRIDGE]: a namespace that no process of the scope is in, from which a veth pair leads to the client host, which routes.
home_den() {
	box_up "$LAB_CGROUP/world"
	box_wire "$@"
	DEN=/proc/$BOX_PID/ns/net
}

test_drop_lets_a_newcomer_go_by_the_host() {
	lab_up tunnel
	home_den
	start_leakaudit --cgroup "$APP" --drop
	newcomer connect "$DEN" "$PEER4" 9
	assert_connected_at_once
	assert_no_leak_by_a_newcomer
	assert_complete
}

# What it sends past the tunnel is judged at home, where it leaves.
newcomer_leaks_by_the_host() {
	lab_up
	home_den
	start_leakaudit --cgroup "$APP" "$@"
	capture_start
	newcomer send "$DEN" "$PEER4" 9
	wait_for_leak ".destination.ip == \"$PEER4\""
	newcomer_ends
	stop_leakaudit
	capture_stop
	assert_leaks "$(to eth0 "$BOX4" "$PEER4" 9)" "$(by "$NEWCOMER" python3)" ".source.nat.ip == \"$CLIENT4\""
	assert_complete
}

test_watch_counts_a_newcomers_first_packet_by_the_host() {
	newcomer_leaks_by_the_host
	assert_exact true "host $PEER4"
	assert_equal "leaked" 1 "$(summary .summary.leaks.packets)"
}

test_drop_stops_a_newcomers_first_packet_by_the_host() {
	newcomer_leaks_by_the_host --drop
	assert_equal "on the wire" "0 0" "$(captured "host $PEER4")"
	assert_equal "dropped" 1 "$(summary .summary.dropped.packets)"
}

# A neighbour at the same bridge.
test_drop_lets_a_newcomer_talk_to_its_neighbour() {
	lab_up
	home_den br0
	ip netns add "$LAB-other"
	ip_in client link add other0 type veth peer name eth0 netns "$LAB-other"
	ip_in client link set other0 master br0 up
	ip -n "$LAB-other" addr add 10.7.0.3/24 dev eth0
	ip -n "$LAB-other" link set eth0 up
	start_leakaudit --cgroup "$APP" --drop
	newcomer send "$DEN" 10.7.0.3 9
	until_ok "the packet at the neighbour" neighbour_got_it
	assert_no_leak_by_a_newcomer
	ip netns del "$LAB-other"
}

neighbour_got_it() {
	[ "$(ip netns exec "$LAB-other" nstat -asz UdpNoPorts | awk '/UdpNoPorts/ { print $2 }')" = 1 ]
}
