# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# On a bridge, as netavark makes it: the host forwards its packets.
PACKAGE=podman NEEDS="cmd:podman cmd:crun" PROCESSES="send none" FORKS=1
EXPECT=ipv4

prepare() {
	podman_up box
	WATCH=(--container box)
}

traffic() {
	podman_send box udp "$PEER4" 9 --count 8
	podman_send box tcp "$PEER4" 9 --count 8
}

cleanup() { podman_down; }
