# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets that look like what may leave, and would leave a guard behind.

# assert_kept_in [FILTER]: nothing of the client's that FILTER (tcpdump's) matches was on the wire.
assert_kept_in() {
	assert_equal "packets that left" "0 0" "$(captured "${1:-$CAPTURE_NOT_NEIGHBOUR}")"
}

# in_client_as_nobody CMD...: who needs no privilege at all.
in_client_as_nobody() {
	in_client setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# SEND_ROUTED FAMILY LEVEL OPTION HEX ADDRESS: from a socket with a header of its own, to ADDRESS, between packets without one.
SEND_ROUTED='
import socket, sys
family, level, option = map(int, sys.argv[1:4])
s = socket.socket(family, socket.SOCK_DGRAM)
def send(what):
    try:
        s.sendto(b"payload", (sys.argv[5], 9))
        print(what, "sent", flush=True)
    except OSError as e:
        print(what, e.strerror, flush=True)
send("plain")
s.setsockopt(level, option, bytes.fromhex(sys.argv[4]))
send("routed")
send("routed")
s.setsockopt(level, option, b"")
send("plain")
'
ROUTED_DENIED='plain sent
routed Operation not permitted
routed Operation not permitted
plain sent'

# The first hop is on the LAN, and hands the packet on to where its header says.
test_ipv4_source_route_is_no_lan_traffic() {
	local hop=192.168.77.1 options

	lab_up
	ip_in client addr add 192.168.77.2/24 dev eth0
	ip_in isp addr add "$hop/24" dev isp0
	neighbours client eth0 "$ISP_MAC" "$hop"
	guard_make --allow "$ISP4"
	guard_follow
	capture_start
	# by way of the hop: the kernel makes that the first destination
	options=830704$(python3 -c 'import socket, sys; print(socket.inet_aton(sys.argv[1]).hex())' "$hop")01
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "$options" "$PEER4" >"$LAB_DIR/routed.log"
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "${options/830704/890704}" "$hop" >"$LAB_DIR/strict.log"
	in_client python3 -c "$SEND_ROUTED" 2 0 4 "$options" "$ISP4" >"$LAB_DIR/allowed.log"
	wait_for_leak ".destination.ip == \"$hop\" and .leakaudit.verdict == \"dropped\""
	capture_stop
	stop_leakaudit
	assert_equal "to the world" "4" "$(grep -c "Operation not permitted" "$LAB_DIR/routed.log")"
	assert_equal "to the LAN" "$ROUTED_DENIED" "$(cat "$LAB_DIR/strict.log")"
	assert_equal "to where it may" "$ROUTED_DENIED" "$(cat "$LAB_DIR/allowed.log")"
	assert_kept_in 'ip[0] & 0xf > 5'
}

test_ipv6_source_route_is_no_lan_traffic() {
	local hop=fd00:77::1 header

	lab_up ipv6
	ip_in client addr add fd00:77::2/64 dev eth0 nodad
	ip_in isp addr add "$hop/64" dev isp0 nodad
	neighbours client eth0 "$ISP_MAC" "$hop"
	guard_make
	guard_follow
	capture_start
	# a segment routing header: the kernel puts the destination into its first segment
	header=0004040101000000$(printf '0%.0s' {1..32})$(python3 -c 'import socket, sys; print(socket.inet_pton(10, sys.argv[1]).hex())' "$hop")
	in_client_as_nobody /usr/bin/python3 -c "$SEND_ROUTED" 10 41 57 "$header" "$PEER6" >"$LAB_DIR/routed.log"
	wait_for_leak ".destination.ip == \"$hop\" and .leakaudit.verdict == \"dropped\""
	capture_stop
	stop_leakaudit
	assert_equal "to the world" "4" "$(grep -c "Operation not permitted" "$LAB_DIR/routed.log")"
	assert_kept_in 'ip6[6] = 43'
}

# What looks like neighbour discovery, to a host behind the router.
SOLICIT='
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
for kind in range(133, 138):
    try:
        s.sendto(bytes([kind]) + bytes(23) + b"covert", (sys.argv[1], 0))
        print(kind, "sent")
    except OSError as e:
        print(kind, e.strerror)
'

test_neighbour_discovery_to_the_world_is_none() {
	lab_up ipv6
	guard_make
	guard_follow
	capture_start
	in_client python3 -c "$SOLICIT" "$PEER6" >"$LAB_DIR/solicit.log"
	wait_for_leak ".destination.ip == \"$PEER6\" and .leakaudit.verdict == \"dropped\""
	capture_stop
	stop_leakaudit
	assert_equal "refused" 5 "$(grep -c "Operation not permitted" "$LAB_DIR/solicit.log")"
	assert_kept_in "ip6 and dst host $PEER6"
}

# neighbour_is_asked: the kernel has probed the router's public address again, and was answered.
neighbour_is_asked() {
	in_netns client ping -6 -c 1 -W 1 "$ISP6" >/dev/null
	captured_some "icmp6 and ip6[40] = 135 and dst host $ISP6"
}

# A link whose prefix is public: its neighbours are asked for all the same, and it is the kernel that asks.
test_public_neighbours_are_found() {
	lab_up ipv6
	ip_in client addr add fe80::10/64 dev eth0 nodad
	start_leakaudit
	capture_start
	in_netns client sh -c "echo 1 >/proc/sys/net/ipv6/neigh/eth0/delay_first_probe_time; echo 100 >/proc/sys/net/ipv6/neigh/eth0/base_reachable_time_ms"
	ip_in client neigh replace "$ISP6" lladdr "$ISP_MAC" dev eth0 nud stale
	until_ok "the kernel to ask its neighbour" neighbour_is_asked
	stop_leakaudit
	capture_stop
	assert_no_event "$LEAK and .destination.ip == \"$ISP6\" and .leakaudit.hook == \"tc\""
	(($(summary_exempt neighbour | cut -d' ' -f1) > 0)) || fail "none was exempt as a neighbour"
}

# Its SYN-ACKs are sent by sockets of requests, which no process holds.
test_listener_brought_along_answers_nobody() {
	local listener

	lab_up
	# shellcheck disable=SC2016
	spawn listener client "$(lab_cgroup elsewhere)" python3 -c '
import socket
s = socket.create_server(("0.0.0.0", 7777))
while True:
    s.accept()'
	listener=$SPAWNED
	until_ok "the listener" tcp_listens client 7777
	guard_make
	guard_follow
	cgroup_move "$APP" "$listener"
	capture_start
	until_ok "the answers to be stopped" answers_are_stopped
	capture_stop
	stop_leakaudit
	assert_event "$LEAK and .source.port == 7777 and .leakaudit.hook == \"tc\" and .leakaudit.verdict == \"dropped\""
}

# The process's sockets are looked for a moment after it was moved.
answers_are_stopped() {
	in_netns outside timeout 1 python3 -c '
import socket, sys
socket.create_connection((sys.argv[1], 7777), timeout=0.5)' "$CLIENT4" 2>/dev/null && return 1
	has_event "$LEAK and .source.port == 7777"
}

# FRAMES INTERFACE PEER SOURCE framed|bare: an IPv4 packet in frames that the kernel is told are something else.
FRAMES='
import socket, sys
name, peer, source = sys.argv[1:4]
payload = b"payload"
packet = (bytes.fromhex("4500") + (28 + len(payload)).to_bytes(2, "big") + bytes.fromhex("0001000040110000") + socket.inet_aton(source)
          + socket.inet_aton(peer) + bytes.fromhex("10000009") + (8 + len(payload)).to_bytes(2, "big") + bytes(2) + payload)
macs = bytes.fromhex("02000000000102000000000a")
frames = {
    "tags": bytes.fromhex("8100000581000006810000070800") + packet,
    "old tag": bytes.fromhex("910000050800") + packet,
    "mpls": bytes.fromhex("884700001140") + packet,
    "pppoe": bytes.fromhex("886411000001") + (len(packet) + 2).to_bytes(2, "big") + bytes.fromhex("0021") + packet,
    "snap": (8 + len(packet)).to_bytes(2, "big") + bytes.fromhex("aaaa030000000800") + packet,
    "arp": bytes.fromhex("08060001080006040001") + macs[6:] + socket.inet_aton(source) + bytes(6) + socket.inet_aton(peer),
    "eapol": bytes.fromhex("888e01010000") + bytes(42),
}
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
def send(what, frame, protocol):
    try:
        s.sendto(frame, (name, protocol))
        print(what, "sent", flush=True)
    except OSError as e:
        print(what, e.strerror, flush=True)
if sys.argv[4] == "bare":
    for protocol in 0x0800, 0x88b5, 0x0806, 0:
        send(hex(protocol), packet, protocol)
else:
    for what, frame in frames.items():
        send(what, macs + frame, 0x88b5)
'

# What the next hop unpacks is a packet, whatever it is called.
test_packets_in_other_frames_are_stopped() {
	lab_up
	guard_make
	guard_follow
	capture_start
	in_client python3 -c "$FRAMES" eth0 "$PEER4" "$CLIENT4" framed >"$LAB_DIR/frames.log"
	wait_for_leak ".leakaudit.detail == \"frame\" and .leakaudit.verdict == \"dropped\" and .leakaudit.hook == \"tc\""
	capture_stop
	stop_leakaudit
	assert_equal "what was sent" "arp sent eapol sent" "$(grep sent "$LAB_DIR/frames.log" | xargs)"
	assert_equal "refused in the summary" 5 "$(summary .summary.refused)"
	assert_kept_in "not arp and not ether proto 0x888e"
	assert_equal "what left" "2" "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn 2>/dev/null "$CAPTURE_FROM_CLIENT" | wc -l)"
}

# An interface without link headers: its packets begin with what they are.
test_bare_packets_are_stopped() {
	lab_up
	spawn reader client "$LAB_CGROUP/world" python3 -c '
import fcntl, os, struct
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"wwan7", 0x1001))
print("made", flush=True)
while True:
    print("got", os.read(fd, 2000).hex(), flush=True)'
	until_ok "the interface" grep -q made "$LAB_DIR/reader.log"
	ip_in client addr add 192.0.2.200/32 dev wwan7
	ip_in client link set wwan7 up
	guard_make --exposed wwan7
	guard_follow
	in_client python3 -c "$FRAMES" wwan7 "$PEER4" 192.0.2.200 bare >"$LAB_DIR/frames.log"
	wait_for_leak ".destination.ip == \"$PEER4\" and .leakaudit.verdict == \"dropped\" and .leakaudit.hook == \"tc\""
	stop_leakaudit
	! grep "sent" "$LAB_DIR/frames.log" || fail "it was sent"
	! grep "^got 45" "$LAB_DIR/reader.log" || fail "it left"
}

