# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# leakaudit test: routes past the tunnel are found by name, those that belong there are not.

# The defaults' addresses show nothing of the lower half: the routes are read. lower_half takes it past the tunnel, as a
# hostile DHCP server's option 121 does.
lower_half() {
	ip_in client route add 0.0.0.0/1 via "$ISP4" dev eth0 onlink proto dhcp
}

# route_to PREFIX: jq's words for the probe of that route.
route_to() {
	echo "$ROUTE and .leakaudit.route.prefix == \"$1\""
}

# quiet_link: the client's address alone, as on a link without neighbours of a public range.
quiet_link() {
	ip_in client addr flush dev eth0 scope global
	ip_in client addr add "$CLIENT4/32" dev eth0
	ip_in client route add default via "$ISP4" dev eth0 metric 100 onlink
	ip_in client route add "$VPN4" via "$ISP4" dev eth0 onlink
}

test_route_of_the_lower_half() {
	lab_up tunnel dns
	lower_half
	probe 1
	assert_probes "$(route_to 0.0.0.0/1)" "$(fails route)" '.leakaudit.route.protocol == "dhcp"' ".leakaudit.route.gateway == \"$ISP4\"" \
		".leakaudit.probe.why == \"route 0.0.0.0/1 via $ISP4 (dhcp) goes past the tunnel\"" \
		'.leakaudit.probe.remedy | test("^ip route del 0.0.0.0/1 dev eth0, .*option 121")'
	assert_equal "probes of that route" 1 "$(probe_count "$(route_to 0.0.0.0/1)")"
	assert_probes "$IPV4 and $FREE and ($ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_wire_clean
}

# The tunnel's own routes are longer, all over it.
test_route_that_the_tunnel_covers() {
	lab_up tunnel
	quiet_link
	lower_half
	ip_in client route add 0.0.0.0/2 dev tun0
	ip_in client route add 64.0.0.0/2 dev tun0
	probe 0 --only=route
	assert_equal "probes of that route" 0 "$(probe_count "$(route_to 0.0.0.0/1)")"
	ip_in client route del 0.0.0.0/2 dev tun0
	probe 1 --only=route
	assert_probes "$(route_to 0.0.0.0/1)" "$(fails route)"
	assert_wire_clean
}

test_route_of_one_host() {
	lab_up tunnel
	quiet_link
	ip_in client route add 9.9.9.9 via "$ISP4" dev eth0 onlink proto static
	ip_in client route add unreachable 9.9.9.10
	ip_in client route add blackhole 11.0.0.0/8
	probe 1 --only=route
	assert_probes "$(route_to 9.9.9.9/32)" "$(fails route)" '.destination.ip == "9.9.9.9"' '.leakaudit.route.protocol == "static"' \
		'.leakaudit.probe.remedy | test("--allow 9.9.9.9 if the VPN")'
	assert_equal "probes" 2 "$(probe_count true)" # and the VPN's server
	probe 0 --only=route --allow 9.9.9.9
	assert_probes "$(route_to 9.9.9.9/32)" "$VERDICT == \"exempt\""
	assert_wire_clean
}

test_route_of_ipv6() {
	lab_up tunnel ipv6
	ip_in client addr flush dev eth0 scope global
	ip_in client addr add "$CLIENT6/128" dev eth0 nodad
	ip_in client addr add fd00:8::2/64 dev tun0 nodad
	ip_in client -6 route replace default dev tun0 metric 10
	ip_in client -6 route add 2000::/4 via "$ISP6" dev eth0 onlink proto ra
	probe 1 --only=route
	assert_probes "$(route_to 2000::/4)" "$IPV6" "$(fails route)" '.leakaudit.route.protocol == "ra"' \
		'.leakaudit.probe.why | test("route 2000::/4 via .* goes past the tunnel")' '.leakaudit.probe.remedy | test("^ip -6 route del 2000::/4 dev eth0")'
	assert_equal "probes that fail" 1 "$(probe_count "$VERDICT == \"fail\"")"
	assert_wire_clean
	ip_in client -6 route del 2000::/4
	probe 0 --only=route # there is none
	assert_equal "probes" 0 "$(probe_count true)"
}

