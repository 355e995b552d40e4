# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# What only looks like the tunnel, or like its daemon: no way out.

# Not by way of an interpreter that is root's own.
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups env PATH=/usr/bin:/bin)

# impostor NAME SECONDS: in the background, as an unprivileged user of the scope.
impostor() {
	mknod -m 666 "$LAB_DIR/tun" c 10 200 || skip "no device node can be made"
	chmod 755 "$LAB_DIR"
	cp tests/lib/impostor.py "$LAB_DIR/impostor.py"
	spawn_client impostor "${NOBODY[@]}" python3 "$LAB_DIR/impostor.py" "$PEER4" "$LAB_DIR/tun" "$1" "$2"
	IMPOSTOR=$SPAWNED
	until_ok "an impostor" grep -q . "$LAB_DIR/impostor.log"
	! grep -q "namespace of its own" "$LAB_DIR/impostor.log" || skip "users may not make namespaces here"
	until_ok "its tun" grep -q "holds a tun" "$LAB_DIR/impostor.log"
}

assert_impostor_was_stopped() {
	wait "$IMPOSTOR" || fail "$(cat "$LAB_DIR/impostor.log")"
	! grep -q sent "$LAB_DIR/impostor.log" || fail "$(cat "$LAB_DIR/impostor.log")"
	grep -q "datagram .*not permitted" "$LAB_DIR/impostor.log" || fail "$(cat "$LAB_DIR/impostor.log")"
}

# Whose namespace anybody can make, whose tunnel it is anybody's as well.
test_tun_of_ones_own_makes_no_daemon() {
	lab_up
	guard_make
	guard_follow
	capture_start
	impostor tun0 3
	assert_impostor_was_stopped
	wait_for '.event.action == "interface" and .leakaudit.interface.name == "tun0"'
	stop_leakaudit
	capture_stop
	assert_silent
	assert_equal "exempt" "0 0" "$(summary_exempt transport)"
}

# Found when the guard is made, with the name of the user's own tunnel.
test_tun_before_the_guard_makes_no_daemon() {
	lab_up
	start_leakaudit --cgroup "$SCOPE" --drop # its datagrams before are stopped as well
	impostor tun0 4
	guard_make --tunnel tun0
	stop_leakaudit
	capture_start
	assert_impostor_was_stopped
	capture_stop
	assert_silent
}

# A tun that is its user's. Nothing leads into it.
test_tun_of_ones_user_makes_no_daemon() {
	lab_up
	mknod -m 666 "$LAB_DIR/tun" c 10 200 || skip "no device node can be made"
	chmod 755 "$LAB_DIR"
	ip_in client tuntap add vt0 mode tun user 65534
	ip_in client link set vt0 up
	guard_make
	guard_follow
	capture_start
	tun_daemon "${NOBODY[@]}" vt0
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "vt0"'
	kill -USR1 "$TUN_DAEMON"
	until_ok "its datagrams" grep -q "sent 0" "$LAB_DIR/daemon.log"
	# with a route it carries what goes there
	ip_in client addr add "$TUNNEL4/24" dev vt0
	until_ok "a daemon" daemon_sends
	stop_leakaudit
	capture_stop
	assert_equal "transport" "$(captured "udp and host $PEER4")" "$(summary_exempt transport)"
}

# tun_daemon PREFIX... NAME: holds that tun; its pid to TUN_DAEMON.
tun_daemon() {
	cp tests/lib/tun_daemon.py "$LAB_DIR/tun_daemon.py"
	spawn_client daemon "${@:1:$#-1}" python3 "$LAB_DIR/tun_daemon.py" "$LAB_DIR/tun" "${!#}" "$PEER4" 2
	TUN_DAEMON=$SPAWNED
	until_ok "its tun" grep -q holds "$LAB_DIR/daemon.log"
}

daemon_sends() {
	kill -USR1 "$TUN_DAEMON"
	grep -q "sent 2" "$LAB_DIR/daemon.log"
}

