# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets that no socket of this machine's processes sends: the kernel's own, and what it forwards.

# --- the kernel's own

# outside_asks FAMILY SOURCE udp|tcp: one packet to a port of the client host at which nobody listens.
outside_asks() {
	local to=$CLIENT4

	(($1 == 4)) || to=$CLIENT6
	in_netns outside python3 -c '
import socket, sys
family = socket.AF_INET if sys.argv[1] == "4" else socket.AF_INET6
s = socket.socket(family, socket.SOCK_STREAM if sys.argv[4] == "tcp" else socket.SOCK_DGRAM)
s.bind((sys.argv[2], 0))
try:
    s.connect((sys.argv[3], 4242))
    s.send(b"hello")
except ConnectionRefusedError:
    pass' "$1" "$2" "$to" "$3"
}

# kernel_packet KIND DESTINATION: jq's words for what the kernel has sent.
kernel_packet() {
	echo ".leakaudit.kernel_packet == \"$1\" and .leakaudit.attribution == \"kernel\" and .destination.ip == \"$2\""
}

assert_kernels() {
	assert_leaks_where ".destination.ip == \"$2\"" "$(kernel_packet "$1" "$2")" '.process == null' \
		"(.message | contains(\"$3\"))"
	assert_exact ".destination.ip == \"$2\"" "host $2"
}

test_packets_of_the_kernel() {
	lab_up ipv6
	start_leakaudit
	capture_start
	in_netns outside ping -c 3 -i 0.2 -I "$PEER4" "$CLIENT4"
	in_netns outside ping -c 3 -i 0.2 -I "$PEER6" "$CLIENT6"
	outside_asks 4 "$STUN4" udp
	outside_asks 6 "$STUN6" udp
	outside_asks 4 "$TRACKER4" tcp
	outside_asks 6 "$DNS6" tcp
	for address in "$PEER4" "$PEER6" "$STUN4" "$STUN6" "$TRACKER4" "$DNS6"; do
		wait_for_leak ".destination.ip == \"$address\""
	done
	watch_end
	assert_kernels icmp-echo-reply "$PEER4" "the kernel leaked an"
	assert_kernels icmp-echo-reply "$PEER6" "ping"
	assert_kernels icmp-unreachable "$STUN4" "an icmp error (unreachable)"
	assert_kernels icmp-unreachable "$STUN6" "an icmp error (unreachable)"
	assert_kernels tcp-reset "$TRACKER4" "a tcp reset"
	assert_kernels tcp-reset "$DNS6" "a tcp reset"
	assert_complete
}

# It has no socket, as a forwarded packet has none, and has come in nowhere.
test_igmp_is_the_kernels() {
	lab_up
	start_leakaudit --lan leak
	capture_start
	in_client python3 -c '
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             socket.inet_aton("239.1.2.3") + socket.inet_aton(sys.argv[1]))' "$CLIENT4"
	until_ok "a report" captured_some igmp
	until_ok "silence" wire_is_quiet
	watch_end
	assert_no_event '.leakaudit.attribution == "forwarded"'
	assert_equal "exempt as neighbour" "$(captured igmp)" "$(summary_exempt neighbour)"
}

# --- what is forwarded

