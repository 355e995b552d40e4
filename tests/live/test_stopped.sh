# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# leakaudit test: a probe that was stopped before it came to TC egress passes, and says by what; what is only broken
# proves nothing. No probe gets out, whatever stands there.

KINDS=--only=udp,dns,dns-tcp,icmp

why() {
	echo ".leakaudit.probe.why | test(\"$1\")"
}

UNKNOWN="$VERDICT == \"unknown\""

# device_rule RULE: the last rule of a chain at the client's card, behind one that lets neighbours be found.
device_rule() {
	in_netns client nft "add table netdev f; add chain netdev f out { type filter hook egress device eth0 priority 0; };
		add rule netdev f out ether type arp accept; add rule netdev f out ip6 nexthdr icmpv6 icmpv6 type { 133-137 } accept;
		add rule netdev f out $1" 2>"$LAB_DIR/nft.log" || skip "no nft egress hook: $(head -n 1 "$LAB_DIR/nft.log")"
}

# tc_filter WORD...: of tc-filter(8), at the client's card.
tc_filter() {
	in_netns client tc qdisc add dev eth0 clsact 2>/dev/null || true # it is there already
	in_netns client tc filter add dev eth0 egress "$@" 2>"$LAB_DIR/tc.log" || skip "no such tc filter: $(head -n 1 "$LAB_DIR/tc.log")"
}

test_another_program_on_the_cgroup() {
	lab_up ipv6
	refuse "$SCOPE" 1
	probe 0 --cgroup "$SCOPE" "$KINDS"
	assert_probes true "$PASSES" "$(path eth0)" "$(why "^stopped by the program refuse on a cgroup")"
	assert_wire_clean
	probe 1 "$KINDS"
	assert_probes true "$(fails no-tunnel)"
	assert_wire_clean
}

test_rule_at_the_device() {
	lab_up ipv6
	device_rule drop
	probe 0 "$KINDS,frame"
	assert_probes "$FRAME" "$PASSES" "$(why "stopped at the interface")"
	assert_probes "$FRAME | not" "$PASSES" "$(path eth0)" "$(why "^stopped by a rule of netfilter at the device")"
	assert_wire_clean
}

test_rule_at_the_device_for_questions_only() {
	lab_up
	device_rule "udp dport 53 drop"
	probe 1 "$KINDS"
	assert_probes "$IPV4 and .leakaudit.probe.kind == \"dns\"" "$PASSES" "$(why "^stopped by a rule")"
	assert_probes "$IPV4 and .leakaudit.probe.kind != \"dns\"" "$(fails no-tunnel)"
	assert_wire_clean
}

test_tc_filter_that_drops() {
	local mode

	lab_up ipv6
	tc_filter protocol ip matchall action drop
	for mode in auto clsact; do
		probe 1 "$KINDS,frame" --tc "$mode"
		assert_probes "$IPV4 and ($FRAME | not)" "$PASSES" "$(path eth0)" "$(why "^stopped by a tc filter")"
		assert_probes "$IPV4 and ($FRAME)" "$PASSES" "$(why "stopped at the interface")"
		assert_probes "$IPV6" "$(fails no-tunnel)"
		assert_wire_clean
	done
	# before all filters, nothing is known of them
	probe 1 "$KINDS" --tc tcx
	assert_probes true "$UNKNOWN" "$(path eth0)" "$(why "^was dropped before the tc filter matchall")"
	assert_wire_clean
}

# What may pass a packet on may pass it past us.
test_tc_filter_that_passes() {
	lab_up
	tc_filter protocol ip prio 7 flower ip_proto udp dst_port 53 action pass
	tc_filter protocol ip prio 8 matchall action drop
	probe 1 "$KINDS"
	assert_probes "$IPV4" "$UNKNOWN" "$(why "^was dropped before the tc filter flower")" '.leakaudit.probe.remedy | test("--no-drop-probes")'
	assert_wire_clean
	probe 1 "$KINDS" --no-drop-probes
	assert_probes "$IPV4 and .leakaudit.probe.kind == \"dns\"" "$VERDICT == \"fail\""
	assert_probes "$IPV4 and .leakaudit.probe.kind != \"dns\"" "$PASSES" "$(why "^stopped by a tc filter")"
}