# More extension headers than are read: not to be judged, and not to be let through for that.
test_malformed_packets_of_sockets_brought_along_are_stopped() {
	local sender

	lab_up ipv6
	spawn sender client "$(lab_cgroup elsewhere)" python3 -c '
import socket, sys, time
six = lambda a: socket.inet_pton(socket.AF_INET6, a)
chain = bytes.fromhex("3c00010400000000") * 7 + bytes.fromhex("1100010400000000") + bytes.fromhex("1234000900080000")
packet = bytes.fromhex("60000000") + len(chain).to_bytes(2, "big") + b"\x3c\x40" + six(sys.argv[1]) + six(sys.argv[2]) + chain
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
while True:
    try:
        s.sendto(bytes.fromhex("02000000000102000000000a86dd") + packet, ("eth0", 0x86dd))
        print("sent", flush=True)
    except OSError as e:
        print(e.strerror, flush=True)
    time.sleep(0.2)' "$CLIENT6" "$PEER6"
	sender=$SPAWNED
	until_ok "the sender" grep -q "sent" "$LAB_DIR/sender.log"
	guard_make
	guard_follow
	cgroup_move "$APP" "$sender"
	until_ok "it to be stopped" grep -q "No buffer space\|not permitted" "$LAB_DIR/sender.log"
	end_process "$sender"
	stop_leakaudit
	(($(summary .summary.unparsed) > 0)) || fail "not counted"
	assert_equal "what was dropped is no gap" null "$(summary '.incomplete')"
}

