# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Who leaks, and whose traffic is audited at all.

test_client_started_before_leakaudit() {
	lab_up
	sender_start udp udp "$PEER4" 9 --connect --count 0 --lines
	sender_start loose udp "$DNS4" 9 --count 0 --lines
	sender_start tcp tcp "$STUN4" 9 --count 0 --lines
	watch_client
	sender_line udp "connected"
	sender_line loose "not connected"
	sender_line tcp "a stream"
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$DNS4\""
	wait_for_leak ".destination.ip == \"$STUN4\""
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(by "${SENDER_PID[udp]}" send)"
	assert_leaks_where ".destination.ip == \"$DNS4\"" "$(by "${SENDER_PID[loose]}" send)"
	assert_leaks_where ".destination.ip == \"$STUN4\"" "$(by "${SENDER_PID[tcp]}" send)"
	assert_all_exact
}

# Sockets keep the cgroup that they were made in, so the cgroup's own hook never sees these.
test_process_moved_in_before_leakaudit() {
	lab_up
	moved_senders_open
	cgroup_move "$APP" "${SENDER_PID[udp]}"
	cgroup_move "$APP" "${SENDER_PID[tcp]}"
	watch_client
	moved_senders_are_seen
}

test_process_moved_in_while_watched() {
	lab_up
	moved_senders_open
	watch_client
	cgroup_move "$APP" "${SENDER_PID[udp]}"
	cgroup_move "$APP" "${SENDER_PID[tcp]}"
	moved_senders_are_seen
}

moved_senders_open() {
	local elsewhere

	elsewhere=$(lab_cgroup elsewhere)
	sender_start_in udp "$elsewhere" udp "$PEER4" 9 --connect --lines
	sender_start_in tcp "$elsewhere" tcp "$STUN4" 9 --lines
}

moved_senders_are_seen() {
	sender_line udp "a datagram"
	sender_line tcp "a stream"
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$STUN4\""
	watch_end
	assert_leaks "$(class ipv4)" '.leakaudit.hook == "tc"'
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(by "${SENDER_PID[udp]}" send)"
	assert_leaks_where ".destination.ip == \"$STUN4\"" "$(by "${SENDER_PID[tcp]}" send)"
	assert_all_exact
}

test_other_cgroups_are_not_audited() {
	lab_up
	watch_client
	sender_start_in other "$(lab_cgroup elsewhere)" udp "$PEER4" 9 --count 5
	until_ok "the packets" captured_some "host $PEER4"
	watch_end
	assert_no_leak
}

test_target_by_pid() {
	lab_up
	sender_start_in target "$(lab_cgroup client/target)" udp "$PEER4" 9 --connect --lines
	sender_start other udp "$STUN4" 9 --connect --lines
	start_leakaudit --pid "${SENDER_PID[target]}"
	capture_start
	sender_line other "not asked for"
	sender_line target "asked for"
	wait_for_leak "$(by "${SENDER_PID[target]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[target]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_exact true "host $PEER4"
}

# The loader sits in another network namespace than its target.
test_target_in_another_network_namespace() {
	lab_up tunnel
	sender_start inside udp "$PEER4" 9 --connect --lines
	LEAKAUDIT_HOST=vpn start_leakaudit --cgroup "$SCOPE"
	capture_start
	sender_line inside "through the tunnel"
	sender_start bound udp "$PEER4" 9 --bind-device eth0
	sender_start frame packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7
	wait_for_leak "$(by "${SENDER_PID[bound]}" send)"
	wait_for_leak ".source.port == 7"
	watch_end
	assert_leaks "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_all_exact
}

# The whole machine, the lab's servers included: of its leaks only the client's are the test's.
test_host_scope() {
	local ours

	lab_up
	ours=".leakaudit.cgroup.path == \"$(cgroup_path "$APP")\""
	start_leakaudit
	capture_start
	sender_start plain udp "$PEER4" 9 --connect --lines
	sender_line plain "and more"
	wait_for_leak "$ours"
	watch_end
	assert_leaks_where "$ours" "$(by "${SENDER_PID[plain]}" send)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_exact "$ours" "not $CAPTURE_NEIGHBOUR"
}

test_target_that_vanishes() {
	local short

	lab_up
	short=$(lab_cgroup client/short)
	start_leakaudit --cgroup "$short"
	rmdir "$short"
	await_leakaudit
	assert_no_event "$LEAK"
}
