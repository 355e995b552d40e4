# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# On the host's network.
PACKAGE=podman NEEDS="cmd:podman cmd:crun" PROCESSES=send FORKS=1
EXPECT=ipv4

prepare() {
	podman_up box --network host
	WATCH=(--container box)
}

traffic() {
	podman_send box udp "$PEER4" 9 --count 8
	podman_send box tcp "$PEER4" 9 --count 8
}

cleanup() { podman_down; }
