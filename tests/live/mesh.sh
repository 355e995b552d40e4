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

mesh_third() {
	in_client ping -q -c 2 -i 0.2 -W 1 10.8.0.3 >>"$LAB_DIR/ping.log"
}

# Of the third host it hears inside the tunnel: it is the first that its socket has used. The fourth is in its configuration.
test_guard_learns_peers_of_nebula() {
	lab_up
	nebula_mesh_up
	guard_make
	in_client ping -q -c 1 -W 5 10.8.0.1 >"$LAB_DIR/ping.log" || fail "the lighthouse does not answer"
	until_ok "the third host" mesh_third
	nebula_late_up
	in_client ping -q -c 1 -W 5 10.8.0.4 >"$LAB_DIR/ping.log" || fail "the fourth host is not known"
	guard_follow
	capture_start
	mesh_third || fail "it does not answer any more: $(cat "$LAB_DIR/ping.log")"
	stop_leakaudit
	capture_stop
	assert_equal "leaked" "0 0" "$(summary_leaks)"
	captured_some "host $PEER4" || fail "it was not reached directly"
	assert_silent
}

# The server is in the configuration, one of the others is the first that its socket has used, and the other has sent something.
test_guard_learns_peers_of_tinc() {
	lab_up
	tinc_mesh_up
	guard_make
	capture_start
	until_ok "the way to the third" tinc_is_direct 10.8.0.3 "$PEER4"
	until_ok "the way to the fourth" tinc_is_direct 10.8.0.4 "$ISP4"
	guard_follow
	in_client "$LAB_BIN/send" udp "$PEER4" 9 >/dev/null 2>&1 </dev/null && fail "it was sent by another"
	stop_leakaudit
	capture_stop
	assert_equal "leaked" "0 0" "$(summary_leaks)"
	assert_silent
}

# The same where nothing is dropped. What it sends to the other before it has heard anything from there is told as a leak.
test_watch_learns_peers_of_tinc() {
	local before to="udp and (host $ISP4 or host 198.51.100.1) and port 655" # the fourth host

	lab_up
	tinc_mesh_up
	start_leakaudit --cgroup "$SCOPE"
	capture_start
	until_ok "the way to the third" tinc_is_direct 10.8.0.3 "$PEER4"
	until_ok "the way to the fourth" tinc_is_direct 10.8.0.4 "$ISP4"
	in_client ping -q -c 1 -W 5 10.8.0.4 >>"$LAB_DIR/ping.log"
	before=$(captured "$to")
	in_client ping -q -c 8 -i 0.05 10.8.0.4 >>"$LAB_DIR/ping.log"
	in_client "$LAB_BIN/send" udp "$PEER4" 655 </dev/null
	wait_for_leak ".destination.ip == \"$PEER4\" and .process.name == \"send\""
	stop_leakaudit
	capture_stop
	assert_leaks '.process.name == "send" or .destination.ip != "'"$PEER4"'"'
	(($(summary .summary.leaks.packets) <= ${before% *} + 1)) || fail "more than the first ${before% *} to it are leaks"
}

# tinc_is_direct ADDRESS HOST: it goes by the server until both have seen the other's packets.
tinc_is_direct() {
	in_client ping -q -c 1 -W 1 "$1" >>"$LAB_DIR/ping.log"
	captured_some "udp and host $2 and port 655"
}

# Whoever is named may send to each peer, before anything has come from there.
test_named_daemon_reaches_all_peers() {
	lab_up
	lab_cgroup client/nebula >/dev/null
	start_leakaudit --cgroup "$SCOPE" --drop --transport-cgroup "$(cgroup_path "$SCOPE/nebula")"
	nebula_mesh_up
	until_ok "the tunnel" has_event '.event.action == "tunnel-up"'
	mesh_third || fail "the third host does not answer: $(cat "$LAB_DIR/ping.log")"
	stop_leakaudit
	assert_no_leak
	assert_equal "dropped" 0 "$(summary .summary.dropped.packets)"
	[ "$(summary_exempt transport)" != "0 0" ] || fail "the tunnel was not used"
}

# However many sockets it has.
test_daemons_far_ends_are_bounded() {
	local daemon

	lab_up
	spawn_client daemon python3 "$PWD/tests/lib/tun_daemon.py" /dev/net/tun tun0 "$PEER4" 20
	daemon=$SPAWNED
	until_ok "its tun" grep -q holds "$LAB_DIR/daemon.log"
	ip_in client addr add "$TUNNEL4/24" dev tun0
	ip_in client link set tun0 up
	start_leakaudit --cgroup "$SCOPE"
	kill -USR1 "$daemon"
	until_ok "its datagrams" grep -q "sent 20" "$LAB_DIR/daemon.log"
	until_ok "its leaks" leaks_are 4
	stop_leakaudit
	assert_equal "transport" 16 "$(summary '.summary.exempt.transport.packets')"
	assert_equal "leaked" 4 "$(summary '.summary.leaks.packets')"
	assert_leaks ".leakaudit.remedy == \"--transport-cgroup $(cgroup_path "$APP")\""
	assert_equal "said once" 1 "$(events '.message | contains("start with --transport-cgroup")' | wc -l)"
}

leaks_are() {
	[ "$(events "$LEAK and .leakaudit.flow == \"open\"" | wc -l)" = "$1" ]
}

# It has to send before there is a tunnel. Where its cgroup is the scope's own, only its server may be allowed.
test_login_is_explained() {
	lab_up
	cp "$LAB_BIN/send" "$LAB_DIR/openvpn"
	start_leakaudit --cgroup "$SCOPE" --cgroup "$APP"
	in_client "$LAB_DIR/openvpn" udp "$PEER4" 9 </dev/null
	wait_for_leak "$(cause login) and .leakaudit.remedy == \"--allow $PEER4:9/udp\""
	tunnel_up
	wait_for_leak "$(by "$OPENVPN_PID" openvpn) and $(cause login) and .leakaudit.remedy == \"--transport-cgroup $(cgroup_path "$SCOPE/openvpn")\""
	stop_leakaudit
	assert_leaks '.process.name == "openvpn"'
	[ "$(summary_leaks)" != "0 0" ] || fail "a name has exempted it"
}
