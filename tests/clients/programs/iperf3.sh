# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=iperf3 NEEDS=cmd:iperf3 PROCESSES=iperf3
EXPECT=ipv4

servers() {
	spawn iperf3d outside "$LAB_CGROUP/world" iperf3 -s -4
	SERVER_WAITS+=("tcp_listens outside 5201")
}

traffic() {
	client iperf3 -c "$PEER4" -n 4M
	client iperf3 -c "$PEER4" -u -b 5M -n 500K
}
