# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=bind9-dnsutils NEEDS=cmd:dig PROCESSES=dig
LAB_WORDS=dns EXPECT="dns/udp dns/tcp"

traffic() {
	client dig +tries=1 "$LAB_TRACKER"
	client dig +tries=1 +tcp "$LAB_TRACKER" AAAA
}
