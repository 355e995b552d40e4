#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux (seen on 6.18): a datagram with a virtio header (VIRTIO_NET_HDR_GSO_UDP, what guests with host_ufo and programs
# with PACKET_VNET_HDR hand over) is expected to leave as the same fragments by whatever way it takes. By the end of a veth
# pair it does, and so does one of IPv4 by a bridge with that end as its port. Of one of IPv6 the bridge sends the last
# fragment alone, and send() says that all is well: the bridge cuts in two steps, and the first one's piece, which has a
# Fragment header by then, cannot be cut again.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3 python3-minimal=3.11.2-1+b1 tcpdump=4.99.3-1
lab
cat >"$root/tmp/datagram.py" <<'END'
import socket
import struct
import sys

SOL_PACKET, PACKET_VNET_HDR = 263, 15
F_NEEDS_CSUM, GSO_UDP, PIECE, SIZE = 1, 3, 1000, 5000

device, family = sys.argv[1:]
udp = struct.pack("!HHHH", 40000, 9, 8 + SIZE, 0) + bytes(SIZE)
if family == "4":
    kind, ip = 0x0800, struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                                   socket.inet_aton("192.0.2.2"), socket.inet_aton("198.51.100.77"))
    total = sum(struct.unpack("!10H", ip))
    ip = ip[:10] + struct.pack("!H", ~(total % 0xffff) & 0xffff) + ip[12:]
else:
    kind, ip = 0x86dd, struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + \
        socket.inet_pton(socket.AF_INET6, "2001:db8:1::2") + socket.inet_pton(socket.AF_INET6, "2001:db8:99::10")
frame = bytes([2, 0, 0, 0, 0, 1]) + bytes([2, 0, 0, 0, 0, 2]) + struct.pack("!H", kind) + ip + udp
begin = 14 + len(ip)
header = struct.pack("<BBHHHH", F_NEEDS_CSUM, GSO_UDP, begin + 8, PIECE, begin, 6)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
s.bind((device, 0))
s.send(header + frame)
END

capture
client python3 /tmp/datagram.py eth0 4
client python3 /tmp/datagram.py eth0 6
by_veth="$(captured isp 'ip and dst host 198.51.100.77') $(captured isp 'ip6 and dst host 2001:db8:99::10')"

ip -n "$client" link add br0 type bridge mcast_snooping 0
ip -n "$client" link set eth0 master br0
ip -n "$client" link set br0 up
sleep 0.5
capture
client python3 /tmp/datagram.py br0 4
client python3 /tmp/datagram.py br0 6

echo "Linux $(uname -r)"
expect "fragments of 5008 bytes by a veth pair, IPv4 and IPv6" "$by_veth" "6 6"
expect "fragments of IPv4 by a bridge" "$(captured isp 'ip and dst host 198.51.100.77')" 6
expect "fragments of IPv6 by a bridge" "$(captured isp 'ip6 and dst host 2001:db8:99::10')" 1
finish
