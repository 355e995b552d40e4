# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# leakaudit test: it finds each fault, and lets none of its probes out.

# probe STATUS ARG...: tests the client's host while its wire is captured, and compares the exit status.
probe() {
	probe_from client "$@"
	assert_equal "what is left of its cgroup" "" "$(find "$LAB_CGROUP" -name 'leakaudit-test*')"
}

probe_from() {
	local host=$1 expected=$2 status=0

	PROBES=$LAB_DIR/probes.json
	capture_start
	(enter "$host" "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --format json "${@:3}") >"$PROBES" || status=$?
	capture_stop
	assert_equal "exit status" "$expected" "$status"
	jq -e . "$PROBES" >/dev/null || fail "not JSON"
	assert_equal "probes in the summary" "$(probe_count true)" "$(probe_summary .probes)"
}

probe_summary() {
	jq -r "select(.event.action == \"summary\") | .leakaudit.test | $1" "$PROBES"
}

# probe_count CONDITION
probe_count() {
	jq -s "map(select(.event.action == \"probe\" and ($1))) | length" "$PROBES"
}

# assert_probes CONDITION FILTER...: there are such probes, and each FILTER holds for every one of them.
assert_probes() {
	local filter

	[ "$(probe_count "$1")" != 0 ] || fail "no probe where $1"
	for filter in "${@:2}"; do
		assert_equal "probes where $1 and not $filter" 0 "$(probe_count "($1) and (($filter) | not)")"
	done
}

VERDICT='.leakaudit.probe.verdict'
PASSES="$VERDICT == \"pass\""
FREE='.leakaudit.probe.bound == "free"'
FRAME='.leakaudit.probe.kind == "frame"'
LSD='.leakaudit.probe.kind == "lsd"'
ROUTE='.leakaudit.probe.kind == "route"'
LOOKUP='.leakaudit.probe.kind == "lookup" or .leakaudit.probe.kind == "resolver"'
IPV4='.network.type == "ipv4"'
IPV6='.network.type == "ipv6"'

# path IF: jq's words for the interface that a probe took.
path() {
	echo ".observer.egress.interface.name == \"$1\""
}

# fails CAUSE: it would have left by eth0, and was stopped.
fails() {
	echo "$VERDICT == \"fail\" and .leakaudit.probe.stopped and $(path eth0) and $(cause "$1") and .leakaudit.probe.remedy"
}

# assert_wire_clean: nothing of the client's but the tunnel's own packets was on the wire.
assert_wire_clean() {
	assert_equal "packets that left" "0 0" "$(captured "not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR")"
}

# Frames pass every firewall of the IP layer: a chain at the interface stops them.
frames_are_stopped() {
	in_netns client nft "add table netdev f; add chain netdev f out { type filter hook egress device eth0 priority 0; policy drop; };
		add rule netdev f out ip daddr $VPN4 udp dport $TUNNEL_PORT accept; add rule netdev f out ip6 nexthdr icmpv6 accept;
		add rule netdev f out ether type arp accept" 2>"$LAB_DIR/nft.log" || skip "no nft egress hook: $(head -n 1 "$LAB_DIR/nft.log")"
}

# --- each fault is found ---

test_no_tunnel_at_all() {
	lab_up ipv6 dns
	probe 1
	assert_probes "($LSD or $FRAME) | not" "$(fails no-tunnel)"
	assert_probes "$FRAME" "$(fails no-tunnel)"
	assert_probes "$LSD" "$VERDICT == \"exempt\"" "$(path eth0)"
	assert_equal "kinds" 15 "$(jq -s 'map(.leakaudit.probe.kind // empty) | unique | length' "$PROBES")"
	assert_equal "ways of a DNS question" 6 "$(probe_count '.leakaudit.probe.kind == "dns"')"
	assert_equal "those with the exposed address" "$CLIENT4 $CLIENT6" \
		"$(jq -rs 'map(.source.ip // empty) | unique | join(" ")' "$PROBES")"
	assert_wire_clean
}

test_ipv6_beside_the_tunnel() {
	lab_up tunnel dns ipv6
	probe 1
	assert_probes "$IPV6 and $FREE and ($LSD | not)" "$(fails family)"
	assert_probes "$IPV4 and $FREE and ($ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_probes "$LOOKUP" "$PASSES" "$(path tun0)"
	assert_wire_clean
}

test_resolver_outside() {
	lab_up tunnel resolver
	lab_names "$ISP4"
	probe 1
	assert_probes "$LOOKUP" "$(fails resolver)"
	assert_probes "$IPV4 and $FREE and ($LOOKUP or $ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_wire_clean
}

test_half_route() {
	lab_up tunnel dns
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0 proto dhcp
	probe 1
	assert_probes "$IPV4 and $FREE and ($LSD or $LOOKUP or $ROUTE | not)" "$(fails route)" '.leakaudit.route.prefix == "128.0.0.0/1"' \
		'.leakaudit.route.protocol == "dhcp"' '.leakaudit.probe.remedy | test("128.0.0.0/1")'
	assert_wire_clean
}

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

test_sockets_bound_past_the_tunnel() {
	lab_up tunnel dns
	probe 1
	assert_probes "$IPV4 and .leakaudit.probe.bound == \"device\" and ($LSD or $FRAME | not)" "$(fails bound)"
	assert_probes "$FRAME" "$VERDICT == \"fail\"" "$(path eth0)"
	assert_probes "$IPV4 and .leakaudit.probe.bound != \"device\" and ($LSD or $ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_probes "$IPV6 and ($FRAME | not)" "$PASSES" '.observer | not'
	assert_wire_clean
}

test_source_address_routed_past_the_tunnel() {
	lab_up tunnel dns
	ip_in client rule add from "$CLIENT4" lookup 77
	ip_in client route add default via "$ISP4" dev eth0 table 77
	probe 1 --only=udp,tcp
	assert_probes '.leakaudit.probe.bound == "address"' "$VERDICT == \"fail\"" "$(path eth0)"
	assert_probes "$IPV4 and $FREE" "$PASSES" "$(path tun0)"
	assert_wire_clean
}

# What it asks, it asks from outside the test: neither seen nor stopped.
test_local_resolver_is_not_asked() {
	lab_up tunnel
	lab_names 127.0.0.53
	probe 1 --only=lookup,resolver
	assert_probes "$LOOKUP" "$VERDICT == \"unknown\"" '.event.outcome == "unknown"' '.leakaudit.probe.why | test("127.0.0.53")'
	assert_wire_clean
}

# --- and what stops them is seen ---

test_firewall_that_lets_only_the_tunnel_out() {
	lab_up tunnel dns ipv6
	in_netns client nft "add table inet f; add chain inet f out { type filter hook output priority 0; policy drop; };
		add rule inet f out oifname { lo, tun0 } accept; add rule inet f out ip daddr $VPN4 udp dport $TUNNEL_PORT accept"
	frames_are_stopped
	probe 0
	assert_probes "$IPV4 and $FREE and ($ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_probes "$ROUTE" "$PASSES" '.leakaudit.probe.why | test("refused by a firewall")'
	assert_probes ".leakaudit.probe.bound == \"device\"" "$PASSES" '.leakaudit.probe.why | test("firewall|stopped at the interface")'
	assert_wire_clean
}

# Sockets that are bound to an interface do without a route: the kernel takes all to be on that link then.
test_blackhole_route() {
	lab_up ipv6
	ip_in client route add blackhole default
	ip_in client -6 route add blackhole default metric 1
	probe 1
	assert_probes ".leakaudit.probe.bound != \"device\" and ($LSD or $LOOKUP or $ROUTE | not)" "$PASSES" '.observer | not' \
		'.leakaudit.probe.why | test("no route")'
	assert_probes "$LOOKUP" "$PASSES" '.observer | not'
	assert_probes ".leakaudit.probe.bound == \"device\" and ($LSD | not)" "$(fails no-tunnel)"
	assert_wire_clean
}

# A rule for a cgroup holds for those below it, and for no other.
test_policy_of_a_cgroup() {
	local level

	lab_up
	level=$(cgroup_path "$SCOPE" | tr -cd / | wc -c)
	# nft looks for cgroups below /sys/fs/cgroup only
	nsenter --net="$(netns client)" -- unshare --mount --propagation private -- sh -c "mount --bind $CGROUP_MOUNT /sys/fs/cgroup &&
		nft 'add table inet f; add chain inet f out { type filter hook output priority 0; };
			add rule inet f out socket cgroupv2 level $level \"$(cgroup_path "$SCOPE" | cut -c 2-)\" oifname eth0 drop'" \
		2>"$LAB_DIR/nft.log" || skip "nft cannot match cgroups here: $(head -n 1 "$LAB_DIR/nft.log")"
	probe 0 --cgroup "$SCOPE" --only=udp,tcp,dns,icmp
	assert_probes true "$PASSES"
	assert_equal "scope" "$(cgroup_path "$SCOPE")" "$(jq -r 'select(.event.action == "summary") | .leakaudit.scope' "$PROBES")"
	probe 1 --only=udp,tcp,dns,icmp
	assert_probes "$IPV4" "$(fails no-tunnel)"
	assert_wire_clean
}

# Each program on a cgroup sees what the others stop: that ours saw a packet does not mean that it would have left.
test_another_leakaudit_stops_them() {
	lab_up ipv6
	start_leakaudit --cgroup "$SCOPE" --drop
	probe 0 --cgroup "$SCOPE"
	assert_probes "$LSD | not" "$PASSES"
	# a connection is refused before it has a packet, whoever refuses it
	assert_probes "$IPV4 and .network.transport != \"tcp\" and ($LSD or $LOOKUP | not)" '.leakaudit.probe.why | test("another leakaudit")'
	assert_wire_clean
	probe 1
	stop_leakaudit
}

test_allowed_destination() {
	lab_up
	probe 1 --allow 203.0.113.77/udp
	assert_probes "$IPV4 and .network.transport == \"udp\" and ($LSD or $LOOKUP or $ROUTE | not)" "$VERDICT == \"exempt\""
	assert_probes "$IPV4 and .network.transport == \"tcp\"" "$(fails no-tunnel)"
	assert_wire_clean
}

# --- where and how ---

# From another namespace: where the process is, its probes are sent, and its resolvers are asked.
test_process_in_another_namespace() {
	lab_up tunnel resolver
	lab_names "$ISP4"
	spawn_client sleep sleep 100
	probe_from vpn 1 --pid "$SPAWNED"
	assert_probes "$IPV4 and $FREE and ($LOOKUP or $ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_probes "$LOOKUP" "$(fails resolver)"
	assert_wire_clean
}

test_given_destinations() {
	lab_up tunnel dns ipv6
	probe 1 --to "$PEER4" --to "$PEER6" --only=udp,tcp,stun
	assert_probes "$IPV4" ".destination.ip == \"$PEER4\""
	assert_probes "$IPV6" ".destination.ip == \"$PEER6\"" "$(fails family)"
	assert_wire_clean
}

test_let_out_on_request() {
	lab_up
	probe 1 --no-drop-probes --only=udp,dns,tcp --to "$PEER4"
	assert_probes "$IPV4" "$VERDICT == \"fail\"" '.leakaudit.probe.stopped | not'
	[ "$(captured "dst host $PEER4 and udp dst port 53")" != "0 0" ] || fail "no question left"
	[ "$(captured "dst host $PEER4 and tcp dst port 80")" != "0 0" ] || fail "no connection left"
}

# during_drop ARG...: in the background, until probe_stop.
during_drop() {
	PROBES=$LAB_DIR/probes.json
	capture_start
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --during-drop --interval 0.5 --format json "$@") \
		>"$PROBES" 2>"$LAB_DIR/test.log" &
	TEST_PID=$!
}

