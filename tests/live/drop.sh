# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is to be stopped does not reach the wire.

# assert_nothing_left: no packet of the client's on the ISP's side, but the tunnel's own and what keeps the link alive.
assert_nothing_left() {
	local wire="not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR"

	assert_equal "packets that left" "0 0" "$(captured "$wire")"
	assert_equal "leaks in the summary" "0 0" "$(summary_leaks)"
	assert_complete
	assert_equal "exit status" 0 "$LEAKAUDIT_STATUS"
}

# dropped [FILTER]: "PACKETS BYTES" of what was stopped, over all flows.
dropped() {
	jq -rs "map(select($LEAK and (.event.type | index(\"end\")) and (${1:-true})) | .leakaudit.dropped // empty)
		| \"\(map(.packets) | add // 0) \(map(.bytes) | add // 0)\"" "$OUT"
}

# The capture ends first: what is still being retransmitted may leave when nobody stops it any more.
stopped_end() {
	capture_stop
	stop_leakaudit
}

DENIED='(.event.type | index("denied")) and .leakaudit.verdict == "dropped"'

# most_dropped TRANSPORT: of a flow, as told so far.
most_dropped() {
	jq -s "map(select($LEAK and .network.transport == \"$1\") | .leakaudit.dropped.packets // 0) | max" "$OUT"
}

# What a process has left to be sent when it ends is sent again, and again.
test_open_sockets_after_the_tunnels_fall_are_stopped() {
	local so_far

	lab_up tunnel
	sender_start udp udp "$PEER4" 9 --connect --lines
	sender_start tcp tcp "$PEER4" 9 --lines
	watch_client --drop --interval 1
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	echo "not any more" >&"${SENDER_FD[udp]}"
	echo "nor this" >&"${SENDER_FD[tcp]}"
	wait_for_leak '.network.transport == "udp"'
	wait_for_leak '.network.transport == "tcp"'
	until_ok "the sender's error" grep -q "Operation not permitted" "$LAB_DIR/udp.log"
	sender_stop tcp
	so_far=$(most_dropped tcp)
	wait_for_leak ".network.transport == \"tcp\" and .leakaudit.dropped.packets > $so_far"
	stopped_end
	assert_leaks "$DENIED"
	assert_leaks_where '.network.transport == "udp"' "$(by "${SENDER_PID[udp]}" send)"
	assert_leaks_where '.network.transport == "tcp"' "$(by "${SENDER_PID[tcp]}" send)"
	assert_nothing_left
	assert_equal "dropped in the summary" "$(dropped)" "$(summary '.summary.dropped | "\(.packets) \(.bytes)"')"
}

# Raw frames meet no hook but TC's.
test_frames_are_stopped() {
	lab_up
	watch_client --drop=ipv4
	send_frame 7 && fail "it was sent"
	wait_for_leak '.source.port == 7 and .leakaudit.hook == "tc"'
	stopped_end
	assert_leaks "$DENIED"
	assert_nothing_left
}

# Raw sockets of the transport protocols, whose own sockets have hooks that these do not have: at the send, as everybody's, before
# the kernel keeps the packet for a neighbour's answer, or puts it into an error message of its own.
RAW_SOCKETS='import socket, sys
for protocol in 17, 6, 136, 132, 33, 1, 41, 47, 50:
    for to in sys.argv[1:]:
        s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_RAW, protocol)
        try:
            s.sendto(bytes.fromhex("0400000900140000") + bytes(12), (to, 0))
            print(protocol, to, "was sent")
        except OSError as e:
            print(e.strerror)'

test_raw_sockets_of_any_protocol_are_stopped() {
	lab_up ipv6
	watch_client --drop
	spawn_client raw python3 -c "$RAW_SOCKETS" "$PEER4" 192.0.2.77 "$PEER6" 2001:db8:1::77
	wait "$SPAWNED"
	assert_equal "the answers" "36 Operation not permitted" "$(sort "$LAB_DIR/raw.log" | uniq -c | sed 's/^ *//')"
	stopped_end
	assert_leaks "$DENIED" "$(by "$SPAWNED" python3)" '.leakaudit.hook == "cgroup"'
	assert_nothing_left
	assert_equal "ARP" "0 0" "$(captured arp)"
}

