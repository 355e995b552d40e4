# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A user of the scope who is root of a network namespace of his own, with a card in it: what he may set there proves nothing.

# box_up NAME: tests/lib/box.py, whose card is eth1.
box_up() {
	chmod 755 "$LAB_DIR"
	cp tests/lib/box.py "$LAB_DIR/box.py"
	mkfifo "$LAB_DIR/box.in"
	exec {BOX_FD}<>"$LAB_DIR/box.in"
	(enter client "$APP" setpriv --reuid 65534 --regid 65534 --clear-groups env PATH=/usr/bin:/bin:/usr/sbin:/sbin \
		unshare --user --map-root-user --net python3 "$LAB_DIR/box.py" "$1" "$PEER4" eth1) \
		<"$LAB_DIR/box.in" >"$LAB_DIR/box.log" 2>&1 {BOX_FD}>&- &
	BOX=$!
	until_ok "a box" box_has_said here
	world_plug_second_into "$BOX"
	nsenter --net="/proc/$BOX/ns/net" -- ip route add default via "$SECOND_ISP4"
}

box_has_said() {
	grep -q "$1" "$LAB_DIR/box.log" && return
	alive "$BOX" || skip "no namespace of a user's own, or not all that is needed in it: $(tail -n 1 "$LAB_DIR/box.log")"
	return 1
}

# box_sends NAME: dropped, each of them.
box_sends() {
	lab_up
	box_up "$1"
	start_leakaudit --cgroup "$APP" --drop
	capture_start second isp1
	echo >&"$BOX_FD"
	until_ok "what it does" box_has_said "done"
}

# assert_box_was_stopped PACKETS
assert_box_was_stopped() {
	stop_leakaudit
	capture_stop second
	assert_equal "on the wire" "" "$(tcpdump -r "$LAB_DIR/second.pcap" -nn "dst host $PEER4" 2>/dev/null)"
	assert_equal "dropped" "$1" "$(summary .summary.dropped.packets)"
	assert_complete
}

# He may set the addresses of his namespace, whatever that is connected to.
test_renewal_of_dhcp_there() {
	box_sends renew
	assert_box_was_stopped 1
}

# No hook is where such a filter stands, and a copy has no socket.
test_filter_that_takes_from_loopback() {
	box_sends take_from_loopback
	assert_equal "sent" 4 "$(grep -c sent "$LAB_DIR/box.log")"
	assert_box_was_stopped 5
	assert_leaks '.leakaudit.verdict == "dropped"' "(.message | contains(\" over eth1 \"))"
}

# There no hook is either, and what comes out of a tunnel may be forwarded by right.
test_filter_that_takes_from_a_tun() {
	box_sends take_from_a_tun
	stop_leakaudit
	capture_stop second
	assert_equal "on the wire" 1 "$(tcpdump -r "$LAB_DIR/second.pcap" -nn "dst host $PEER4" 2>/dev/null | wc -l)"
	[[ $(summary .incomplete) == *"may send packets on, past what judges them: the tc filter u32" ]] ||
		fail "incomplete: $(summary .incomplete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}