test_tc_filter_that_is_a_program() {
	local pin=/sys/fs/bpf/$LAB-refuse status=0

	lab_up
	python3 "$LAB_LIB/refuse.py" tc "$pin" 1
	(tc_filter prio 60000 bpf da object-pinned "$pin") || status=$?
	rm -f "$pin"
	((!status)) || exit "$status"
	probe 1 "$KINDS"
	assert_probes "$IPV4" "$UNKNOWN" "$(why "^was dropped before the tc filter refuse")"
	assert_wire_clean
	probe 0 "$KINDS" --no-drop-probes
	assert_probes "$IPV4" "$PASSES" "$(why "^stopped by a tc filter")"
}

# Filters come and go while the test runs.
test_tc_filter_that_comes_later() {
	lab_up
	during_drop --only=udp
	until_ok "its probes' cgroup" its_cgroup_is_there
	tc_filter protocol ip prio 8 matchall action drop
	until_ok "a pass" told ".event.action == \"change\" and $IPV4 and $PASSES and ($(why "^stopped by a tc filter"))"
	tc_filter protocol ip prio 7 flower ip_proto udp dst_port 9 action pass
	until_ok "a doubt" told ".event.action == \"change\" and $IPV4 and $UNKNOWN and ($(why "^was dropped before"))"
	in_netns client tc filter del dev eth0 egress
	until_ok "a failure" told ".event.action == \"change\" and $IPV4 and .leakaudit.before.verdict == \"unknown\" and $(fails no-tunnel)"
	probe_stop
	assert_wire_clean
}

test_filters_of_what_comes_in_are_none() {
	lab_up
	in_netns client tc qdisc add dev eth0 ingress
	in_netns client tc filter add dev eth0 parent ffff: protocol ip matchall action pass 2>"$LAB_DIR/tc.log" ||
		skip "no such tc filter: $(head -n 1 "$LAB_DIR/tc.log")"
	probe 1 --only=udp
	assert_probes "$IPV4" "$(fails no-tunnel)"
	assert_wire_clean
}

# --- what is only broken ---

test_line_without_carrier() {
	local status=0

	lab_up
	ip_in isp link set isp0 down # where nothing can be captured then
	PROBES=$LAB_DIR/probes.json
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --format json "$KINDS") >"$PROBES" || status=$?
	assert_equal "exit status" 1 "$status"
	assert_probes "$IPV4 and ($FREE)" "$UNKNOWN" "$(path eth0)" "$(why "^eth0 has no carrier")" '.leakaudit.probe.remedy | test("when the line works")'
}

gateway_is_silent() {
	ip_in client neigh flush nud permanent dev eth0
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=8
	in_netns isp ip -6 addr flush dev isp0
}

test_gateway_that_does_not_answer() {
	lab_up ipv6
	gateway_is_silent
	probe 1 "$KINDS"
	assert_probes true "$UNKNOWN" "$(path eth0)" "$(why "^the gateway does not answer")" '.leakaudit.probe.remedy | test("when the line works")'
	assert_wire_clean
}

# Probes that wait for it do not outlive the test, however long the kernel would ask.
test_gateway_that_answers_when_the_test_is_over() {
	lab_up
	gateway_is_silent
	in_netns client sysctl -qw net.ipv4.neigh.eth0.mcast_solicit=100
	probe 1 "$KINDS"
	assert_probes "$IPV4" "$UNKNOWN"
	assert_wire_clean
	capture_start
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=0
	in_client ping -c 1 -W 3 "$ISP4" >/dev/null || fail "the gateway does not answer"
	capture_stop
	assert_equal "probes" "0 0" "$(captured "host 203.0.113.77")"
}

