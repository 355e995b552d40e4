# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Asked by its Unix socket: that its question is the scope's is only possible.
PACKAGE=nscd NEEDS=cmd:getent PROCESSES=nscd BEHALF=getent
LAB_WORDS=dns EXPECT=dns/udp POSSIBLE=1

prepare() {
	nscd_start
	sends "${RESOLVER_PID[nscd]}"
}

# From a network that leads nowhere, so that getent cannot ask by itself.
traffic() {
	ask_within nscd unshare --net getent ahosts "$(a_name)"
}
