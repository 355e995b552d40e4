# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How it leaks: the ways past a tunnel that is up, the tunnel's fall, and what is no leak.

# Routes as a hostile or careless DHCP server pushes them (option 121): half of the internet, more specific than the default.
test_half_route_pulls_out_of_the_tunnel() {
	lab_up tunnel
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0 proto dhcp
	watch_client
	sender_start pulled udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[pulled]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[pulled]}" send)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" \
		"$(cause route)" '.leakaudit.route.prefix == "128.0.0.0/1"' '.leakaudit.route.protocol == "dhcp"'
	assert_all_exact
}

test_half_route_appears_while_watched() {
	lab_up tunnel
	watch_client
	sender_start pulled udp "$PEER4" 9 --connect --lines --count 12 # more than are looked at inside the tunnel
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0 proto dhcp
	sender_line pulled "outside now, with the tunnel's address"
	wait_for_leak "$(by "${SENDER_PID[pulled]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[pulled]}" send)" "$(to eth0 "$TUNNEL4" "$PEER4" 9)"
	assert_all_exact
}

test_socket_bound_to_device() { bound_past_the_tunnel --bind-device eth0; }
test_socket_with_unicast_if() { bound_past_the_tunnel --unicast-if eth0; }
test_socket_with_pktinfo() { bound_past_the_tunnel --pktinfo eth0; }

bound_past_the_tunnel() {
	lab_up tunnel
	watch_client
	sender_start bound udp "$PEER4" 9 "$@" --count 2 --size 300
	sender_start free udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[bound]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[bound]}" send)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(cause bound)"
	assert_all_exact
}

test_tcp_bound_to_device() {
	lab_up tunnel
	watch_client
	sender_start bound tcp "$PEER4" 9 --bind-device eth0 --size 3000
	wait_for_leak "$(by "${SENDER_PID[bound]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[bound]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(cause bound)"
	assert_all_exact
}

# The sure sign of a dropout: sockets go on with the address that the tunnel gave them.
test_tunnel_address_after_its_fall() {
	local address=".leakaudit.cause == \"tunnel-address\" or .leakaudit.cause == \"tunnel-down\""

	lab_up tunnel
	sender_start udp udp "$PEER4" 9 --connect --lines
	sender_start tcp tcp "$PEER4" 9 --lines
	watch_client
	tunnel_link_down
	wait_for '.event.action == "tunnel-down" and .leakaudit.interface.name == "tun0"'
	sender_line udp "still here"
	sender_line tcp "here too"
	wait_for_leak '.network.transport == "udp"'
	wait_for_leak '.network.transport == "tcp"'
	world_silence # the connection would go on retransmitting
	watch_end
	assert_leaks "$(to eth0 "$TUNNEL4" "$PEER4" 9)" "$address"
	assert_leaks_where '.network.transport == "udp"' "$(by "${SENDER_PID[udp]}" send)"
	assert_leaks_where '.network.transport == "tcp"' "$(by "${SENDER_PID[tcp]}" send)"
	assert_all_exact
}

test_new_socket_after_the_tunnels_fall() {
	lab_up tunnel
	watch_client
	tunnel_fall
	wait_for '.event.action == "tunnel-down" and .leakaudit.interface.name == "tun0"'
	sender_start late udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[late]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[late]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(cause tunnel-down)"
	assert_all_exact
	assert_equal "dropouts" "1 true" "$(summary '.summary.dropouts | "\(.count) \(.down and .seconds > 0)"')"
}

test_tunnels_own_packets_are_no_leaks() {
	lab_up tunnel
	watch_client
	sender_start inside udp "$PEER4" 9 --count 20 --size 1200
	in_client ping -c 3 -i 0.2 "$PEER4" # answered only after what was sent before
	watch_end
	assert_no_leak
	assert_transport_exact
}

# Who talks to the VPN server in clear is not its daemon, whatever the port.
test_clear_packets_to_the_vpn_server() {
	lab_up tunnel
	watch_client
	sender_start clear udp "$VPN4" "$TUNNEL_PORT" --source "$CLIENT4" --source-port 7777
	wait_for_leak "$(by "${SENDER_PID[clear]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[clear]}" send)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$VPN4" "$TUNNEL_PORT")"
	assert_exact true "host $VPN4 and src port 7777"
}

test_tunnel_comes_back_with_another_index() {
	local before

	lab_up tunnel
	before=$(ifindex client tun0)
	watch_client
	tunnel_fall
	wait_for '.event.action == "tunnel-down" and .leakaudit.interface.name == "tun0"'
	tunnel_up
	[ "$(ifindex client tun0)" != "$before" ] || fail "tun0 has its old index"
	wait_for ".event.action == \"tunnel-up\" and .leakaudit.interface.id == \"$(ifindex client tun0)\""
	sender_start inside udp "$PEER4" 9 --count 3
	in_client ping -c 1 "$PEER4"
	watch_end
	assert_only_the_daemons_handshake_leaked 4
	assert_dropout
	# its last greetings may come after the tunnel is up, before it is known for the daemon
	assert_event ".leakaudit.dropout | .packets > 0 and .packets <= $(summary .summary.leaks.packets) and .dropped.packets == 0"
}

