#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 6.18 and iproute2 6.1.0: "action mirred egress redirect" sends what leaves by one interface to another, say to an ifb
# with the queue that shapes it. One would expect the packet itself to be moved. At egress it is cloned and the first one freed:
# the clone has no socket. So the sender's buffer is never full (SIOCOUTQ is 0 while the queue holds all that it sent), it is
# never made to wait, and what the queue has no room for is lost. A rule or a program at the second interface finds no owner.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3
lab
in_client ping -q -n -c 1 192.0.2.1 >/dev/null

# Sends 100 datagrams of 1000 bytes, of which the queue holds all but the first two. Prints whether the sender's buffer has them.
cat >"$dir/send.py" <<'END'
import fcntl
import socket
import struct
import sys

SIOCOUTQ = 0x5411
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
for _ in range(100):
    end.sendto(bytes(1000), ("192.0.2.1", 9))
waits, = struct.unpack("i", fcntl.ioctl(end, SIOCOUTQ, bytes(4)))
print("full" if waits > 90000 else "empty" if waits == 0 else waits)
END

waiting() {
	client tc -s qdisc show dev "$1" root | sed -nE 's/.* ([0-9]+)p requeues.*/\1/p'
}

client tc qdisc add dev eth0 root tbf rate 8kbit burst 2kb limit 1mb
expect "a queue at the interface: the sender's buffer" "$(in_client python3 "$dir/send.py")" full
expect "and most of the packets wait" "$(($(waiting eth0) > 90))" 1
client tc qdisc del dev eth0 root

client tc qdisc add dev tun0 root tbf rate 8kbit burst 2kb limit 1mb
client tc qdisc add dev eth0 clsact
client tc filter add dev eth0 egress protocol ip u32 match ip dport 9 0xffff action mirred egress redirect dev tun0
expect "a queue behind redirect: the sender's buffer" "$(in_client python3 "$dir/send.py")" empty
expect "and most of the packets wait" "$(($(waiting tun0) > 90))" 1
finish
