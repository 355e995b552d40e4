# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Why it left where it did: each cause is what happened, and stays the same from a flow's beginning to its end.

# tun_up HOST CGROUP NAME: a tunnel that nobody answers; pid to TUN_PID.
HOLD_TUN='import fcntl, os, struct, sys, time
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001))
print("ready", flush=True)
time.sleep(600)'

tun_up() {
	spawn "$3" "$1" "$2" python3 -c "$HOLD_TUN" "$3"
	TUN_PID=$SPAWNED
	until_ok "$3" grep -q ready "$LAB_DIR/$3.log"
	ip_in "$1" link set "$3" up
}

# assert_one_cause: no flow has two, in whatever event.
assert_one_cause() {
	assert_equal "causes of a flow" 1 "$(events "$LEAK" | jq -s 'group_by([.source, .destination, .network.transport])
		| map(map([.leakaudit | .cause, .route, .rule, .tunnel]) | unique | length) | max')"
}

# tunnel NAME: jq's words for the tunnel that a cause names.
tunnel() { echo ".leakaudit.tunnel.name == \"$1\""; }

test_tunnel_that_falls_beside_a_second_one() {
	lab_up tunnel
	tun_up client "$SCOPE/openvpn" ts0
	ip_in client addr add 100.100.1.1/32 dev ts0
	ip_in client route add 100.64.0.0/10 dev ts0
	watch_client
	sender_start early udp "$PEER4" 9 --connect --lines
	tunnel_link_down
	wait_for '.event.action == "tunnel-down" and .leakaudit.interface.name == "tun0"'
	sender_start late udp "$PEER4" 9 --lines
	sender_line late "and more"
	sender_line early "with the tunnel's address"
	wait_for_leak "$(by "${SENDER_PID[late]}" send)"
	wait_for_leak "$(by "${SENDER_PID[early]}" send)"
	watch_end
	assert_leaks_where "$(by "${SENDER_PID[late]}" send)" "$(cause tunnel-down)" "$(tunnel tun0)" '.message | contains("the tunnel tun0 is down")'
	assert_leaks_where "$(by "${SENDER_PID[early]}" send)" "$(cause tunnel-address)"
	assert_one_cause
}

test_tunnel_without_a_carrier_is_down() {
	lab_up
	ip_in client tuntap add tun9 mode tun
	ip_in client link set tun9 up
	watch_client
	sender_start out udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[out]}" send)"
	watch_end
	assert_leaks "$(cause tunnel-down)" "$(tunnel tun9)"
}

test_connection_that_a_route_pulls_out() {
	lab_up tunnel
	sender_start open udp "$PEER4" 9 --connect --lines
	sender_start tcp tcp "$PEER4" 9 --lines
	watch_client
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0 proto dhcp
	sender_line open "outside now"
	sender_line tcp "this too"
	wait_for_leak '.network.transport == "udp"'
	wait_for_leak '.network.transport == "tcp"'
	sender_line open "and again"
	world_silence
	watch_end
	assert_leaks "$(to eth0 "$TUNNEL4" "$PEER4" 9)" "$(cause route)" '.leakaudit.route == {"prefix": "128.0.0.0/1", "protocol": "dhcp"}'
	assert_one_cause
}

# Whoever set a route without saying so is nobody's boot.
test_route_of_nobody_who_says_so() {
	lab_up tunnel
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0
	watch_client
	sender_start pulled udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[pulled]}" send)"
	watch_end
	assert_leaks "$(cause route)" '.leakaudit.route == {"prefix": "128.0.0.0/1"}' '.message | contains("(by the route 128.0.0.0/1)")'
}

# The default route that is left when the tunnel has none is not why.
test_default_route_is_no_cause() {
	lab_up tunnel
	ip_in client route del default dev tun0
	watch_client
	sender_start out udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[out]}" send)"
	watch_end
	assert_leaks '.leakaudit | has("cause") or has("route") | not'
}

