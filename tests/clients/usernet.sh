# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A user-mode network (USERNET) as the program, beside the scope: it sends for what is inside.

EXPECT=ipv4

prepare() {
	box_up
	usernet_up "$USERNET" "$(lab_cgroup elsewhere)"
	sends "$USERNET_PID"
}

traffic() {
	client nsenter --net="/proc/$BOX_PID/ns/net" -- "$LAB_BIN/send" udp "$PEER4" 9 --count 8
	client nsenter --net="/proc/$BOX_PID/ns/net" -- "$LAB_BIN/send" tcp "$PEER4" 9 --count 8
}
