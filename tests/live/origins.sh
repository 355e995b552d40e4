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
	watch_end
	assert_no_event '.leakaudit.attribution == "forwarded"'
	assert_equal "exempt as neighbour" "$(captured igmp)" "$(summary_exempt neighbour)"
}