probe_stop() {
	TEST_STATUS=0
	kill -INT "$TEST_PID"
	until_ok "the test's end" dead "$TEST_PID"
	wait "$TEST_PID" || TEST_STATUS=$?
	capture_stop
	assert_equal "what is left of its cgroup" "" "$(find "$LAB_CGROUP" -name 'leakaudit-test*')"
}

told() {
	alive "$TEST_PID" || fail "the test has ended: $(cat "$LAB_DIR/test.log")"
	jq -en "[inputs | select($1)] != []" "$PROBES" >/dev/null
}

test_while_the_tunnel_falls() {
	lab_up tunnel dns
	during_drop --only=udp,dns-tcp,lookup
	until_ok "its probes' cgroup" its_cgroup_is_there
	tunnel_fall
	until_ok "a change" told ".event.action == \"change\" and .leakaudit.probe.kind == \"udp\" and $FREE and $IPV4 and
		.leakaudit.before.interface == \"tun0\" and $(fails tunnel-down)"
	until_ok "a change" told ".event.action == \"change\" and .leakaudit.probe.kind == \"lookup\" and $VERDICT == \"fail\""
	tunnel_up
	until_ok "a change" told ".event.action == \"change\" and $FREE and $IPV4 and $PASSES and .leakaudit.before.verdict == \"fail\" and $(path tun0)"
	probe_stop
	assert_equal "exit status" 1 "$TEST_STATUS"
	assert_probes "$FREE and $IPV4" "$(fails tunnel-down)"
	assert_wire_clean
}

