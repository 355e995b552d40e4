# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
. "$TOP/tests/clients/vpn.sh"

PACKAGE=wireguard-go NEEDS="cmd:wireguard-go cmd:wg cmd:socat"
EXPECT=ipv4 PROCESSES=socat

vpn_up() {
	wireguard_up
	VPN_PIDS=("${WIREGUARD_PIDS[@]}")
}

vpn_down() { vpn_end wg0; }