# A user's container with a VPN in it, of before the watch: its outer packets are the tunnel's, in its own namespace.
test_daemon_in_a_users_namespace() {
	lab_up
	mknod -m 666 "$LAB_DIR/tun" c 10 200 || skip "no device node can be made"
	chmod 755 "$LAB_DIR"
	tun_daemon "${NOBODY[@]}" unshare --user --map-root-user --net tun0
	world_plug_second_into "$TUN_DAEMON"
	nsenter --net="/proc/$TUN_DAEMON/ns/net" -- ip link set tun0 up
	nsenter --net="/proc/$TUN_DAEMON/ns/net" -- ip route add default via "$SECOND_ISP4"
	start_leakaudit --cgroup "$SCOPE"
	kill -USR1 "$TUN_DAEMON"
	until_ok "its datagrams" grep -q "sent 2" "$LAB_DIR/daemon.log"
	# who comes later may as well be anybody: the namespace is its user's, the routes are
	spawn_client newcomer nsenter --target "$TUN_DAEMON" --user --net python3 "$LAB_DIR/tun_daemon.py" "$LAB_DIR/tun" tun1 "$PEER4" 3
	until_ok "its tun" grep -q holds "$LAB_DIR/newcomer.log"
	nsenter --net="/proc/$TUN_DAEMON/ns/net" -- ip link set tun1 up
	nsenter --net="/proc/$TUN_DAEMON/ns/net" -- ip route add 10.9.0.0/24 dev tun1
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "tun1"'
	kill -USR1 "$SPAWNED"
	wait_for_leak '.destination.port == 5002'
	stop_leakaudit
	assert_equal "leaked" 3 "$(summary '.summary.leaks.packets')"
	assert_equal "transport" 2 "$(summary '.summary.exempt.transport.packets')"
}

# Who is stopped hears of no interface: what he knew of the tunnel's index is not taken for true for long.
test_index_is_reused_while_its_watch_is_stopped() {
	local index

	lab_up tunnel
	index=$(ifindex client tun0)
	start_leakaudit --cgroup "$APP" --drop
	in_client ping -c 1 -W 2 "$PEER4" || fail "the tunnel is closed"
	# whose packets into the tunnel were looked at, and need no look any more
	sender_start old udp "$PEER4" 9 --lines --count 12
	kill -STOP "$LEAKAUDIT_PID"
	sleep 2.5
	in_client ping -c 1 -W 2 "$PEER4" || fail "the tunnel is closed to who is not followed"
	tunnel_fall
	reuse_index "$index"
	in_client "$LAB_BIN/send" udp "$PEER4" 9 </dev/null 2>"$LAB_DIR/reused.log" && fail "it was sent"
	grep -q "Operation not permitted" "$LAB_DIR/reused.log" || fail "$(cat "$LAB_DIR/reused.log")"
	echo "by what was the tunnel" >&"${SENDER_FD[old]}"
	until_ok "the open socket to be stopped" grep -q "Operation not permitted" "$LAB_DIR/old.log"
	kill -CONT "$LEAKAUDIT_PID"
	stop_leakaudit
}

# --- what comes in here to be forwarded, and goes to where a tunnel of the kernel's sends: it is who sends it, not the tunnel

# far_tunnel: a tunnel of the kernel's to the VPN's server, which serves it to nobody.
far_tunnel() {
	ip_in client link add vx0 type vxlan id 7 remote "$VPN4" dstport 9 2>/dev/null || skip "no vxlan here"
	in_netns client sh -c 'echo 1 >/proc/sys/net/ipv6/conf/vx0/disable_ipv6'
	ip_in client addr add 10.6.0.2/24 dev vx0
	ip_in client link set vx0 up
	ip_in client neigh add 10.6.0.9 lladdr "$OUTSIDE_MAC" dev vx0
}

# By a socket, by one whose port the container's own nat changes, and by frames of a virtual machine. What the host puts into the
# tunnel for the container is the tunnel's.
test_packets_forwarded_to_a_tunnels_server() {
	lab_up
	far_tunnel
	box_up
	box_wire
	VM_PEER4=$VPN4
	vm_up "$APP"
	vm_forwarded
	in_netns client nft add rule ip box post ip saddr 10.7.0.0/24 oifname vx0 masquerade
	in_box nft 'add table ip own; add chain ip own post { type nat hook postrouting priority srcnat; };
		add rule ip own post udp length 108 masquerade to :4002'
	watch_client --drop --tunnel vx0
	box_send carried "$APP" udp 10.6.0.9 9 --count 4
	until_ok "what the tunnel carries" wire_has "udp and host $VPN4" 4
	box_send plain "$APP" udp "$VPN4" 9 --count 8
	box_send natted "$APP" udp "$VPN4" 9 --count 8 --size 100
	vm_sends
	wait_for_leak ".process.name == \"$VM_NAME\" and .leakaudit.verdict == \"dropped\""
	until_ok "the end of the senders" dead "$SPAWNED"
	vm_ends
	watch_end
	assert_equal "on the wire" "4" "$(captured "host $VPN4" | cut -d' ' -f1)"
	assert_equal "dropped" 24 "$(summary .summary.dropped.packets)"
	assert_equal "transport" 4 "$(summary .summary.exempt.transport.packets)"
	assert_complete
}
