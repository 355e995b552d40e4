# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Its packets leave from sockets of slirp4netns, which is in the cgroup of the user.
PACKAGE=podman NEEDS="cmd:podman cmd:crun cmd:slirp4netns" PROCESSES=slirp4netns FORKS=1
EXPECT=ipv4

prepare() { rootless_up box slirp4netns; }

traffic() {
	rootless exec box /lab/send udp "$PEER4" 9 --count 8
	rootless exec box /lab/send tcp "$PEER4" 9 --count 8
}
