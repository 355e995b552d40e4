# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Interfaces over others, and frames that are not one packet of the wire: each packet counts once, on the lowest device, with
# the bytes of its IP header. tests/kernels/stacks.sh has the kinds that not every kernel has.

mixed_senders() {
	sender_start few udp "$PEER4" 9 --connect --count 3
	sender_start loose udp "$PEER4" 9 --count 2
	sender_start big udp "$PEER4" 9 --size 4000 --count 2
	sender_start stream tcp "$PEER4" 9 --count 3
}

assert_named() {
	wait_for_leak '.network.transport == "tcp"'
	watch_end
	assert_leaks "$(interface "$1")" '.leakaudit.hook == "cgroup"' '.leakaudit.outcome == "left"'
	assert_all_exact
	assert_equal held 0 "$(summary .summary.held.packets)"
}

interface() {
	echo ".observer.egress.interface.name == \"$1\""
}

test_bridge() {
	lab_up
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	watch_client
	mixed_senders
	assert_named br0
}

test_bridge_that_comes_later() {
	lab_up
	watch_client
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	wait_for '.leakaudit.interface.name == "br0"'
	mixed_senders
	assert_named br0
}

macvlan_up() {
	lab_up
	ip_in client link add mv0 link eth0 address "$SECOND_MAC" type macvlan mode bridge
	neighbours isp isp0 "$SECOND_MAC" "$CLIENT4"
	world_over mv0
}

test_macvlan() {
	macvlan_up
	watch_client
	mixed_senders
	assert_named mv0
}

# container_up: a namespace of its own, reached by $CONTAINER, whose one interface stands on the client's card.
container_up() {
	spawn container client "$APP" unshare --net sleep infinity
	until_ok "the container" container_has_netns
	CONTAINER="nsenter --net=/proc/$SPAWNED/ns/net --"
	ip_in client link add mv0 link eth0 address "$SECOND_MAC" type macvlan mode bridge
	ip_in client link set mv0 netns "$SPAWNED"
	neighbours isp isp0 "$SECOND_MAC" 192.0.2.11
	$CONTAINER sh -c "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip addr add 192.0.2.11/25 dev mv0; ip link set mv0 up
		ip neigh replace $ISP4 lladdr $ISP_MAC dev mv0 nud permanent; ip route add default via $ISP4"
}

container_has_netns() {
	[ "$(readlink "/proc/$SPAWNED/ns/net")" != "$(readlink "/proc/$$/ns/net")" ] &&
		[ "$(stat -Lc %i "/proc/$SPAWNED/ns/net")" != "$(stat -Lc %i "$(netns client)")" ]
}

in_container() {
	# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; a command with arguments
	sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$APP" $CONTAINER "$@" </dev/null
}

test_macvlan_of_a_container() {
	lab_up
	container_up
	watch_client
	in_container "$LAB_BIN/send" udp "$PEER4" 9 --connect --count 3
	in_container "$LAB_BIN/send" udp "$PEER4" 9 --size 4000 --count 2
	in_container "$LAB_BIN/send" packet "$PEER4" 9 --interface mv0 --mac "$ISP_MAC" --source 192.0.2.11 --source-port 7 --count 5
	wait_for_leak '.source.port == 7'
	watch_end
	assert_leaks_where '.leakaudit.hook == "cgroup"' "$(interface mv0)"
	assert_equal "packets of the packet socket" 5 "$(leaked '.source.port == 7' | cut -d' ' -f1)"
	assert_all_exact
}

# The neighbour does not answer before the sender has gone.
test_bridge_whose_gateway_answers_late() {
	lab_up
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	ip_in client neigh flush nud permanent dev br0
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=8
	watch_client
	in_client "$LAB_BIN/send" udp "$PEER4" 9 --count 3 </dev/null
	wait_for_leak '.leakaudit.outcome == "held"'
	in_netns isp sysctl -qw net.ipv4.conf.isp0.arp_ignore=0
	until_ok "the packets to leave" captured_all 3
	watch_end
	assert_all_exact
	assert_equal held 0 "$(summary .summary.held.packets)"
}

captured_all() {
	[ "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn "udp and host $PEER4" 2>/dev/null | wc -l)" = "$1" ]
}

