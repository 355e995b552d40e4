# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# On a bridge, as dockerd makes it: the host forwards its packets.
PACKAGE=docker.io NEEDS="cmd:apt-get cmd:iptables" PROCESSES="send none" FORKS=1
EXPECT=ipv4

prepare() {
	docker_up
	docker_box box
	WATCH=(--container box)
}

traffic() {
	docker_send box udp "$PEER4" 9 --count 8
	docker_send box tcp "$PEER4" 9 --count 8
}