test_rule_is_named() {
	lab_up tunnel
	ip_in client route add default via "$ISP4" dev eth0 table 100
	ip_in client rule add priority 90 ipproto udp dport 9 lookup 100
	ip_in client rule add priority 91 uidrange 4242-4242 lookup 100
	watch_client
	sender_start port udp "$PEER4" 9
	in_client python3 -c 'import os, socket, sys
os.setuid(4242)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (sys.argv[1], 7))' "$PEER4"
	in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 36, 7)
s.sendto(b"x", (sys.argv[1], 7))' "$PEER4" # into the tunnel: no rule for it
	wait_for_leak '.destination.port == 9'
	wait_for_leak '.destination.port == 7'
	watch_end
	assert_leaks "$(cause rule)"
	assert_leaks_where '.destination.port == 9' '.leakaudit.rule == {"selector": "ipproto 17 dport 9", "priority": 90}' \
		'.message | contains("(by the rule 90: ipproto 17 dport 9)")'
	assert_leaks_where '.destination.port == 7' '.leakaudit.rule == {"selector": "uidrange 4242-4242", "priority": 91}'
}

# As wg-quick has it: all but what has the mark goes into the tunnel.
test_rule_for_all_but_a_mark() {
	lab_up tunnel
	ip_in client route del default dev tun0
	ip_in client route add default dev tun0 table 51820
	ip_in client rule add priority 32765 not fwmark 0xca6c lookup 51820
	ip_in client rule add priority 32764 lookup main suppress_prefixlength 0
	watch_client
	in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 36, 0xca6c)
s.sendto(b"x", (sys.argv[1], 9))' "$PEER4"
	wait_for_leak '.destination.port == 9'
	watch_end
	assert_leaks "$(cause rule)" '.leakaudit.rule == {"selector": "not fwmark 0xca6c", "priority": 32765}'
}

# CVE-2019-14899: who is on the link finds out which address the tunnel has.
test_neighbour_that_asks_for_the_tunnels_address() {
	lab_up tunnel
	ip_in isp route replace "$TUNNEL4/32" via "$CLIENT4" dev isp0
	spawn service client "$APP" "$LAB_BIN/discard" 2222
	until_ok "the service" tcp_listens client 2222
	watch_client
	in_netns isp timeout 1 "$LAB_BIN/send" tcp "$TUNNEL4" 2222 </dev/null >/dev/null 2>&1 || true
	wait_for_leak ".source.ip == \"$TUNNEL4\" and .source.port == 2222"
	watch_end
	assert_leaks ".source.ip == \"$TUNNEL4\"" "$(cause tunnel-probed)" '.message | contains("net.ipv4.conf.all.arp_ignore=1")'
	assert_one_cause
}

# Its tunnel carries nothing of the host's: what falls there is another tun0.
test_tunnel_of_another_namespace() {
	lab_up tunnel
	tun_up vpn "$LAB_CGROUP/world" tun7
	start_leakaudit
	end_process "$TUN_PID"
	wait_for '.event.action == "tunnel-down" and .leakaudit.interface.name == "tun7"'
	sender_start bound udp "$PEER4" 9 --bind-device eth0
	wait_for_leak "$(by "${SENDER_PID[bound]}" send)"
	stop_leakaudit
	assert_event ".event.action == \"tunnel-down\" and .leakaudit.interface.netns.name == \"$LAB-vpn\" and (.message | contains(\"in namespace $LAB-vpn is down\"))"
	assert_leaks_where "$(by "${SENDER_PID[bound]}" send)" "$(cause bound)" '.leakaudit.netns | has("name") | not'
	assert_equal "dropouts" 0 "$(summary .summary.dropouts.count)"
}

# What leaves in another namespace than leakaudit's says where.
test_leak_of_another_namespace() {
	lab_up
	LEAKAUDIT_HOST=vpn start_leakaudit --cgroup "$SCOPE"
	sender_start out udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[out]}" send)"
	stop_leakaudit
	assert_leaks ".leakaudit.netns.name == \"$LAB-client\"" ".message | contains(\"over eth0 in namespace $LAB-client\")"
}

