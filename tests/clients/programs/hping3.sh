# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# By a raw socket.
PACKAGE=hping3 NEEDS=cmd:hping3 PROCESSES=hping3
EXPECT=ipv4

traffic() {
	client_tries hping3 --udp -p 9 -c 3 -i u20000 "$PEER4"
}
