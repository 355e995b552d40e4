# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=sip-tester NEEDS=cmd:sipp PROCESSES=sipp
EXPECT=ipv4

servers() {
	spawn uas outside "$LAB_CGROUP/world" env TERM=dumb sipp -sn uas -i "$PEER4" -p 5060 -nostdin
	SERVER_WAITS+=("udp_listens outside 5060")
}

traffic() {
	client env TERM=dumb sipp -sn uac -m 1 -nostdin -timeout 20 "$PEER4:5060"
}