# openvpn's socket is not connected: what it sends tells where its server is. Nobody else uses the tunnel here.
test_route_to_the_vpn_server() {
	lab_up tunnel
	quiet_link
	probe 0 --only=route
	assert_probes "$(route_to "$VPN4/32")" "$VERDICT == \"exempt\"" "$(path eth0)" '.leakaudit.probe.why | test("own server")'
	assert_wire_clean
}

# The private range is the LAN's, what is reached by a router of it is not; a public range is nobody's LAN.
test_routes_of_the_link() {
	lab_up tunnel
	quiet_link
	ip_in client addr add 192.168.7.10/24 dev eth0
	ip_in client route add 224.0.0.0/4 dev eth0
	probe 0 --only=route
	assert_equal "routes" "$VPN4/32" "$(jq -r '.leakaudit.route.prefix // empty' "$PROBES")"
	probe 1 --only=route --lan=leak
	assert_probes "$(route_to 192.168.7.0/24)" "$(fails route)"
	ip_in client addr add 198.18.7.10/24 dev eth0
	ip_in client route add 10.0.0.0/8 via 192.168.7.1 dev eth0
	neighbours client eth0 "$ISP_MAC" 192.168.7.1
	probe 1 --only=route
	assert_probes "$(route_to 198.18.7.0/24)" "$(fails route)" '.leakaudit.route.gateway | not' '.leakaudit.probe.remedy | test("--allow 198.18.7.0/24")'
	assert_probes "$(route_to 10.0.0.0/8)" "$(fails route)"
	assert_wire_clean
}

# A table that a rule leads to counts like the main one; one that no rule names does not.
test_route_of_another_table() {
	lab_up tunnel
	quiet_link
	ip_in client route add 32.0.0.0/3 via "$ISP4" dev eth0 onlink table 77
	ip_in client route add 96.0.0.0/3 via "$ISP4" dev eth0 onlink table 78
	ip_in client rule add lookup 77
	probe 1 --only=route
	assert_probes "$(route_to 32.0.0.0/3)" "$(fails route)" '.leakaudit.route.table == 77' '.leakaudit.probe.remedy | test("dev eth0 table 77")'
	assert_equal "probes" 2 "$(probe_count true)" # and the VPN's server
	assert_wire_clean
}

# Those that are too many to be tried are no pass.
test_routes_without_end() {
	local i

	lab_up tunnel
	quiet_link
	for i in {11..30}; do
		ip_in client route add "$i.0.0.0/8" via "$ISP4" dev eth0 onlink
	done
	probe 1 --only=route --allow 0.0.0.0/0
	assert_equal "probes" 16 "$(probe_count "$ROUTE and $VERDICT == \"exempt\"")"
	assert_equal "more routes" 5 "$(probe_summary .routes_left)"
	assert_wire_clean
}

# told_or_again FILTER: if not, the route comes once more, since there may not have been a round without it before.
told_or_again() {
	told "$1" && return
	ip_in client route del 0.0.0.0/1 2>/dev/null || true
	sleep 2
	lower_half
	sleep 3
	told "$1"
}

test_route_that_comes_later() {
	lab_up tunnel
	quiet_link
	during_drop --only=route
	until_ok "its probes' cgroup" its_cgroup_is_there
	until_ok "a change" told_or_again ".event.action == \"change\" and $(route_to 0.0.0.0/1) and $(fails route)"
	probe_stop
	assert_equal "exit status" 1 "$TEST_STATUS"
	assert_probes "$(route_to "$VPN4/32")" "$VERDICT == \"exempt\""
	assert_wire_clean
}
