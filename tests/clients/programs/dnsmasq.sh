# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A forwarder beside the scope, which asks it.
PACKAGE=dnsmasq-base NEEDS="cmd:dnsmasq cmd:dig" PROCESSES=dnsmasq BEHALF=dig
LAB_WORDS=dns EXPECT=dns/udp

prepare() {
	resolver_dnsmasq dnsmasq 127.0.0.1 "$DNS4"
	sends "${RESOLVER_PID[dnsmasq]}"
}

traffic() {
	ask_resolver 127.0.0.1
}
