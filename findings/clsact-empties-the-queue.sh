#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The qdisc clsact holds no packets: it is a place for filters (iproute2 6.1.0, Linux 6.18). One would expect that it can be
# added beside the queue of an interface without a packet being harmed. It takes the queue down and up again: what waited
# there is gone, the sender was told that it is sent, and the queue's own counter of drops says 0.
#
# So a meter that attaches by clsact loses packets of a line that is busy when it starts. tcx (Linux 6.6) does not.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3 tcpdump=4.99.3-1
lab
in_client ping -q -n -c 1 192.0.2.1 >/dev/null
capture
client tc qdisc add dev eth0 root tbf rate 100kbit burst 2kb limit 1mb

# shellcheck disable=SC2016 # expanded by the inner shell
in_client bash -c 'printf -v text "%1000s"; for ((i = 0; i < 50; i++)); do echo "$text" >/dev/udp/192.0.2.1/9; done'
waiting=$(client tc -s qdisc show dev eth0 root | sed -n 's/.* \([0-9]*\)p requeues.*/\1/p')
client tc qdisc add dev eth0 clsact
expect "most of the 50 packets wait in the queue" "$((waiting > 40))" 1
expect "wait there with clsact" "$(client tc -s qdisc show dev eth0 root | sed -n 's/.* \([0-9]*\)p requeues.*/\1/p')" 0
expect "drops that the queue tells" "$(client tc -s qdisc show dev eth0 root | sed -n 's/.*(dropped \([0-9]*\).*/\1/p' | head -n 1)" 0
expect "packets on the line are those that did not wait" "$(captured isp 'udp port 9')" "$((50 - waiting))"
finish
