# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# The lab's own tunnel.
. "$TOP/tests/clients/vpn.sh"

PACKAGE=openvpn NEEDS="cmd:openvpn cmd:socat"
EXPECT=ipv4 PROCESSES=socat

vpn_up() { tunnel_up; }

vpn_down() { tunnel_fall; }
