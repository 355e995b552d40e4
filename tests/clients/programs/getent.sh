# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# The C library asks by itself.
PACKAGE=libc-bin NEEDS=cmd:getent PROCESSES=getent
LAB_WORDS=dns EXPECT=dns/udp

traffic() {
	client getent ahosts "$LAB_TRACKER"
}
