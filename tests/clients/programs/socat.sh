# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=socat NEEDS=cmd:socat PROCESSES=socat
EXPECT=ipv4

traffic() {
	echo datagram >"$LAB_DIR/data"
	client socat -u "FILE:$LAB_DIR/data" "UDP4-SENDTO:$PEER4:9"
	client socat -u "FILE:$LAB_DIR/data" "TCP4:$PEER4:9"
}