test_route_that_comes_later() {
	lab_up tunnel
	quiet_link
	during_drop --only=route
	until_ok "its probes' cgroup" its_cgroup_is_there
	lower_half
	until_ok "a change" told ".event.action == \"change\" and $(route_to 0.0.0.0/1) and $(fails route)"
	probe_stop
	assert_equal "exit status" 1 "$TEST_STATUS"
	assert_probes "$(route_to "$VPN4/32")" "$VERDICT == \"exempt\""
	assert_wire_clean
}

its_cgroup_is_there() {
	[ -n "$(find "$LAB_CGROUP" -name 'leakaudit-test*')" ] && sleep 1.5
}

# Nobody can say any more that all is stopped: then nothing is sent.
test_refuses_to_send_without_the_hooks() {
	local bpftool cgroup id

	bpftool=$("$(dirname "$LAB_LIB")/../tools/deps.sh" find-bpftool) || skip "bpftool is not installed"
	lab_up
	during_drop --only=udp
	until_ok "its probes' cgroup" its_cgroup_is_there
	cgroup=$(find "$LAB_CGROUP" -name 'leakaudit-test*')
	id=$(stat -c %i "$cgroup")
	for id in $("$bpftool" -j link show | jq -r ".[] | select(.type == \"cgroup\" and .cgroup_id == $id) | .id"); do
		"$bpftool" link detach id "$id"
	done
	until_ok "the refusal" grep -q "no probe was sent: somebody detached a hook" "$LAB_DIR/test.log"
	probe_stop
	[ "$(probe_summary .refused)" -gt 0 ] || fail "no round was refused"
	assert_wire_clean
}

