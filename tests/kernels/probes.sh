# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash disable=SC2154,SC2034 # what the guest sets and reads
# leakaudit test: what stops its probes is told from what would have let them out, and none gets out.

PROBES=$D/probes.json

probe() {
	(into world "/run/netns/$CLIENT" leakaudit test -o json "$@") >"$PROBES" 2>"$D/log"
	echo "$?" >"$D/status"
}

# probed FILTER FILTER: how many probes of the first one the second one holds for.
probed() {
	jq -s "map(select(.event.action == \"probe\" and ($1) and ($2))) | length" "$PROBES"
}

# all_are FILTER FILTER: the second one holds for all that the first one holds for, of which there are some.
all_are() {
	[ "$(probed "$1" true)" != 0 ] || { echo "no probe where $1"; cat "$D/log"; return 1; }
	same "$(probed "$1" true)" "$(probed "$1" "$2")" || { jq -c "select(.leakaudit.probe and ($1) and (($2) | not))" "$PROBES"; return 1; }
}

verdict() {
	echo ".leakaudit.probe.verdict == \"$1\""
}

why() {
	echo ".leakaudit.probe.why | test(\"$1\")"
}

# What a kernel does not say is a doubt.
stopped_by_tc() {
	if [ "$(uname -r | awk -F. '{ print $1 * 1000 + $2 }')" -ge 5018 ]; then
		echo "$(verdict pass) and ($(why "^stopped by a tc filter"))"
	else
		echo "$(verdict unknown) and ($(why "nothing says what stopped it"))"
	fi
}

probe_filters() {
	local v4='.network.type == "ipv4" and .leakaudit.probe.kind != "frame"' before

	before=$(wire)
	in_ns "$CLIENT" "$TC" qdisc add dev eth0 clsact 2>/dev/null # it is there already
	if ! in_ns "$CLIENT" "$TC" filter add dev eth0 egress protocol ip prio 9 matchall action drop >"$D/why" 2>&1; then
		echo "skip $test/filter ($(tail -n 1 "$D/why" | tr -d '()'))"
		return
	fi
	for mode in auto clsact; do
		probe --only=udp,dns-tcp,icmp,frame --tc $mode
		check "filter/$mode" all_are "$v4" "$(stopped_by_tc)"
		check "filter/$mode/frame" all_are '.network.type == "ipv4" and .leakaudit.probe.kind == "frame"' "$(why "stopped at the interface")"
		check "filter/$mode/ipv6" all_are '.network.type == "ipv6"' "$(verdict fail)"
	done
	in_ns "$CLIENT" "$TC" filter add dev eth0 egress protocol ip prio 8 matchall action pass
	probe --only=udp,icmp
	check filter/passes all_are "$v4" "$(verdict unknown) and ($(why "^was dropped before the tc filter matchall"))"
	in_ns "$CLIENT" "$TC" qdisc del dev eth0 clsact
	probe --only=udp,icmp
	check filter/gone all_are "$v4" "$(verdict fail)"
	check filter/wire same "$before" "$(wire)"
}

# Whatever stands on a device, and however it copies packets.
probe_stack() {
	local kind=$1 named=$2 before

	# nobody there asks for a probe's neighbour
	client neigh replace "$FAR" lladdr 02:00:00:00:01:01 dev eth1 2>/dev/null
	before=$(wire1)
	probe --only=udp,dns-tcp,icmp --to "$FAR"
	check "$kind/verdict" all_are '.network.type == "ipv4" and .leakaudit.probe.bound == "free"' \
		"$(verdict fail) and .leakaudit.probe.stopped and .observer.egress.interface.name == \"$named\""
	check "$kind/wire" same "$before" "$(wire1)"
}

test_probes() {
	probe_filters
	each_stack probe_stack
}
