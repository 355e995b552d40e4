#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 6.18, RTM_GETQDISC for one queue (its interface and handle), as RTM_GETLINK is asked for one interface. One would expect
# the queue, or an error. Without NLM_F_ECHO who asks gets an acknowledgement and no queue; who listens to the group of traffic
# control gets it, and has not asked.
#
# So who reads a queue's length must set NLM_F_ECHO, or read all queues; and who follows changes of queues is told of some that
# have not changed.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3
lab
client tc qdisc add dev eth0 root handle 1: tbf rate 100kbit burst 2kb limit 1mb

cat >"$dir/ask.py" <<'END'
import socket
import struct
import sys

ACK, ECHO, REQUEST = 4, 8, 1
ERROR, GETQDISC, NEWQDISC, GROUP_TC = 2, 38, 36, 4
flags = {"plain": REQUEST | ACK, "echo": REQUEST | ACK | ECHO}[sys.argv[1]]
listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
listener.settimeout(1)
if len(sys.argv) > 2:
    listener.bind((0, 1 << GROUP_TC - 1))
end = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
end.bind((0, 0))
end.settimeout(2)
queue = struct.pack("=BxxxiIII", 0, socket.if_nametoindex("eth0"), 0x10000, 0, 0)
end.send(struct.pack("=IHHII", 36, GETQDISC, flags, 1, 0) + queue)
words = []
while "done" not in words:
    data = end.recv(65536)
    while data:
        size, kind = struct.unpack("=IH", data[:6])
        if kind == ERROR:
            words.append("done" if not struct.unpack("=i", data[16:20])[0] else "refused")
        elif kind == NEWQDISC:
            words.append("queue")
        data = data[(size + 3) & ~3:]
if len(sys.argv) > 2:
    try:
        heard = struct.unpack("=IH", listener.recv(65536)[:6])[1] == NEWQDISC
    except TimeoutError:
        heard = False
    words.append("and the listener " + ("a queue" if heard else "nothing"))
print(*words)
END

expect "asked for one queue" "$(in_client python3 "$dir/ask.py" plain)" "done"
expect "asked for one queue while somebody listens" "$(in_client python3 "$dir/ask.py" plain listen)" "done and the listener a queue"
expect "asked with NLM_F_ECHO" "$(in_client python3 "$dir/ask.py" echo)" "queue done"
finish