test_vxlan() {
	lab_up
	vxlan_up
	watch_client
	in_client "$LAB_BIN/send" udp 198.51.103.1 9 --count 2 </dev/null
	in_client "$LAB_BIN/send" udp 198.51.103.1 9 --count 3 </dev/null
	wait_for_leak '.destination.ip == "198.51.103.1"'
	watch_end
	assert_leaks "$(interface vx0)" '.destination.ip == "198.51.103.1"'
	assert_all_exact
}

# With a name it is a tunnel: what goes by it is none, and the packets around it are transport.
test_vxlan_that_is_a_tunnel() {
	lab_up
	vxlan_up
	watch_client --tunnel vx0 --drop
	in_client "$LAB_BIN/send" udp 198.51.103.1 9 --count 2 </dev/null
	in_client "$LAB_BIN/send" udp 198.51.103.1 9 --count 3 </dev/null
	watch_end
	assert_equal "exempt as transport" "$(captured "udp port 4789")" "$(summary_exempt transport)"
	assert_equal "packets" 5 "$(summary_exempt transport | cut -d' ' -f1)"
	assert_no_leak
}

# raw PYTHON: frames of the client's card by a packet socket; `frame(payload, protocol, end)` makes one of IPv4, `frame6(payload,
# protocol)` one of IPv6.
raw() {
	(enter client "$APP" python3 - "$CLIENT4" "$PEER4" "$ISP_MAC" "$CLIENT_MAC" "$CLIENT6" "$PEER6") <<-END
		import socket, struct, sys
		own, peer = (socket.inet_aton(a) for a in sys.argv[1:3])
		far, near = (bytes.fromhex(a.replace(":", "")) for a in sys.argv[3:5])
		own6, peer6 = (socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[5:7])
		def checksum(data):
		    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
		    total = (total & 0xffff) + (total >> 16)
		    return ~((total & 0xffff) + (total >> 16)) & 0xffff
		def frame(payload, protocol, end=b""):
		    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0, own, peer)
		    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
		    return far + near + b"\x08\x00" + head + payload + end
		def frame6(payload, protocol):
		    head = struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, own6, peer6)
		    return far + near + b"\x86\xdd" + head + payload
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
		$1
	END
}

