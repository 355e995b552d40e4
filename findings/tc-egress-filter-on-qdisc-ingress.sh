#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tc(8) takes "egress" for filters of what leaves (iproute2 6.1.0, Linux 6.18 and before). That is right where the interface
# has the qdisc clsact. Where it has the qdisc ingress, one would expect an error: nothing of what leaves comes by there. The
# kernel gives both qdiscs the same place, takes the filter without a word, and gives it what comes in.
#
# So a firewall or a meter that attaches to clsact, and takes "it is there already" for well, judges the wrong direction on
# each interface that somebody polices by the qdisc ingress.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3
lab

# hits SIDE: packets that filters of that side have had.
hits() {
	client tc -s filter show dev eth0 "$1" | awk '/Sent/ { n += $4 } END { print n + 0 }'
}

# From the Internet to the client. Of what the filter takes a copy, so that it has counters.
sent_in() {
	client tc filter add dev eth0 egress protocol ip u32 match ip src 198.51.100.10/32 action mirred egress mirror dev tun0
	in_isp ping -q -n -c 3 -i 0.2 -W 1 -I 198.51.100.10 192.0.2.2 >/dev/null || true # the answers go by tun0
}

client tc qdisc add dev eth0 clsact
sent_in
expect "clsact: packets from outside that the filter of egress had" "$(hits egress)" 0
client tc qdisc del dev eth0 clsact

client tc qdisc add dev eth0 ingress
expect "ingress: a filter of egress is taken" "$(sent_in && echo yes)" yes
expect "ingress: packets from outside that the filter of egress had" "$(hits egress)" 3
expect "ingress: the filter is one of ingress, too" "$(hits ingress)" 3
finish
