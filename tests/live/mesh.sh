# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Daemons that send to several peers by one socket.

mesh_up() {
	lab_up
	wireguard_mesh vpn "$VPN4" 10.8.0.1 outside "$PEER4" 10.8.0.3 isp "$ISP4" 10.8.0.4
}

mesh_answers() {
	local address

	for address in 10.8.0.1 10.8.0.3 10.8.0.4; do
		in_client ping -q -c 2 -i 0.2 -W 5 "$address" >>"$LAB_DIR/ping.log" || fail "$address does not answer: $(cat "$LAB_DIR/ping.log")"
	done
}

# It was there, and had no peer yet that it had sent to.
test_guard_knows_all_peers_of_wireguard_go() {
	mesh_up
	guard_make
	mesh_answers
	guard_follow
	mesh_answers
	stop_leakaudit
	mesh_answers
	assert_no_event "$LEAK"
}

test_drop_knows_all_peers_of_wireguard_go() {
	mesh_up
	start_leakaudit --cgroup "$SCOPE" --drop
	capture_start
	mesh_answers
	stop_leakaudit
	capture_stop
	assert_no_leak
	assert_equal "dropped" 0 "$(summary .summary.dropped.packets)"
	assert_transport_exact
}

# The daemon begins while a watch runs; its peers come later.
test_peers_that_come_later_are_known() {
	lab_up
	start_leakaudit --cgroup "$SCOPE" --drop
	wireguard_mesh vpn "$VPN4" 10.8.0.1 outside "$PEER4" 10.8.0.3 isp "$ISP4" 10.8.0.4
	wait_for '.event.action == "tunnel-up"'
	until_ok "the peers" mesh_reaches 10.8.0.1
	until_ok "the peers" mesh_reaches 10.8.0.3
	until_ok "the peers" mesh_reaches 10.8.0.4
	stop_leakaudit
}

mesh_reaches() {
	in_client ping -q -c 1 -W 1 "$1" >>"$LAB_DIR/ping.log"
}

# What its peers are is proven for its own sockets: another program that sends there leaks.
test_peers_of_a_daemon_are_its_own() {
	mesh_up
	start_leakaudit --cgroup "$SCOPE" --drop
	mesh_answers
	in_client "$LAB_BIN/send" udp "$PEER4" "$WIREGUARD_PORT" >/dev/null 2>&1 </dev/null && fail "it was sent"
	wait_for_leak ".destination.ip == \"$PEER4\" and .process.name == \"send\" and .leakaudit.verdict == \"dropped\""
	stop_leakaudit
	assert_leaks '.process.name == "send"'
}
