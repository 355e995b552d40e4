# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=systemd-resolved NEEDS=cmd:dig PROCESSES=systemd-resolve BEHALF=dig
LAB_WORDS=dns EXPECT=dns/udp

prepare() {
	resolved_start
	sends "${RESOLVER_PID[resolved]}"
}

traffic() {
	ask_resolver 127.0.0.53
}
