# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=chrony NEEDS=cmd:chronyd PROCESSES=chronyd
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	printf 'local stratum 1\nallow all\ncmdport 0\npidfile %s/ntpd.pid\n' "$LAB_DIR" >"$LAB_DIR/ntpd.conf"
	spawn ntpd outside "$LAB_CGROUP/world" chronyd -x -d -u root -f "$LAB_DIR/ntpd.conf"
	SERVER_WAITS+=("udp_listens outside 123")
}

# It asks for the time, and prints it.
traffic() {
	client chronyd -Q -d -u root -t 20 "server www.$LAB_DOMAIN iburst maxsamples 2"
}