# The kernel answers what comes in on loopback, and its answer goes to where the packet says that it is from: a raw socket can say
# what it likes.
test_sources_that_are_forged_on_loopback() {
	lab_up ipv6
	watch_client --drop
	in_netns client sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter"
	spawn_client forger python3 -c "$FORGER" "$CLIENT4" "$PEER4" "$CLIENT6" "$PEER6"
	wait "$SPAWNED"
	assert_equal "the answers" "echo: Operation not permitted
echo: answered
error: Operation not permitted
echo6: Operation not permitted
echo6: answered
transparent: Operation not permitted
freebind: Operation not permitted
frame: No buffer space available
frame through: No buffer space available
frame: answered" "$(cat "$LAB_DIR/forger.log")"
	capture_stop
	stop_leakaudit
	assert_equal "packets that left" "0 0" "$(captured true)"
	assert_equal "refused" 7 "$(summary .summary.refused)"
}

# What a process's own frame makes of the loopback device, where the host forwards: it is the scope's where it leaves.
test_frames_on_loopback_are_counted() {
	lab_up
	in_netns client sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter"
	watch_client
	spawn_client forger python3 -c "$FRAME_ON_LO" "$PEER4" 198.51.100.77
	wait "$SPAWNED"
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	assert_leaks ".source.ip == \"198.51.100.77\""
	assert_exact true "host $PEER4"
	assert_complete
}

