# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=lxc NEEDS=cmd:lxc-start PROCESSES=send FORKS=1
EXPECT=ipv4

prepare() {
	lxc_up "$LAB-box" "lxc.net.0.type = none"
	WATCH=(--container "$LAB-box")
}

traffic() {
	lxc_send "$LAB-box" udp "$PEER4" 9 --count 8
	lxc_send "$LAB-box" tcp "$PEER4" 9 --count 8
}
