# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=openssh-client NEEDS="cmd:ssh file:/usr/sbin/sshd" PROCESSES=ssh
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() { server_ssh outside; }

traffic() {
	client "${SSH[@]}" "root@www.$LAB_DOMAIN" head -c 100000 /dev/zero
}
