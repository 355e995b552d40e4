# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Programs that send at once in a network namespace that nobody has read yet.

# den_up: a namespace that no process lives in, for who enters it.
den_up() {
	host_up den 0
	DEN=$(netns den)
}

# den_wireguard: with the client's wireguard in it. Its process stays outside, as with all that make such namespaces.
den_wireguard() {
	wireguard_pair
	ip_in client link set wg0 netns "$LAB-den"
	wireguard_address den "$TUNNEL4"
	ip_in den route add default dev wg0
}

# den_wire: with a card to the provider.
den_wire() {
	wire den eth1 "$SECOND_MAC" isp isp1 "$SECOND_ISP_MAC"
	ip_in den addr add "$SECOND4/25" dev eth1
	ip_in isp addr add "$SECOND_ISP4/25" dev isp1
	neighbours den eth1 "$SECOND_ISP_MAC" "$SECOND_ISP4"
	neighbours isp isp1 "$SECOND_MAC" "$SECOND4"
	ip_in den route add default via "$SECOND_ISP4"
}

# --- a tunnel, whose kind the kernel knows

connects_by_wireguard() {
	newcomer connect "$DEN" "$PEER4" 9
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "wg0"'
	assert_connected_at_once
	assert_no_leak_by_a_newcomer
}

test_watch_knows_a_new_namespaces_tunnel() {
	lab_up
	den_up
	den_wireguard
	start_leakaudit --cgroup "$APP"
	connects_by_wireguard
}

test_drop_knows_a_new_namespaces_tunnel() {
	lab_up
	den_up
	den_wireguard
	start_leakaudit --cgroup "$APP" --drop
	connects_by_wireguard
}

test_guards_follower_knows_a_new_namespaces_tunnel() {
	lab_up
	den_up
	den_wireguard
	GUARD_SCOPE=$APP
	guard_make
	guard_follow
	connects_by_wireguard
}

# Which started the newcomer itself.
test_run_knows_a_new_namespaces_tunnel() {
	lab_up
	den_up
	den_wireguard
	newcomer_input
	OUT=$LAB_DIR/events.json
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" run --drop --output "json:$OUT" -- \
		python3 "$LAB_LIB/newcomer.py" connect "$DEN" "$PEER4" 9) <"$LAB_DIR/newcomer.in" >"$LAB_DIR/newcomer.log" 2>&1 \
		{NEWCOMER_FD}>&- &
	LEAKAUDIT_PID=$! NEWCOMER=$!
	newcomer_goes
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "wg0"'
	assert_connected_at_once
	exec {NEWCOMER_FD}>&-
	await_leakaudit
	assert_no_leak
}

# --- a tun that the newcomer itself opens: what enters it has not left; what it sends itself is judged there

own_tun_is_no_leak() {
	newcomer tun "$PEER4" 9
	wait_for '.event.action == "tunnel-up" and .leakaudit.interface.name == "own0"'
	newcomer_has_said "it came out of the tun"
	assert_no_leak_by_a_newcomer
}

test_watch_knows_a_newcomers_own_tun() {
	lab_up
	start_leakaudit --cgroup "$APP"
	own_tun_is_no_leak
}

test_drop_knows_a_newcomers_own_tun() {
	lab_up
	start_leakaudit --cgroup "$APP" --drop
	own_tun_is_no_leak
}

# --- a card: what leaves by it is a leak from the first packet on

den_leaks() {
	lab_up
	den_up
	den_wire
	start_leakaudit --cgroup "$APP" "$@"
	capture_start second isp1
	newcomer send "$DEN" "$PEER4" 9
	wait_for_leak ".destination.ip == \"$PEER4\""
	newcomer_ends
	stop_leakaudit
	capture_stop second
	assert_leaks "$(to eth1 "$SECOND4" "$PEER4" 9)" "$(cause no-tunnel)" "$(by "$NEWCOMER" python3)" \
		".leakaudit.netns.name == \"$LAB-den\""
}

test_watch_counts_a_newcomers_first_packet() {
	den_leaks
	assert_exact true "host $PEER4" second
	assert_equal "leaked" 1 "$(summary .summary.leaks.packets)"
	assert_complete
}

test_drop_stops_a_newcomers_first_packet() {
	den_leaks --drop
	grep -q "not permitted" "$LAB_DIR/newcomer.log" || fail "$(cat "$LAB_DIR/newcomer.log")"
	assert_silent second
	assert_equal "dropped" 1 "$(summary .summary.dropped.packets)"
	assert_complete
}

# --- what stays on this machine

test_drop_lets_a_newcomer_talk_to_itself() {
	lab_up
	den_up
	den_wire
	start_leakaudit --cgroup "$APP" --drop
	newcomer send "$DEN" "$SECOND4" 9
	wait_for ".leakaudit.interface.name == \"eth1\""
	newcomer_has_said sent
	assert_no_leak_by_a_newcomer
}

