# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=wget NEEDS=cmd:wget PROCESSES=wget
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() { server_web; }

traffic() {
	client wget -nv --tries=1 -O /dev/null "http://www.$LAB_DOMAIN:8080/large"
}