# One class is stopped, and another goes out.
test_one_class_is_stopped() {
	lab_up
	watch_client --drop=dns
	sender_start other udp "$PEER4" 9
	in_client dig +tries=1 +time=1 @"$PEER4" stopped.example >"$LAB_DIR/dig.log" 2>&1 || true
	wait_for_leak '.dns.question.name == "stopped.example"'
	wait_for_leak '.destination.port == 9'
	stopped_end
	assert_leaks_where '.destination.port == 53' "$DENIED" "$(class dns udp)"
	assert_leaks_where '.destination.port == 9' '.leakaudit.verdict == "counted"'
	assert_equal "questions that left" "0 0" "$(captured "port 53")"
	assert_equal "leaks in the summary" "$(captured "port 9")" "$(summary_leaks)"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# Resolvers answer many of them. What is something else for certain goes on, and proves nothing of what comes behind it.
test_strange_questions_are_stopped() {
	lab_up dns
	watch_client --drop=dns
	in_client python3 "$LAB_LIB/strange_questions.py" "$DNS4" >"$LAB_DIR/strange.log" || fail "$(cat "$LAB_DIR/strange.log")"
	wait_for_leak "$(class stun binding)"
	stopped_end
	assert_equal "what was not refused" "STUN STUN DHT" "$(sed -n 's/^[^r].*: //p' "$LAB_DIR/strange.log" | paste -sd " ")"
	assert_equal "packets that left" "3 180" "$(captured "port 53 or port 853")"
	# the end of a flow tells of all in it
	assert_leaks_where "$(class dns udp) and .leakaudit.flow != \"close\"" "$DENIED"
	assert_equal "names that were told" "strange.example" \
		"$(jq -r '.dns.question.name // empty' "$OUT" | grep -v '^\.$' | sort -u)"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
}

# Not after minutes: the SYN would be dropped, and again, and again.
test_connections_that_can_only_leak_are_refused() {
	lab_up tunnel
	watch_client --drop
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	! in_client timeout 5 "$LAB_BIN/send" tcp "$PEER4" 9 >"$LAB_DIR/refused.log" 2>&1 || fail "it was connected"
	grep -q "Operation not permitted" "$LAB_DIR/refused.log" || fail "not refused: $(cat "$LAB_DIR/refused.log")"
	wait_for_leak '.leakaudit.hook == "connect"'
	stopped_end
	assert_leaks "$DENIED" '.process.name == "send"' "$(class ipv4)" "$(cause tunnel-down)" \
		".destination.ip == \"$PEER4\" and .destination.port == 9"
	assert_equal "refused" 1 "$(summary .summary.refused)"
	assert_nothing_left
}

# What tried to leave while the tunnel was down, by each hook, is in the event of its return; what came before is not.
test_tunnels_return_tells_what_was_stopped() {
	lab_up tunnel
	sender_start udp udp "$PEER4" 9 --connect --lines
	watch_client --drop
	send_frame 7 && fail "it was sent"
	wait_for_leak '.source.port == 7'
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	echo "not any more" >&"${SENDER_FD[udp]}"
	until_ok "the sender's error" grep -q "Operation not permitted" "$LAB_DIR/udp.log"
	send_frame 8 && fail "it was sent"
	in_client timeout 5 "$LAB_BIN/send" tcp "$PEER4" 9 2>/dev/null && fail "it was connected"
	ip_in client link set tun0 up
	wait_for '.event.action == "tunnel-up"'
	stopped_end
	assert_dropout
	assert_equal "tried to leave" "$(dropped '.source.port != 7')" "$(dropout '"\(.packets) \(.bytes)"')"
	assert_equal "of them stopped" 2 "$(dropout '.dropped.packets')"
	assert_equal "bytes of them" "$(dropout .bytes)" "$(dropout .dropped.bytes)"
	assert_equal "refused" 1 "$(dropout .refused)"
	assert_nothing_left
}

# send_frame PORT: a raw one, past the tunnel.
send_frame() {
	in_client "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port "$1"
}

# Through the tunnel, on the LAN, and to this machine itself connections are as free as ever.
test_connections_that_need_not_leak_are_made() {
	lab_up tunnel
	ip_in client addr add 192.168.7.2/24 dev eth0
	watch_client --drop
	in_client timeout 5 "$LAB_BIN/send" tcp "$PEER4" 9 </dev/null
	spawn_client own "$LAB_BIN/discard" 9
	until_ok "the own server" tcp_listens client 9
	tunnel_link_down
	wait_for '.event.action == "tunnel-down"'
	in_client timeout 5 "$LAB_BIN/send" tcp "$CLIENT4" 9 </dev/null
	in_client timeout 5 "$LAB_BIN/send" tcp 192.168.7.2 9 </dev/null
	stopped_end
	assert_equal "refused" 0 "$(summary .summary.refused)"
	assert_nothing_left
}

# A peer that knows the exposed address gets neither in nor an answer.
test_packets_from_outside_are_kept_out() {
	lab_up tunnel
	spawn_client own "$LAB_BIN/discard" 4711
	until_ok "the server" udp_listens client 4711
	until_ok "the server" tcp_listens client 4711
	watch_client --drop
	in_netns outside timeout 2 bash -c "exec 3<>/dev/tcp/$CLIENT4/4711" 2>/dev/null && fail "it was let in"
	in_netns outside bash -c "echo hello >/dev/udp/$CLIENT4/4711"
	wait_for_leak '.leakaudit.hook == "ingress" and .network.transport == "udp"'
	wait_for_leak '.leakaudit.hook == "ingress" and .network.transport == "tcp"'
	stopped_end
	assert_leaks "$DENIED" '.network.direction == "ingress"' '.process.name == "discard"' \
		".destination.ip == \"$CLIENT4\" and .destination.port == 4711"
	assert_equal "let in" 0 "$(summary .summary.inbound.counted.packets)"
	(($(summary .summary.inbound.dropped.packets) >= 2)) || fail "not counted"
	assert_nothing_left
}

test_qdisc_bypass_is_refused() {
	lab_up
	watch_client --drop
	in_client "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --qdisc-bypass \
		>"$LAB_DIR/bypass.log" 2>&1 && fail "it was set"
	wait_for '.event.action == "bypass"'
	stopped_end
	assert_event '.event.action == "bypass" and (.event.type | index("denied")) and .process.name == "send"'
	assert_nothing_left
}

test_af_xdp_is_refused() {
	python3 -c 'import socket; socket.socket(44, socket.SOCK_RAW)' 2>/dev/null || skip "this kernel has no AF_XDP"
	lab_up
	watch_client --drop
	in_client python3 -c 'import socket; socket.socket(44, socket.SOCK_RAW).setsockopt(283, 3, 64)' \
		2>"$LAB_DIR/xdp.log" && fail "it got a ring"
	wait_for '.event.action == "bypass"'
	stopped_end
	assert_event '.event.action == "bypass" and (.message | contains("was refused AF_XDP"))'
	assert_nothing_left
}

# The kernel asks the cgroup that a socket was made in, and these come from elsewhere: with the process, or handed to it.
test_bypass_of_foreign_sockets_is_refused() {
	python3 -c 'import socket; socket.socket(44, socket.SOCK_RAW)' 2>/dev/null || skip "this kernel has no AF_XDP"
	lab_up
	watch_client --drop
	in_cgroup "$LAB_CGROUP/world" python3 -c "$FOREIGN_SOCKETS" "$APP" >"$LAB_DIR/foreign.log" 2>&1 || fail "$(cat "$LAB_DIR/foreign.log")"
	stopped_end
	assert_equal "brought, handed, and AF_XDP" "refused refused refused" "$(tr '\n' ' ' <"$LAB_DIR/foreign.log" | sed 's/ $//')"
	assert_equal "told" 3 "$(events '.event.action == "bypass" and (.event.type | index("denied"))' | wc -l)"
	assert_nothing_left
}

FOREIGN_SOCKETS='
import array, os, socket, sys
def try_option(s, level, name):
    try:
        s.setsockopt(level, name, 64)
        print("set", flush=True)
    except PermissionError:
        print("refused", flush=True)
def move():
    open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.fork() == 0:
    move()
    fds = array.array("i", ours.recvmsg(1, socket.CMSG_SPACE(4))[1][0][2])
    try_option(socket.socket(fileno=fds[0]), 263, 20)
    os._exit(0)
handed, brought = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for i in range(2))
xdp = socket.socket(44, socket.SOCK_RAW, 0)
theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [handed.fileno()]))])
os.wait()
move()
try_option(brought, 263, 20)
try_option(xdp, 283, 3)
'