# assert_only_the_daemons_handshake_leaked N: the daemon greets its server before it opens tun0, when nothing proves yet what it
# is. Each outer packet is either such a leak, by its name, or exempt, and those of N packets through the tunnel are exempt.
assert_only_the_daemons_handshake_leaked() {
	local wire leaks exempt _

	assert_no_event "$LEAK and (($(by "$OPENVPN_PID" openvpn) and $(to eth0 "$CLIENT4" "$VPN4" "$TUNNEL_PORT")) | not)"
	read -r wire _ < <(captured "$TUNNEL_OUTER")
	read -r leaks _ < <(leaked)
	read -r exempt _ < <(summary_exempt transport)
	assert_equal "outer packets" "$wire" $((leaks + exempt))
	((exempt >= $1)) || fail "only $exempt packets were exempt"
	assert_complete
}

test_tunnel_comes_up_while_watched() {
	lab_up
	watch_client
	tunnel_up
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "tun0"'
	sender_start inside udp "$PEER4" 9 --count 3
	in_client ping -c 1 "$PEER4"
	watch_end
	assert_only_the_daemons_handshake_leaked 4
	assert_no_event '.leakaudit.dropout' # it had not fallen
	assert_equal "dropouts" 0 "$(summary .summary.dropouts.count)"
}

test_renamed_tunnel_stays_a_tunnel() {
	lab_up tunnel
	watch_client
	ip_in client link set tun0 name vpn0 || skip "this kernel cannot rename an interface that is up"
	wait_for '.event.action == "interface" and .leakaudit.interface.name == "vpn0"'
	in_client ping -c 2 -i 0.2 "$PEER4"
	watch_end
	assert_no_leak
	assert_transport_exact
}

test_new_exposed_interface_is_covered() {
	lab_up tunnel
	start_leakaudit --cgroup "$SCOPE"
	world_plug_second
	wait_for '.event.action == "interface" and .leakaudit.interface.name == "eth1" and .leakaudit.interface.role == "exposed"'
	capture_start second isp1
	sender_start second udp "$SECOND_ISP4" 9 --count 2
	sender_start frame packet "$SECOND_ISP4" 9 --interface eth1 --mac "$SECOND_ISP_MAC" --source "$SECOND4" --source-port 7
	wait_for_leak '.source.port == 7'
	wait_for_leak "$(by "${SENDER_PID[second]}" send)"
	stop_leakaudit
	capture_stop second
	assert_leaks "$(to eth1 "$SECOND4" "$SECOND_ISP4" 9)"
	assert_all_exact second
}

test_allowed_destination_is_exempt() {
	lab_up
	watch_client --allow "$PEER4:9/udp"
	sender_start allowed udp "$PEER4" 9 --count 3 --size 64
	sender_start other udp "$PEER4" 10
	wait_for_leak "$(by "${SENDER_PID[other]}" send)"
	watch_end
	assert_leaks "$(to eth0 "$CLIENT4" "$PEER4" 10)" "$(by "${SENDER_PID[other]}" send)"
	assert_exact true "dst host $PEER4 and dst port 10"
	assert_equal "exempt as allowed" "$(captured "dst host $PEER4 and dst port 9")" "$(summary_exempt allowed)"
}

# Private and really on the link: a printer, a router's page. The same is a leak where the user says so.
test_private_neighbour_is_exempt() {
	lab_up
	world_private_neighbour
	watch_client
	sender_start lan udp "$ROUTER4" 9 --count 3
	until_ok "the packets" captured_some "host $ROUTER4"
	watch_end
	assert_no_leak
	assert_equal "exempt as lan" "$(captured "host $ROUTER4")" "$(summary_exempt lan)"
}

test_private_neighbour_is_a_leak_if_asked() {
	lab_up
	world_private_neighbour
	watch_client --lan=leak
	sender_start lan udp "$ROUTER4" 9 --count 3
	wait_for_leak "$(by "${SENDER_PID[lan]}" send)"
	watch_end
	assert_leaks "$(to eth0 "$LAN4" "$ROUTER4" 9)"
	assert_all_exact
}

# A daemon that sends from a socket without a far end, marked, in batches, and routing by rule.
test_wireguard_go_is_a_tunnel() {
	lab_up
	wireguard_up
	watch_client
	sender_start inside udp "$PEER4" 9 --count 20 --size 1200
	in_client ping -c 3 -i 0.2 "$PEER4"
	world_silence
	watch_end
	assert_no_leak
	assert_transport_exact
}

test_socket_bound_past_wireguard_go() {
	lab_up
	wireguard_up
	watch_client
	sender_start bound udp "$PEER4" 9 --bind-device eth0
	in_client ping -c 2 -i 0.2 "$PEER4"
	wait_for_leak "$(by "${SENDER_PID[bound]}" send)"
	world_silence
	watch_end
	assert_leaks "$(by "${SENDER_PID[bound]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(cause bound)"
	assert_all_exact
	assert_transport_exact
}

# At the very moment when the hooks are attached the tunnel's packets have to be known as such.
test_start_beside_a_busy_tunnel() {
	local busy

	lab_up tunnel
	spawn_client ping ping -q -i 0.002 "$PEER4"
	busy=$SPAWNED
	start_leakaudit --cgroup "$SCOPE"
	in_client ping -c 3 -i 0.2 "$PEER4"
	end_process "$busy" INT
	stop_leakaudit
	assert_no_leak
	[ "$(summary_exempt transport)" != "0 0" ] || fail "the tunnel was not used"
}