# source BEFORE [AFTER]: jq's words for the addresses of a source before and after nat; without AFTER there is none.
source_is() {
	local after=null

	(($# < 2)) || after="\"$2\""
	echo ".source.ip == \"$1\" and .source.nat.ip == $after"
}

# box_origin PID: jq's words for a packet of the lab's sender in the box.
box_origin() {
	echo ".process.pid == $1 and .process.name == \"send\" and .leakaudit.attribution == \"forwarded\"" \
		"and (.process.executable | endswith(\"/send\"))"
}

# origins_of_box SCOPE...: the box's processes are told by what they were before nat.
origins_of_box() {
	local udp tcp

	box_up
	box_wire
	start_leakaudit "$@"
	capture_start
	box_send sender "$APP" udp "$PEER4" 9 --count 8
	udp=$SPAWNED
	box_send stream "$APP" tcp "$STUN4" 9 --count 8
	tcp=$SPAWNED
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$STUN4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	until_ok "the end of the stream" dead "$tcp"
	world_silence
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(box_origin "$udp")" "$(source_is "$BOX4" "$CLIENT4")" \
		"(.message | startswith(\"send[$udp] (forwarded from $BOX4) leaked \"))"
	assert_leaks_where ".destination.ip == \"$STUN4\"" "$(box_origin "$tcp")" "$(source_is "$BOX4" "$CLIENT4")"
	assert_exact ".destination.ip == \"$PEER4\"" "host $PEER4"
	assert_exact ".destination.ip == \"$STUN4\"" "host $STUN4"
	assert_equal "of the sender" "$(captured "host $PEER4")" "$(summary ".summary.by_process[] | select(.key == \"send[$udp]\") | \"\(.packets) \(.bytes)\"")"
	assert_complete
}

wire_has() {
	local n

	n=$(captured "$1")
	((${n% *} >= $2))
}

test_origin_in_the_scope() {
	lab_up
	origins_of_box --cgroup "$SCOPE"
}

test_origin_on_the_host() {
	lab_up
	origins_of_box
}

# forward6 nat|routed: the client host forwards IPv6 for the box, with or without nat.
forward6() {
	in_box sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
		echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
	ip_in client addr add fd00:7::1/64 dev box0 nodad
	in_box ip addr add "$BOX6/64" dev eth0 nodad
	in_box ip route add default via fd00:7::1
	in_netns client sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip_in isp route add fd00:7::/64 via "$CLIENT6"
	[[ $1 != nat ]] || in_netns client nft 'add table ip6 box; add chain ip6 box post {
		type nat hook postrouting priority srcnat; }; add rule ip6 box post ip6 saddr fd00:7::/64 masquerade' ||
		skip "no nat of IPv6 here"
}

# origin_by_ipv6 NAT SOURCE: jq's words for the source.
origin_by_ipv6() {
	lab_up ipv6
	box_up
	box_wire
	forward6 "$1"
	start_leakaudit
	capture_start
	box_send sender "$APP" udp "$PEER6" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER6\""
	until_ok "the packets" wire_has "host $PEER6" 8
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER6\"" "$(box_origin "$SPAWNED")" "$2"
	assert_exact ".destination.ip == \"$PEER6\"" "host $PEER6"
}

test_origin_by_nat66() {
	origin_by_ipv6 nat "$(source_is "$BOX6" "$CLIENT6")"
}

test_origin_without_nat() {
	origin_by_ipv6 routed "$(source_is "$BOX6")"
}

# A second box, which no process is in.
twin_up() {
	TWIN=$LAB-twin
	ip netns add "$TWIN"
	ip_in client link add twin0 type veth peer name eth0 netns "$TWIN"
	ip_in client link set twin0 up
	ip_in client addr add 10.7.0.129/25 dev twin0
	ip -n "$TWIN" link set eth0 up
	ip -n "$TWIN" addr add 10.7.0.130/25 dev eth0
	ip -n "$TWIN" route add default via 10.7.0.129
}

# in_twin NAME COMMAND...: as SPAWNED
in_twin() {
	spawn "$1" client "$APP" nsenter --net="/run/netns/$TWIN" -- "${@:2}"
}

# Two containers send from the same port to the same peer: nat gives one of them another port.
test_two_boxes_with_the_same_port() {
	local first second sender='
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 4000))
for _ in range(int(sys.argv[2])):
    s.sendto(b"hello", (sys.argv[1], 9))'

	lab_up
	box_up
	box_wire
	twin_up
	start_leakaudit
	capture_start
	spawn first client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- python3 -c "$sender" "$PEER4" 4
	first=$SPAWNED
	in_twin second python3 -c "$sender" "$PEER4" 8
	second=$SPAWNED
	until_ok "the packets" wire_has "host $PEER4" 12
	wait_for_leak ".process.pid == $first"
	wait_for_leak ".process.pid == $second"
	watch_end
	assert_leaks_where ".process.pid == $first" '.source.port == 4000' "$(source_is "$BOX4" "$CLIENT4")"
	assert_leaks_where ".process.pid == $second" '.source.port == 4000' "$(source_is 10.7.0.130 "$CLIENT4")"
	assert_leaks_where ".destination.ip == \"$PEER4\"" ".process.pid == $first or .process.pid == $second"
	for pid in "$first" "$second"; do
		port=$(events "$LEAK and .process.pid == $pid" | head -n 1 | jq '.source.nat.port // .source.port')
		assert_exact ".process.pid == $pid" "host $PEER4 and src port $port"
	done
}

# Its namespace is not known before it has ended, and what it sent leaves this machine but once.
test_origin_that_has_ended() {
	lab_up
	box_up
	box_wire
	twin_up
	start_leakaudit
	capture_start
	kill -STOP "$LEAKAUDIT_PID"
	in_twin sender ping -c 4 -i 0.1 "$PEER4"
	until_ok "its end" dead "$SPAWNED"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak "$(by "$SPAWNED" ping)"
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(by "$SPAWNED" ping)" "$(source_is 10.7.0.130 "$CLIENT4")"
	assert_exact ".destination.ip == \"$PEER4\"" "host $PEER4"
}

# Pings have no ports: what they have in common is one flow.
test_origin_of_a_ping() {
	lab_up
	box_up
	box_wire
	start_leakaudit
	capture_start
	spawn ping client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- ping -c 4 -i 0.3 "$PEER4"
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "its end" dead "$SPAWNED"
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(by "$SPAWNED" ping)" "$(source_is "$BOX4" "$CLIENT4")"
	assert_exact ".destination.ip == \"$PEER4\"" "host $PEER4"
}

# Nobody can tell which of two sent what: neither is named.
test_pings_of_two_have_no_process() {
	local first

	lab_up
	box_up
	box_wire
	start_leakaudit
	capture_start
	spawn one client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- ping -i 0.3 "$PEER4"
	first=$SPAWNED
	wait_for_leak "$(by "$first" ping)"
	spawn two client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- ping -c 4 -i 0.3 "$PEER4"
	wait_for_leak '.process == null and .leakaudit.flow == "update"'
	until_ok "the second's end" dead "$SPAWNED"
	end_process "$first" INT
	watch_end
	assert_no_event "$(by "$SPAWNED" ping)"
	assert_leaks_where '.leakaudit.flow == "close" and .network.transport == "icmp"' '.process == null' "$(source_is "$BOX4" "$CLIENT4")"
	assert_exact ".destination.ip == \"$PEER4\" and .network.transport == \"icmp\"" "icmp and host $PEER4"
}

# The process that holds the tap is the virtual machine, also when its flows' end is told after its own.
test_origin_of_a_virtual_machine() {
	lab_up
	vm_up "$APP"
	vm_forwarded
	start_leakaudit
	capture_start
	vm_sends
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	vm_ends
	wait_for '.event.action == "interface" and .leakaudit.interface.change == "gone"'
	sleep 0.6 # who has sent is asked once in half a second
	watch_end
	assert_leaks_where ".destination.ip == \"$PEER4\"" "$(by "$VM_PID" "$VM_NAME")" \
		"$(source_is 10.9.0.2 "$CLIENT4")" '.source.port == 4000 and .leakaudit.attribution == "forwarded"'
	assert_exact ".destination.ip == \"$PEER4\"" "host $PEER4"
}