# TunnelCrack's LocalNet: the network hands out a part of the tunnel's own range.
test_lan_with_a_part_of_the_tunnels_range() {
	lab_up tunnel
	ip_in client addr add 10.8.0.77/25 dev eth0
	neighbours client eth0 "$ISP_MAC" 10.8.0.9
	watch_client
	sender_start pulled udp 10.8.0.9 9 --count 3
	wait_for_leak "$(by "${SENDER_PID[pulled]}" send)"
	watch_end
	assert_leaks "$(to eth0 10.8.0.77 10.8.0.9 9)" "$(cause route)" '.leakaudit.route.prefix == "10.8.0.0/25"' \
		'.leakaudit.tunnel == {"name": "tun0", "prefix": "10.8.0.0/24"}' '.message | contains("10.8.0.0/24 is tun0'"'"'s, so it is no LAN")'
	assert_exact true "dst host 10.8.0.9"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
	probe 1 --only=route
	assert_probes '.leakaudit.route.prefix == "10.8.0.0/25"' "$(fails route)" '.leakaudit.tunnel.name == "tun0"' \
		'.leakaudit.probe.why | contains("no LAN, since 10.8.0.0/24 is tun0'"'"'s")' '.leakaudit.probe.remedy | contains("give it another range")'
}

# The same by IPv6, of which the tunnel carries that part alone.
test_lan_with_a_part_of_the_tunnels_own_addresses() {
	lab_up tunnel ipv6
	ip_in client addr add fd55:1::2/64 dev eth0 nodad
	ip_in client route add fd55::/16 dev tun0
	neighbours client eth0 "$ISP_MAC" fd55:1::9
	watch_client
	sender_start pulled udp fd55:1::9 9 --count 3
	wait_for_leak "$(by "${SENDER_PID[pulled]}" send)"
	watch_end
	assert_leaks "$(to eth0 fd55:1::2 fd55:1::9 9)" "$(cause route)" '.leakaudit.route.prefix == "fd55:1::/64"' \
		'.leakaudit.tunnel == {"name": "tun0", "prefix": "fd55::/16"}'
	assert_exact true "dst host fd55:1::9"
}

# lan_sends N: leaks to the LAN by now.
lan_sends() {
	(($(events "$LEAK and .destination.ip == \"10.64.1.1\"" | jq -s 'map(.network.packets) | max // 0') >= $1))
}

# A route that comes takes the LAN away, and one that goes gives it back.
test_lan_follows_the_tunnels_routes() {
	lab_up tunnel
	ip_in client addr add 10.64.1.77/24 dev eth0
	neighbours client eth0 "$ISP_MAC" 10.64.1.1
	watch_client
	sender_start lan udp 10.64.1.1 9 --connect --lines
	sender_line lan "stays on the link"
	ip_in client route add 10.64.0.0/10 dev tun0
	until_ok "the LAN's end" lan_sends_more 1
	ip_in client route del 10.64.0.0/10 dev tun0
	sleep 0.5
	sender_line lan "the LAN again"
	sender_line lan "and again"
	watch_end
	assert_leaks "$(cause route)" '.leakaudit.route.prefix == "10.64.1.0/24"' '.leakaudit.tunnel.prefix == "10.64.0.0/10"'
	(($(summary_exempt lan | cut -d' ' -f1) >= 4)) || fail "not exempt: $(summary_exempt lan)"
}

lan_sends_more() {
	sender_line lan "to the tunnel's range"
	sleep 0.1
	lan_sends "$1"
}

test_guard_stops_what_the_lan_pulls_out() {
	lab_up tunnel
	ip_in client addr add 10.8.0.77/25 dev eth0
	neighbours client eth0 "$ISP_MAC" 10.8.0.9
	guard_make
	capture_start
	in_client "$LAB_BIN/send" udp 10.8.0.9 9 >/dev/null 2>&1 </dev/null && fail "a datagram was sent"
	in_client ping -c 1 -W 1 "$PEER4" >/dev/null || fail "the tunnel is closed"
	# what claimed the range is gone, and so is the tunnel: nothing leaves there by that
	tunnel_fall
	in_client "$LAB_BIN/send" udp 10.8.0.9 9 >/dev/null 2>&1 </dev/null && fail "a datagram was sent after the fall"
	capture_stop
	assert_silent
}