test_words_that_are_wrong() {
	local words

	lab_up
	for words in "--to example.com" "--to 192.0.2.1 --to 192.0.2.2" "--only=dsn" "--format xml" "--pid 1 --unit a" \
		"--duration 5" "--drop-probes --no-drop-probes" "--allow nonsense" "operand"; do
		# shellcheck disable=SC2086 # words
		assert_status 2 $words
	done
	assert_status 3 --cgroup /there/is/none
	assert_status 3 --pid 999999999
	assert_status 0 --help
}

assert_status() {
	local status=0

	in_client "$LEAKAUDIT" test "${@:2}" >"$LAB_DIR/words.log" 2>&1 || status=$?
	assert_equal "exit status of ${*:2}" "$1" "$status"
}

test_table_for_people() {
	lab_up tunnel dns ipv6
	in_client "$LEAKAUDIT" test >"$LAB_DIR/table.log" && fail "it passed"
	grep -qE '^dns +ipv4 +no, eth0.s address +tun0 +pass +into the tunnel$' "$LAB_DIR/table.log" || fail "no row that passes"
	grep -qE '^dns +ipv6 +no, eth0.s address, eth0 +eth0 +FAIL +the tunnel has no IPv6$' "$LAB_DIR/table.log" || fail "no row that fails"
	grep -q 'disable_ipv6' "$LAB_DIR/table.log" || fail "no remedy"
	awk 'length > 100 { exit 1 }' "$LAB_DIR/table.log" || fail "a line of more than 100 columns"
}
