# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# So many interfaces that tcx would take too long: the hooks are filters of clsact, where nobody else has anything.

# crowd_up: others have something at two of them: a discipline that takes filters.
crowd_up() {
	local i

	for ((i = 0; i < 40; i += 2)); do
		echo "link add crowd$i type veth peer crowd$((i + 1))"
		echo "link set crowd$i up"
		echo "link set crowd$((i + 1)) up"
	done | in_netns client ip -batch -
	in_netns client tc qdisc add dev crowd1 clsact
	in_netns client tc qdisc add dev crowd2 ingress
}

disciplines() {
	in_netns client tc qdisc show dev "$1" | awk '$2 == "clsact" || $2 == "ingress" { print $2 }'
}

filters() {
	in_netns client tc filter show dev "$1" egress | grep -c 'la_tc_leash' || true
}

assert_by_clsact() {
	assert_equal "how" clsact "$(events '.event.action == "ready"' | jq -r .leakaudit.tc)"
	assert_equal "filters of eth0" 1 "$(filters eth0)"
}

frame_passes() {
	in_client "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 \
		>/dev/null 2>&1 </dev/null
}

test_many_interfaces() {
	lab_up
	crowd_up
	watch_client
	assert_by_clsact
	assert_equal "at those of others" "clsact 0 ingress 0" "$(disciplines crowd1) $(filters crowd1) $(disciplines crowd2) $(filters crowd2)"
	program tc-last 1000000000
	in_netns client tc filter add dev crowd3 egress prio 5 bpf da object-pinned "$PIN"
	rm "$PIN"
	sender_start some udp "$PEER4" 9 --count 7
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 --count 5
	wait_for_leak '.leakaudit.hook == "tc"'
	ip_in client link set crowd4 netns "$LAB-isp" # what it sends there comes in by crowd5
	wait_for '.leakaudit.interface.name == "crowd4" and .leakaudit.interface.change == "gone"'
	watch_end
	assert_all_exact
	assert_equal "what is left" " clsact ingress clsact" "$(disciplines eth0) $(disciplines crowd1) $(disciplines crowd2) $(disciplines crowd3)"
}

# Its filters are left, and do nothing.
test_death_among_many_interfaces() {
	lab_up
	crowd_up
	start_leakaudit --cgroup "$SCOPE" --drop
	assert_by_clsact
	frame_passes && fail "a frame was sent"
	probe_frames_beside_another
	end_process "$LEAKAUDIT_PID" KILL
	assert_equal "filters of eth0" 1 "$(filters eth0)"
	until_ok "frames to pass" frame_passes
	rm "$OUT"
	watch_client
	assert_equal "how" tcx "$(events '.event.action == "ready"' | jq -r .leakaudit.tc)"
	watch_end
	assert_complete
}

test_a_tcx_program_before_one_of_many() {
	lab_up
	crowd_up
	watch_client
	assert_by_clsact
	PIN=/sys/fs/bpf/$LAB-tcx
	in_netns client python3 "$LAB_LIB/refuse.py" tcx "$PIN" "$(ifindex client eth0)"
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 5
	watch_end
	rm "$PIN"
	assert_unexplained eth0 5
	[[ $(summary .incomplete) == *"the tc program refuse" ]] || fail "incomplete: $(summary .incomplete)"
}

# program KIND NUMBER: of somebody else, to PIN.
program() {
	PIN=/sys/fs/bpf/$LAB-$1
	python3 "$LAB_LIB/refuse.py" "$1" "$PIN" "$2"
}
