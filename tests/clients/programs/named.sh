# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=bind9 NEEDS="cmd:named cmd:dig" PROCESSES=named BEHALF=dig
LAB_WORDS=dns EXPECT=dns/udp

prepare() {
	named_start
	sends "${RESOLVER_PID[named]}"
}

traffic() {
	ask_resolver 127.0.0.1
}
