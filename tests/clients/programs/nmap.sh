# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Its scan sends frames of its own making. The kernel, which has no socket that the answer of an open port is for, resets that
# connection; its packet is nobody's.
PACKAGE=nmap NEEDS=cmd:nmap PROCESSES=nmap DIFFERS=-1/-40
EXPECT=ipv4

traffic() {
	client nmap -n -Pn -sS -p 9,10,11 "$PEER4"
}