# Answered in time: the probe comes to TC, and fails.
test_gateway_that_answers_late() {
	lab_up
	gateway_is_silent
	capture_start
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --format json --only=udp) >"$LAB_DIR/probes.json" &
	PROBES=$LAB_DIR/probes.json
	until_ok "the neighbour to be sought" neighbour_is_sought
	sleep 0.5
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=0
	wait $! || true
	capture_stop
	assert_probes "$IPV4" "$(fails no-tunnel)"
	assert_wire_clean
}

neighbour_is_sought() {
	ip_in client neigh show dev eth0 nud incomplete | grep -q "^$ISP4"
}

# --- addresses ---

# address_in_doubt ADDRESS: duplicate detection goes on and on. It comes before those that are there.
address_in_doubt() {
	in_netns client sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=1000
	ip_in client addr add "$1/64" dev eth0
}

test_next_address_where_one_cannot_be_used() {
	lab_up ipv6
	address_in_doubt 2001:db8:1::99
	probe 1 --only=udp
	assert_probes "$IPV6 and .leakaudit.probe.bound == \"address\"" "$(fails no-tunnel)" ".source.ip == \"$CLIENT6\""
	assert_wire_clean
}

test_no_address_that_can_be_used() {
	lab_up ipv6
	address_in_doubt 2001:db8:1::99
	ip_in client addr del "$CLIENT6/64" dev eth0
	probe 1 --only=udp
	assert_probes "$IPV6 and .leakaudit.probe.bound == \"address\"" "$UNKNOWN" "$(why "^no address of eth0 can be used")" \
		'.leakaudit.probe.remedy | test("dadfailed")'
	assert_wire_clean
}

# --- interfaces over others ---

assert_stopped_at() {
	probe 1 --only=udp,dns-tcp,lsd,icmp,frame --to "$PEER4"
	assert_probes "$IPV4 and ($LSD or $FRAME | not) and (.leakaudit.probe.interface // \"$1\") == \"$1\"" "$VERDICT == \"fail\"" "$(path "$1")" \
		.leakaudit.probe.stopped
	assert_wire_clean
}

# The switch sends copies to each port, which are no socket's: none gets out.
test_bridge() {
	lab_up
	ip_in client link add br0 type bridge
	ip_in client link add port0 type veth peer name port1
	ip_in client link set port0 master br0 up
	ip_in client link set port1 up
	ip_in client link set eth0 master br0 # the port that was first gets the packet itself
	world_over br0
	assert_stopped_at br0
}

test_bridge_behind_a_program() {
	lab_up
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	refuse "$SCOPE" 1
	probe 0 --cgroup "$SCOPE" --only=udp,dns-tcp
	assert_probes "$IPV4" "$PASSES" "$(path br0)" "$(why "^stopped by the program refuse")"
	assert_wire_clean
}

test_macvlan() {
	lab_up
	ip_in client link add mv0 link eth0 address "$SECOND_MAC" type macvlan mode bridge
	neighbours isp isp0 "$SECOND_MAC" "$CLIENT4"
	world_over mv0
	assert_stopped_at mv0
}

test_vlan() {
	lab_up
	ip_in client link add link eth0 name eth0.7 type vlan id 7 2>"$LAB_DIR/vlan.log" || skip "no vlan: $(head -n 1 "$LAB_DIR/vlan.log")"
	world_over eth0.7
	assert_stopped_at eth0.7
}

test_vxlan() {
	lab_up
	ip_in client link add vx0 type vxlan id 7 dstport 4789 local "$CLIENT4" remote "$ISP4" 2>"$LAB_DIR/vxlan.log" ||
		skip "no vxlan: $(head -n 1 "$LAB_DIR/vxlan.log")"
	ip_in client addr add 198.51.103.2/24 dev vx0
	ip_in client link set vx0 up
	neighbours client vx0 02:00:00:00:07:02 198.51.103.1
	ip_in client route add "$PEER4" via 198.51.103.1 dev vx0
	probe 1 --only=udp,icmp --to "$PEER4"
	assert_probes "$IPV4 and $FREE" "$VERDICT == \"fail\"" "$(path vx0)" .leakaudit.probe.stopped
	assert_wire_clean
}