# raw_virtio INTERFACE PYTHON: the same with a virtio header; `udp(kind, port, size)` makes 5000 bytes, of which each packet is to
# have 1000, as datagrams (5: VIRTIO_NET_HDR_GSO_UDP_L4), or as fragments of one (3: VIRTIO_NET_HDR_GSO_UDP); `udp6` with IPv6, and
# `tcp(port)` 10000 bytes of TCP.
raw_virtio() {
	raw "
s.setsockopt(263, 15, 1) # SOL_PACKET, PACKET_VNET_HDR
s.bind((\"$1\", 0x0800))
def datagram(port, size):
    return struct.pack(\"!HHHH\", port, 9, 8 + size, 0) + bytes(size)
def udp(kind, port, size=5000):
    s.send(struct.pack(\"<BBHHHH\", 1, kind, 42, 1000, 34, 6) + frame(datagram(port, size), 17))
def udp6(kind, port, size=5000):
    s.sendto(struct.pack(\"<BBHHHH\", 1, kind, 62, 1000, 54, 6) + frame6(datagram(port, size), 17), (\"$1\", 0x86dd))
def tcp(port):
    head = struct.pack(\"!HHIIBBHHH\", port, 9, 1, 1, 0x50, 0x18, 1000, 0, 0)
    s.send(struct.pack(\"<BBHHHH\", 1, 1, 54, 1000, 34, 16) + frame(head + bytes(10000), 6))
$2
" || skip "the kernel takes no virtio header here"
}

# A virtual machine's frames, whose packets nobody has counted yet.
test_segments_with_a_virtio_header() {
	lab_up
	watch_client
	raw_virtio eth0 '
tcp(4000)
udp(5, 4001)
udp(3, 4002)
'
	wait_for_leak '.source.port == 4002'
	watch_end
	assert_equal segments 10 "$(leaked '.source.port == 4000' | cut -d' ' -f1)"
	assert_equal datagrams "5 5140" "$(leaked '.source.port == 4001')"
	assert_equal fragments "6 5128" "$(leaked '.source.port == 4002')"
	assert_all_exact
}

# An interface that cannot leave the cutting to the one below gives its last piece alone the socket that has sent it.
test_fragments_that_an_interface_above_has_cut() {
	macvlan_up
	watch_client
	raw_virtio mv0 'udp(3, 4000)'
	wait_for_leak '.source.port == 4000'
	watch_end
	assert_equal fragments "6 5128" "$(leaked true)"
	assert_all_exact
}

test_fragments_that_an_interface_above_has_cut_dropped() {
	macvlan_up
	watch_client --drop
	raw_virtio mv0 '
try: udp(3, 4000)
except OSError: pass
'
	wait_for_leak '.source.port == 4000'
	watch_end
	assert_equal "dropped fragments" "6 5128" "$(summary '.summary.dropped | "\(.packets) \(.bytes)"')"
	assert_equal "on the wire" "0 0" "$(captured "udp or (ip[6:2] & 0x3fff != 0)")"
}

# switch_that_cuts [IPV6]: a switch with the card as its port, which cuts all packets itself.
switch_that_cuts() {
	lab_up "$@"
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	in_netns client ethtool -K br0 tso off gso off >/dev/null
}

# A switch cuts in two steps: all but the end of a datagram goes on as one packet, to be cut below. Of IPv6 that cannot be cut any
# more, and goes nowhere.
test_packets_that_a_switch_has_cut() {
	switch_that_cuts ipv6
	watch_client
	raw_virtio br0 '
tcp(4000)
udp(3, 4001)
udp(3, 4002, 1500)
udp6(3, 4003, 1500)
udp6(3, 4004)
'
	wait_for_leak '.source.port == 4004'
	watch_end
	assert_equal segments "10 10400" "$(leaked '.source.port == 4000')"
	assert_equal fragments "6 5128" "$(leaked '.source.port == 4001')"
	assert_equal "two fragments" "2 1548" "$(leaked '.source.port == 4002')"
	assert_equal "two fragments of IPv6" "2 1604" "$(leaked '.source.port == 4003')"
	assert_equal held 5 "$(summary .summary.held.packets)"
	assert_all_exact
}

test_packets_that_a_switch_has_cut_dropped() {
	switch_that_cuts ipv6
	watch_client --drop
	raw_virtio br0 '
for send in (lambda: tcp(4000), lambda: udp(3, 4001), lambda: udp(3, 4002, 1500), lambda: udp6(3, 4003, 1500)):
    try: send()
    except OSError: pass
'
	wait_for_leak '.source.port == 4003'
	watch_end
	assert_equal dropped 20 "$(summary .summary.dropped.packets)"
	assert_equal "on the wire" "0 0" "$(captured "udp or (tcp port 9) or (ip[6:2] & 0x3fff != 0) or ip6 proto 44")"
}

# What a queue drops of these fragments, the later of which have no ports, has not left.
test_fragments_that_a_queue_has_cut() {
	lab_up
	in_netns client tc qdisc add dev eth0 root tbf rate 8kbit burst 1600 limit 3000
	watch_client
	raw_virtio eth0 'udp(3, 4000)'
	wait_for_leak '.source.port == 4000'
	watch_end
	assert_equal judged 6 "$(summary .summary.judged.packets)"
	assert_equal "left and on the wire" "$(captured "udp or (ip[6:2] & 0x3fff != 0)")" "$(summary_leaks)"
	assert_equal "left and held" 6 "$(summary '.summary.leaks.packets + .summary.held.packets')"
	assert_complete
}

# Short frames are filled up to 60 bytes, which are no bytes of the packet.
test_padded_frames() {
	lab_up
	watch_client
	raw '
s.bind(("eth0", 0x0800))
for n in range(5):
    s.send(frame(struct.pack("!HHHH", 4000, 9, 9, 0) + b"z", 17, bytes(17)))
'
	wait_for_leak '.source.port == 4000'
	watch_end
	assert_equal "packets and bytes" "5 145" "$(leaked true)"
	assert_equal "in the summary" "5 145" "$(summary_leaks)"
	assert_complete
}
