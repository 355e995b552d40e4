# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# leakaudit test: it finds each fault, and lets none of its probes out.

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

test_sockets_bound_past_the_tunnel() {
	lab_up tunnel dns
	probe 1
	assert_probes "$IPV4 and .leakaudit.probe.bound == \"device\" and ($LSD or $FRAME | not)" "$(fails bound)"
	assert_probes "$FRAME" "$VERDICT == \"fail\"" "$(path eth0)"
	assert_probes "$IPV4 and .leakaudit.probe.bound != \"device\" and ($LSD or $ROUTE | not)" "$PASSES" "$(path tun0)"
	assert_probes "$IPV6 and ($FRAME | not)" "$PASSES" '.observer.egress | not'
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
	assert_probes ".leakaudit.probe.bound != \"device\" and ($LSD or $LOOKUP or $ROUTE | not)" "$PASSES" '.observer.egress | not' \
		'.leakaudit.probe.why | test("no route")'
	assert_probes "$LOOKUP" "$PASSES" '.observer.egress | not'
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
	assert_status 1 --only=udp,dns --cgroup "$(lab_cgroup free)" --cgroup "$SCOPE"
	assert_equal "the verdicts, in the order that was given" "Not safe. $(cgroup_path "$LAB_CGROUP/free") Safe. $(cgroup_path "$SCOPE")" \
		"$(sed -n 's/^\(.*safe\. .*\): .* probes .*/\1/Ip' "$LAB_DIR/words.log" | xargs)"
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
	# no plain packet of IPv6 can be sent: what the other one is to stop, and that it works, is proof
	in_netns client sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	probe 0 --cgroup "$SCOPE" --only=frame,icmp
	assert_probes "$IPV6 and $FRAME" "$PASSES" "$(path eth0)" '.leakaudit.probe.why | test("another leakaudit")'
	probe 1 --cgroup "$SCOPE" --only=frame
	assert_probes "$FRAME" "$VERDICT == \"unknown\"" '.leakaudit.probe.remedy | test("--only=frame,icmp")'
	assert_wire_clean
	stop_leakaudit
}

# Its hook at TC is a filter then.
test_another_leakaudit_stops_frames_by_clsact() {
	lab_up
	guard_make --tc clsact
	probe_frames_beside_another
	assert_status 0 --cgroup "$SCOPE" --only=icmp
	grep -q "Another leakaudit watches or guards" "$LAB_DIR/words.log" || fail "nothing is said of the guard's sums"
	guard_release
	probe 1 --cgroup "$SCOPE" --only=frame,icmp
	assert_probes "$FRAME" "$(fails no-tunnel)"
	assert_wire_clean
}

# Its probes are others' to a watch of this cgroup, and end before they come to the watch's hook at TC.
test_beside_a_watch_of_another_cgroup() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	probe 1
	probe 1
	stop_leakaudit
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
	assert_complete
}

# What its probes tell inside the tunnel, they tell on purpose. They are stopped outside.
test_beside_a_watch_of_the_same_processes() {
	lab_up tunnel
	start_leakaudit --cgroup "$SCOPE"
	probe 1 --cgroup "$SCOPE" --only=udp
	assert_probes '.leakaudit.probe.bound == "address"' "$PASSES" "$(path tun0)"
	stop_leakaudit
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
	assert_no_event '.leakaudit.detail == "address-inside"'
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
	until_ok "the refusal" grep -q "no probe was sent: another process detached a hook" "$LAB_DIR/test.log"
	probe_stop
	[ "$(probe_summary .refused)" -gt 0 ] || fail "no round was refused"
	assert_wire_clean
}

test_words_that_are_wrong() {
	local words

	lab_up
	for words in "--to example.com" "--to 192.0.2.1 --to 192.0.2.2" "--only=dsn" "--format xml" "--pid 1 --unit a --during-drop" \
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
	head -n 4 "$LAB_DIR/table.log" | tr '\n' ' ' | grep -q '^Not safe. By default IPv4 is safe (into the tunnel), IPv6 leaves past the tunnel by eth0' ||
		fail "no verdict: $(head -n 4 "$LAB_DIR/table.log")"
	tr '\n' ' ' <"$LAB_DIR/table.log" | tr -s ' ' | tee "$LAB_DIR/one.log" |
		grep -q 'FAIL ipv6, eth0: the tunnel has no IPv6 udp, tcp, dns, .*torrent, .*; bound: no, eth0.s address, eth0 ' || fail "rows of one cause are not together"
	grep -q 'pass ipv4, tun0: into the tunnel udp, .*; bound: no, eth0.s address ' "$LAB_DIR/one.log" || fail "no row that passes"
	grep -q 'disable_ipv6' "$LAB_DIR/table.log" || fail "no remedy"
	awk 'length > 80 { exit 1 }' "$LAB_DIR/table.log" || fail "a line of more than 80 columns"
	in_client script -qec "stty cols 80; $LEAKAUDIT test --only=udp -o text" /dev/null >"$LAB_DIR/narrow.log" || true
	sed 's/\x1b\[[0-9;]*m//g; s/\r//g' "$LAB_DIR/narrow.log" | awk 'length > 80 { exit 1 }' || fail "a line of more than 80 columns"
}