FRAME_ON_LO='import socket, struct, sys
peer, source = map(socket.inet_aton, sys.argv[1:])
def checksum(data):
    n = sum(struct.unpack("!10H", data))
    return ~((n & 0xffff) + (n >> 16)) & 0xffff
head = lambda sum: struct.pack("!BBHHHBBH", 0x45, 0, 36, 0, 0, 64, 17, sum) + source + peer
frame = bytes(12) + b"\x08\x00" + head(checksum(head(0))) + struct.pack("!HHHH", 7, 9, 16, 0) + b"payload."
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
for n in range(5):
    s.sendto(frame, ("lo", 0x0800))'

# The tunnel has gone, and nobody follows the guard: its address is still among those that were ours.
test_source_of_a_fallen_tunnel_on_loopback() {
	lab_up tunnel
	guard_make --tunnel tun0 --transport-cgroup "$(cgroup_path "$SCOPE/openvpn")"
	tunnel_fall
	capture_start
	spawn_client forger python3 -c "$FORGER" "$CLIENT4" "$TUNNEL4" "$CLIENT6" "$PEER6" fallen
	wait "$SPAWNED"
	capture_stop
	assert_equal "the answers" "error: Operation not permitted
echo: answered" "$(cat "$LAB_DIR/forger.log")"
	assert_kept_in
	guard_release
}

FORGER='import socket, struct, sys
own4, peer4, own6, peer6 = sys.argv[1:5]
def checksum(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff
def ip4(source, protocol, data):
    return (struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0, 64, protocol, 0)
            + socket.inet_aton(source) + socket.inet_aton(own4) + data)
def ip6(source, protocol, data):
    return (struct.pack("!IHBB", 6 << 28, len(data), protocol, 64)
            + socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, own6) + data)
def echo4(source):
    head = lambda sum: struct.pack("!BBHHH", 8, 0, sum, 7, 1) + b"the secret"
    return ip4(source, 1, head(checksum(head(0))))
def echo6(source):
    head = lambda sum: struct.pack("!BBHHH", 128, 0, sum, 7, 1) + b"the secret"
    pseudo = ip6(source, 58, b"")[8:40] + struct.pack("!II", len(head(0)), 58)
    return ip6(source, 58, head(checksum(pseudo + head(0))))
def udp(source):
    return ip4(source, 17, struct.pack("!HHHH", 7, 7, 18, 0) + b"the secret")
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw6.setsockopt(socket.IPPROTO_IPV6, 36, 1)
def send(what, s, packet, to, own=None):
    if own:
        own.settimeout(20)
    try:
        s.sendto(packet, (to, 0))
    except OSError as e:
        return print(what, e.strerror, flush=True)
    while own and own.recv(2000)[-len(b"the secret"):] != b"the secret":
        pass
    print(what, "answered" if own else "sent", flush=True)
answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
answers6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
if sys.argv[5:]:
    send("error:", raw, udp(peer4), own4)
    send("echo:", raw, echo4(own4), own4, answers)
    sys.exit()
send("echo:", raw, echo4(peer4), own4)
send("echo:", raw, echo4(own4), own4, answers)
send("error:", raw, udp(peer4), own4)
send("echo6:", raw6, echo6(peer6), own6)
send("echo6:", raw6, echo6(own6), own6, answers6)
def bound(what, family, level, option, source, to):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(level, option, 1)
    s.bind((source, 0))
    try:
        s.sendto(b"the secret", (to, 7))
        print(what, "sent", flush=True)
    except OSError as e:
        print(what, e.strerror, flush=True)
bound("transparent:", socket.AF_INET, 0, 19, peer4, own4)
bound("freebind:", socket.AF_INET6, 41, 78, peer6, own6)
frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
def frame(what, packet, answers=None):
    try:
        frames.sendto(bytes(12) + b"\x08\x00" + packet, ("lo", 0x0800))
    except OSError as e:
        return print(what, e.strerror, flush=True)
    while answers and answers.recv(2000)[-len(b"the secret"):] != b"the secret":
        pass
    print(what, "answered" if answers else "sent", flush=True)
def refill(packet, to):
    packet = packet[:10] + bytes(2) + packet[12:16] + socket.inet_aton(to) + packet[20:]
    return packet[:10] + struct.pack("!H", checksum(packet[:20])) + packet[12:]
frame("frame:", refill(echo4(peer4), own4))
frame("frame through:", refill(udp("198.51.100.77"), peer4))
frame("frame:", refill(echo4("127.0.0.1"), "127.0.0.1"), answers)'
