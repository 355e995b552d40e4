# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=knot-dnsutils NEEDS="cmd:kdig cmd:unbound" PROCESSES=kdig
EXPECT=dns/dot

servers() { server_dot; }

traffic() {
	client kdig +tls "@$DNS4" "$(a_name)"
}