# Under a guard the kernel goes on with the flows; for who reads the log they have an end.
test_flows_of_a_guard_are_closed() {
	lab_up tunnel
	guard_make
	guard_follow
	tunnel_fall
	in_client "$LAB_BIN/send" udp "$PEER4" 9 >/dev/null 2>&1 </dev/null && fail "a datagram was sent"
	wait_for_leak '.network.transport == "udp" and .leakaudit.verdict == "dropped"'
	stop_leakaudit
	assert_equal "flows that are open in the end" 0 "$(events "$LEAK and .leakaudit.flow" |
		jq -s 'group_by([.source, .destination, .leakaudit.socket]) | map(select(last.leakaudit.flow != "close")) | length')"
	assert_equal "and its dropped packets" "$(summary '.summary.dropped.packets')" \
		"$(events "$LEAK and .leakaudit.flow == \"close\"" | jq -s 'map(.leakaudit.dropped.packets) | add')"
}

# lan_up: a private range on the client's link, where whatever is sent to port 9 is taken.
lan_up() {
	ip_in client addr add 192.168.7.10/24 dev eth0
	ip_in isp addr add 192.168.7.1/24 dev isp0
	spawn lan-service isp "$LAB_CGROUP/world" "$LAB_BIN/discard" 9
	until_ok "the LAN's service" udp_listens isp 9
}

# --lan=quiet: while the tunnel is down the LAN is no way out either; what keeps the link alive goes on.
test_lan_is_quiet_while_the_tunnel_is_down() {
	lab_up tunnel
	lan_up
	guard_make --lan=quiet
	guard_follow
	capture_start
	sender_start lan udp 192.168.7.1 9 --connect --lines
	sender_line lan "the tunnel is up"
	captured_some "dst host 192.168.7.1 and udp"
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	in_client "$LAB_BIN/send" udp 192.168.7.1 9 >/dev/null 2>&1 </dev/null && fail "a datagram was sent"
	echo "the same socket" >&"${SENDER_FD[lan]}"
	wait_for_leak ".destination.ip == \"192.168.7.1\" and .source.port != 0 and $(by "${SENDER_PID[lan]}" send)"
	in_client python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.168.7.10", 68))
s.sendto(b"a renewal", ("192.168.7.1", 67))' || fail "DHCP is stopped"
	in_netns client ip neigh flush dev eth0 to 192.168.7.1
	ip_in client link set tun0 up
	tunnel_route
	wait_for '.event.action == "tunnel-up"'
	in_client "$LAB_BIN/send" udp 192.168.7.1 9 >/dev/null 2>&1 </dev/null || fail "the LAN is closed"
	stop_leakaudit
	capture_stop
	assert_leaks '.leakaudit.verdict == "dropped"' "$(cause tunnel-down)"
	assert_equal "datagrams to the LAN" 3 "$(captured "dst host 192.168.7.1 and udp dst port 9" | cut -d' ' -f1)"
	(($(summary_exempt neighbour | cut -d' ' -f1) >= 1)) || fail "no neighbour was exempt"
}

# Nobody says any more whether the tunnel is up: doubt drops.
test_quiet_lan_of_a_guard_that_nobody_follows() {
	lab_up tunnel
	lan_up
	guard_make --lan=quiet
	guard_follow
	sender_start lan udp 192.168.7.1 9 --connect --lines
	sender_line lan "somebody follows"
	kill -KILL "$LEAKAUDIT_PID"
	until_ok "its end" dead "$LEAKAUDIT_PID"
	until_ok "the LAN's end" lan_is_closed
	in_client ping -c 1 -W 1 "$PEER4" >/dev/null || fail "the tunnel is closed"
}

lan_is_closed() {
	! in_client "$LAB_BIN/send" udp 192.168.7.1 9 >/dev/null 2>&1 </dev/null || return 1
	alive "${SENDER_PID[lan]}" || return 0
	echo "nobody follows" >&"${SENDER_FD[lan]}"
	sleep 0.2
	dead "${SENDER_PID[lan]}"
}
