#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# glibc 2.36 (Debian 12): resolv.conf(5) says that the next name server is tried when a query *times out*. An answer that
# says REFUSED (SERVFAIL and NOTIMP as well) has the same effect, at once: with the VPN's server first and the provider's
# second, a name that the VPN's server refuses to look up (a filter list does that) goes to the provider, tunnel up and
# all. Only NXDOMAIN is taken for an answer.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages libc-bin=2.36-9+deb12u14 dnsmasq-base=2.90-4~deb12u2
lab
printf 'nameserver 10.8.0.1\nnameserver 192.0.2.1\n' >"$root/etc/resolv.conf"
# It refuses what it has no server for, and knows that nothing is below nowhere.example.
server vpn --listen-address=10.8.0.1 --address=/nowhere.example/
server isp --listen-address=192.0.2.1 --address=/example/198.51.100.10

expect "a name that the tunnel's server refuses" "$(client getent ahostsv4 refused.example | head -n 1 | cut -d' ' -f1)" 198.51.100.10
expect "the tunnel's server was asked" "$(some "$(asked vpn refused.example)")" some
expect "the provider's server was asked, at once" "$(some "$(asked isp refused.example)")" some
expect "a name that it says does not exist" "$(client getent ahostsv4 nowhere.example || echo none)" none
expect "the provider's server was asked for that" "$(some "$(asked isp nowhere.example)")" none
finish
