#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux (seen on 6.18): ip(7) describes IP_UNICAST_IF as the way to choose the outgoing interface without privileges, and
# says nothing of the kind of socket. UDP heeds it, connected or not. TCP takes the value, gives it back, and connects by
# the routes as if nothing had been said. A program that "binds to the VPN" with it has its TCP on the provider's line.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages python3-minimal=3.11.2-1+b1
lab
# The default route is the provider's; tun0 is only there for who asks for it.
ip -n "$client" route del 0.0.0.0/1
ip -n "$client" route del 128.0.0.0/1
ip -n "$client" route add default via 10.8.0.1 dev tun0 metric 500

cat >"$root/tmp/bound.py" <<'END'
import socket
import struct
import sys

IP_UNICAST_IF = 50
tunnel = struct.pack("!I", socket.if_nametoindex("tun0"))
end = socket.socket(socket.AF_INET, {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}[sys.argv[1]])
end.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, tunnel)
end.setblocking(False)
try:
    end.connect(("198.51.100.10", 9))
except BlockingIOError:
    pass
kept = end.getsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, 4) == tunnel
print(end.getsockname()[0], "kept" if kept else "lost")
END
echo "Linux $(uname -r)"
expect "UDP with IP_UNICAST_IF tun0 connects from" "$(client python3 /tmp/bound.py udp)" "10.8.0.2 kept"
expect "TCP with IP_UNICAST_IF tun0 connects from" "$(client python3 /tmp/bound.py tcp)" "192.0.2.2 kept"
finish