# --- what cannot be known by its kind: with a drop it does not pass, and the reason is told

den_is_closed_at_first() {
	wait_for_leak "$(cause new-interface)"
	newcomer_ends
	stop_leakaudit
	grep -q "not permitted" "$LAB_DIR/newcomer.log" || fail "$(cat "$LAB_DIR/newcomer.log")"
	assert_leaks '.leakaudit.verdict == "dropped"' "$(cause new-interface)" \
		'.message | contains("(its interface was new, and not known yet)")'
	assert_equal "dropped" 1 "$(summary .summary.dropped.packets)"
	assert_complete
}

# A name is what the one who makes the namespace calls it.
test_tunnel_by_name_in_a_new_namespace() {
	lab_up
	den_up
	den_wireguard
	start_leakaudit --cgroup "$APP" --drop --tunnel wg0
	newcomer send "$DEN" "$PEER4" 9
	den_is_closed_at_first
}

test_lan_in_a_new_namespace() {
	lab_up
	den_up
	den_wire
	ip_in den addr add 192.168.9.2/24 dev eth1
	neighbours den eth1 "$SECOND_ISP_MAC" 192.168.9.1
	start_leakaudit --cgroup "$APP" --drop
	newcomer send "$DEN" 192.168.9.1 9
	den_is_closed_at_first
}

# --- frames, for which no hook of sockets runs: in a namespace that none has met

# FRAMES_IN NETNS INTERFACE MAC PEER SOURCE [along|back]: goes there, perhaps takes the interface along into a namespace of its own, and sends
# five frames, with no other socket. Then it ends, or is back where it was.
FRAMES_IN='
import ctypes, os, socket, subprocess, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def enter(fd):
    if libc.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")
outer, name, mac, peer, source = sys.argv[1:6]
home = os.open("/proc/self/ns/net", os.O_RDONLY)
how = "".join(sys.argv[6:])
enter(os.open(outer, os.O_RDONLY))
if how == "along":
    old = os.open("/proc/self/ns/net", os.O_RDONLY)
    libc.unshare(0x40000000)
    own = os.getpid()
    if not os.fork():
        enter(old)
        os.execvp("ip", ["ip", "link", "set", name, "netns", str(own)])
    os.wait()
    subprocess.run(["ip", "link", "set", name, "up"])
def checksum(data):
    n = sum(struct.unpack("!10H", data))
    return ~((n & 0xffff) + (n >> 16)) & 0xffff
head = lambda sum: struct.pack("!BBHHHBBH", 0x45, 0, 36, 0, 0, 64, 17, sum) + socket.inet_aton(source) + socket.inet_aton(peer)
frame = bytes.fromhex(mac.replace(":", "")) + bytes.fromhex("020000000999") + b"\x08\x00" + head(checksum(head(0))) + struct.pack("!HHHH", 7, 9, 16, 0) + b"payload."
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
for n in range(5):
    try:
        s.sendto(frame, (name, 0x0800))
        print("sent", flush=True)
    except OSError as e:
        print(e.strerror, flush=True)
if how == "back":
    s.close()
    enter(home)
    print("back", flush=True)
    time.sleep(1000)'

# By a veth pair whose other end is at home, which forwards.
test_frames_by_a_veth_of_a_new_namespace() {
	local mac

	lab_up
	den_up
	wire den eth9 "$SECOND_MAC" client den0 "$SECOND_ISP_MAC"
	in_netns client sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter"
	watch_client --drop
	in_client python3 -c "$FRAMES_IN" "$DEN" eth9 "$SECOND_ISP_MAC" "$PEER4" 198.51.100.77 >"$LAB_DIR/frames.log"
	assert_equal "sent" 5 "$(grep -c sent "$LAB_DIR/frames.log")"
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_silent
}