# What no hook can refuse is looked for, told, and taken back: an option that was set before the process came.
test_bypass_of_a_foreign_socket_is_taken_back() {
	lab_up
	watch_client --drop
	spawn foreign client "$LAB_CGROUP/world" python3 -c "$SET_BEFORE" "$APP" "$PEER4"
	wait_for '.event.action == "bypass"'
	until_ok "the sender's error" grep -qx "1 0 refused" "$LAB_DIR/foreign.log"
	end_process "$SPAWNED" KILL
	stopped_end
	assert_unseen
	assert_equal "packets that left" "0 0" "$(captured "udp")"
}

SET_BEFORE='
import os, socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.setsockopt(263, 20, 1)
before = s.getsockopt(263, 20)
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
while s.getsockopt(263, 20):
    time.sleep(0.01)
s.bind(("eth0", 0x0800))
packet = bytes([0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 10]) + socket.inet_aton(sys.argv[2]) + bytes([16, 0, 0, 9, 0, 8, 0, 0])
try:
    s.send(bytes.fromhex("02000000000102000000000a0800") + packet)
    print(before, s.getsockopt(263, 20), "sent", flush=True)
except OSError:
    print(before, s.getsockopt(263, 20), "refused", flush=True)
time.sleep(60)
'

# Nor are 32-bit calls shown to a hook. Frames leave until the next look, and the run is not clean.
test_bypass_by_a_32_bit_call_is_taken_back() {
	local frame=(packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --qdisc-bypass-32)

	lab_up
	in_cgroup "$LAB_CGROUP/world" "$LAB_BIN/send" "${frame[@]}" </dev/null || skip "this kernel has no 32-bit calls"
	watch_client --drop
	sender_start raw "${frame[@]}" --lines
	wait_for '.event.action == "bypass"'
	echo "not any more" >&"${SENDER_FD[raw]}"
	wait_for_leak '.leakaudit.hook == "tc"'
	stopped_end
	assert_unseen
	assert_equal "packets that left" 1 "$(captured "udp" | cut -d ' ' -f 1)"
}

# assert_unseen: one bypass was told, and so nobody may think that all was seen.
assert_unseen() {
	assert_equal "told" 1 "$(events '.event.action == "bypass" and (.event.type | index("allowed"))' | wc -l)"
	assert_equal "complete" false "$(summary .complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# Nobody is to lock himself out: the host's own SSH session would be cut.
test_ssh_session_is_not_cut_unasked() {
	local status=0

	lab_up
	spawn sshd client "$LAB_CGROUP/world" "$LAB_BIN/discard" 22
	until_ok "the server" tcp_listens client 22
	spawn admin outside "$LAB_CGROUP/world" bash -c "exec 3<>/dev/tcp/$CLIENT4/22; sleep 60"
	until_ok "the session" ssh_is_open
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --drop --duration 1 2>"$LAB_DIR/refused.log" || status=$?
	assert_equal "exit status" 3 "$status"
	grep -q "an SSH session from" "$LAB_DIR/refused.log" || fail "$(cat "$LAB_DIR/refused.log")"
	grep -q -- "--yes" "$LAB_DIR/refused.log" || fail "no remedy: $(cat "$LAB_DIR/refused.log")"
}

ssh_is_open() { in_netns client ss -Htn state established 'sport = :22' | grep -q .; }
