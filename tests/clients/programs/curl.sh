# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=curl NEEDS=cmd:curl PROCESSES=curl
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() { server_web; }

traffic() {
	client curl -fsS -o /dev/null "http://www.$LAB_DOMAIN:8080/large" -o /dev/null "http://www.$LAB_DOMAIN:8080/small"
}