# By a card that a process takes along out of a namespace that is known.
test_frames_by_a_card_that_moves() {
	local resident

	lab_up
	den_up
	den_wire
	spawn resident den "$APP" sleep 1000
	resident=$SPAWNED
	start_leakaudit --cgroup "$APP" --drop
	capture_start second isp1
	in_client python3 -c "$FRAMES_IN" "$DEN" eth1 "$SECOND_ISP_MAC" "$PEER4" "$SECOND4" along >"$LAB_DIR/frames.log"
	wait_for_leak ".destination.ip == \"$PEER4\""
	end_process "$resident"
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"' "(.message | contains(\" over eth1 \"))"
	! tcpdump -r "$LAB_DIR/second.pcap" -nn 2>/dev/null | grep "$PEER4" || fail "it left" # the end of the wire goes with the card
}

# tap_left: packets that have left by the den's tap.
tap_left() {
	# shellcheck disable=SC2016 # awk's
	in_netns den awk '/tap0:/ { print $11 }' /proc/net/dev
}

# den_tap: an interface that leads to no other namespace, and is held by a process outside.
den_tap() {
	in_netns den sh -c "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6"
	spawn holder den "$LAB_CGROUP/world" python3 "$LAB_LIB/tap_holder.py" self
	until_ok "the tap" grep -q held "$LAB_DIR/holder.log"
	ip_in den link set tap0 up
}

# By an interface that was there before; and the process is back before anybody looks.
test_frames_where_nobody_lives() {
	lab_up
	den_up
	den_tap
	start_leakaudit --cgroup "$APP" --drop
	kill -STOP "$LEAKAUDIT_PID"
	spawn_client sender python3 -c "$FRAMES_IN" "$DEN" tap0 "$SECOND_ISP_MAC" "$PEER4" "$SECOND4" back
	until_ok "the sender to be back" grep -q back "$LAB_DIR/sender.log"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak ".destination.ip == \"$PEER4\""
	assert_equal "left by the tap" 0 "$(tap_left)"
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"' "(.message | contains(\" over tap0 \"))"
	assert_equal "dropped" 5 "$(summary .summary.dropped.packets)"
	assert_complete
}

# By the end of a veth pair, of which the other one is in a third namespace: its hook comes soon after the start.
test_frames_by_a_veth_where_nobody_lives() {
	lab_up
	den_up
	den_wire
	start_leakaudit --cgroup "$APP" --drop
	until_ok "frames to be seen" frames_are_seen
	capture_start second isp1
	frames_in_den
	stop_leakaudit
	capture_stop second
	assert_leaks '.leakaudit.verdict == "dropped"' "(.message | contains(\" over eth1 \"))"
	assert_equal "on the wire" "" "$(tcpdump -r "$LAB_DIR/second.pcap" -nn "dst host $PEER4" 2>/dev/null)"
}

# Nobody comes back to a guard's interfaces: all that are there when it is made have their hook then.
test_frames_by_a_veth_in_a_guard() {
	lab_up
	den_up
	den_wire
	GUARD_SCOPE=$APP
	guard_make
	capture_start second isp1
	frames_in_den
	capture_stop second
	assert_equal "on the wire" "" "$(tcpdump -r "$LAB_DIR/second.pcap" -nn "dst host $PEER4" 2>/dev/null)"
}

frames_in_den() {
	in_client python3 -c "$FRAMES_IN" "$DEN" eth1 "$SECOND_ISP_MAC" "$PEER4" "$SECOND4" >"$LAB_DIR/frames.log"
}

frames_are_seen() {
	frames_in_den
	has_event ".event.action == \"leak\" and .destination.ip == \"$PEER4\""
}

# Where there was no time for a hook, and a process ends before anybody looks: it cannot be stopped, but told.
test_frames_where_nobody_looks() {
	lab_up
	start_leakaudit --cgroup "$APP" --drop
	kill -STOP "$LEAKAUDIT_PID"
	den_up
	den_wire
	capture_start second isp1
	in_client python3 -c "$FRAMES_IN" "$DEN" eth1 "$SECOND_ISP_MAC" "$PEER4" "$SECOND4" >"$LAB_DIR/frames.log"
	kill -CONT "$LEAKAUDIT_PID"
	stop_leakaudit
	capture_stop second
	assert_equal "on the wire" "5" "$(tcpdump -r "$LAB_DIR/second.pcap" -nn "dst host $PEER4" 2>/dev/null | wc -l)"
	assert_equal "complete" "false" "$(summary .complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# The kernel makes the sockets of an MPTCP connection, for which no hook tells the namespace.
test_mptcp_in_another_namespace() {
	[ -e /proc/sys/net/mptcp/enabled ] || skip "this kernel has no MPTCP"
	lab_up
	den_up
	den_wire
	start_leakaudit --cgroup "$APP"
	capture_start second isp1
	spawn server den "$APP" python3 "$LAB_LIB/forker.py" mptcp-server 7000
	until_ok "the server" grep -q listens "$LAB_DIR/server.log"
	mkfifo "$LAB_DIR/lines"
	exec 8<>"$LAB_DIR/lines"
	(enter outside "$LAB_CGROUP/world" python3 "$LAB_LIB/forker.py" mptcp "$SECOND4" 7000) <"$LAB_DIR/lines" >"$LAB_DIR/asker.log" 2>&1 &
	wait_for_leak ".destination.ip == \"$PEER4\""
	stop_leakaudit
	capture_stop second
	assert_leaks "$(to eth1 "$SECOND4" "$PEER4")" ".leakaudit.netns.name == \"$LAB-den\""
	assert_exact true "host $PEER4" second
}
