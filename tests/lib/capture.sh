# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# What really crossed the wire: tcpdump on the ISP router's side, and exact counts from its files.

declare -A CAPTURE_PID

# capture_start [NAME [IF]]: returns when packets are being captured, in both directions: with a filter, tcpdump's statistics
# would also count packets that it never writes, and capture_stop could not tell when it is done.
capture_start() {
	local name=${1:-wire} if=${2:-isp0}

	spawn "capture-$name" isp "$LAB_CGROUP/world" tcpdump -i "$if" -nn -U --immediate-mode -B 8192 -Z root \
		-w "$LAB_DIR/$name.pcap"
	CAPTURE_PID[$name]=$SPAWNED
	until_ok "tcpdump on $if" grep -q 'listening on' "$LAB_DIR/capture-$name.log"
}

# capture_stop [NAME]: tcpdump leaves unread packets behind when it is ended, so it must first have written all it received.
capture_stop() {
	local name=${1:-wire}

	until_ok "tcpdump to write its packets" capture_complete "$name"
	end_process "${CAPTURE_PID[$name]}" INT
	! grep -q '^[1-9][0-9]* packets dropped' "$LAB_DIR/capture-$name.log" || fail "tcpdump lost packets"
}

# SIGUSR1 makes tcpdump print "tcpdump: N packets captured, N packets received by filter, N packets dropped by kernel".
capture_complete() {
	local log=$LAB_DIR/capture-$1.log

	kill -USR1 "${CAPTURE_PID[$1]}" || fail "tcpdump has ended: $(cat "$log")"
	awk '/ captured, / { captured = $2; received = $5 }
	     END { exit !(captured != "" && captured == received) }' "$log"
}

# What keeps a link alive and is never a leak: ARP, MLD (in a hop-by-hop header), ND, IGMP.
CAPTURE_NEIGHBOUR='(arp or igmp or ip6[6] = 0 or (ip6[6] = 58 and ip6[40] >= 133 and ip6[40] <= 137))'
CAPTURE_MULTICAST='(ip multicast or ip6 multicast)'
CAPTURE_NOT_NEIGHBOUR="not $CAPTURE_NEIGHBOUR"

CAPTURE_FROM_CLIENT="(ether src $CLIENT_MAC or ether src $SECOND_MAC)"

# captured FILTER [NAME]: prints "PACKETS BYTES" of the packets that the client sent and that match tcpdump's FILTER; bytes from
# the IP header on.
captured() {
	tcpdump -r "$LAB_DIR/${2:-wire}.pcap" -nn -w - "$CAPTURE_FROM_CLIENT and ($1)" 2>"$LAB_DIR/captured.log" |
		python3 "$LAB_LIB/pcap_sum.py" || fail "captured: $(cat "$LAB_DIR/captured.log")"
}

# captured_some FILTER [NAME]: polled by tests that wait for a packet to have left.
captured_some() {
	[ "$(captured "$@")" != "0 0" ]
}

# wire_has FILTER N: the same for N packets.
wire_has() {
	local n

	n=$(captured "$1")
	((${n% *} >= $2))
}
