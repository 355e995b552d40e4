#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dumpcap 4.0.17 and tcpdump 4.99.3 (Debian 12) with "-i any": the form is chosen by libpcap, and one would expect the same of
# both. tcpdump asks for the newer one (LINUX_SLL2), in which each packet has its interface. dumpcap takes the older one
# (LINUX_SLL), which has none: a packet that passed a bridge and its port is there twice, byte by byte the same, and what was in
# the tunnel is among the rest. In both, loopback's packets are there once and as received: "-Q out" has none of them.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages wireshark-common=4.0.17-0+deb12u3 tshark=4.0.17-0+deb12u3 tcpdump=4.99.3-1 iputils-ping=3:20221126-1+deb12u1
lab
ip -n "$client" link add br0 type bridge
ip -n "$client" link set eth0 master br0
ip -n "$client" link set br0 up
ip -n "$client" addr flush dev eth0
ip -n "$client" addr add 192.0.2.2/24 dev br0

client dumpcap -q -i any -f icmp -w /tmp/dumpcap 2>/dev/null &
client tcpdump -Z root -Uni any --immediate-mode -w /tmp/tcpdump icmp 2>/dev/null &
client tcpdump -Z root -Uni any -Q out --immediate-mode -w /tmp/out icmp 2>/dev/null &
sleep 2
client ping -c 1 -W 2 192.0.2.1 >/dev/null
client ping -c 1 -W 2 127.0.0.1 >/dev/null
sleep 1

# form FILE: how the packets are written down.
form() {
	client capinfos -rTE "/tmp/$1" 2>/dev/null | cut -f 2
}

# requests FILE ADDRESS: how often an echo request to it is there.
requests() {
	client tshark -nr "/tmp/$1" -Y "icmp.type == 8 and ip.dst == $2" 2>/dev/null | wc -l
}

# interfaces FILE: on how many that request was, as the file tells.
interfaces() {
	client tshark -nr "/tmp/$1" -Y "icmp.type == 8 and ip.dst == 192.0.2.1" -T fields -e sll.ifindex 2>/dev/null |
		sort -u | grep -c . || true
}

for by in dumpcap tcpdump; do
	expect "$by: its form" "$(form "$by")" "linux-sll$([ "$by" = dumpcap ] || echo 2)"
	expect "$by: a request that passed a bridge and its port is there" "$(requests "$by" 192.0.2.1)" 2
	expect "$by: one over loopback is there" "$(requests "$by" 127.0.0.1)" 1
done
expect "dumpcap: interfaces that the request was on" "$(interfaces dumpcap)" 0
expect "tcpdump: interfaces that the request was on" "$(interfaces tcpdump)" 2
expect "tcpdump -Q out: requests over loopback" "$(requests out 127.0.0.1)" 0
finish
