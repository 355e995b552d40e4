#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""near_misses.py CLIENT4 PEER4 CLIENT6 PEER6: packets of one raw socket a family, each of which differs from the last one in one
thing. Prints their flows, a line each: source, destination, their ports, protocol, packets."""
import collections
import ipaddress
import socket
import struct
import sys

SPORT, DPORT = 41000, 42000
PORTS = struct.pack(">HH", SPORT, DPORT)
PAYLOAD = bytes(range(200, 233))

c4, p4, c6, p6 = map(ipaddress.ip_address, sys.argv[1:])
raw = {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
       6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)}
counts = collections.Counter()


def transport(sport, dport, proto):
    if proto == socket.IPPROTO_UDP:
        return struct.pack(">HHHH", sport, dport, 8 + len(PAYLOAD), 0) + PAYLOAD
    return struct.pack(">HHIIBBHI", sport, dport, 1, 1, 0x50, 0x10, 99, 0) + PAYLOAD


def send(src, dst, sport=SPORT, dport=DPORT, proto=socket.IPPROTO_UDP, options=b""):
    l4 = transport(sport, dport, proto)
    if src.version == 4:
        head = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(l4), 7, 0, 64, proto, 0,
                           src.packed, dst.packed)
    else:
        head = struct.pack(">IHBB16s16s", 6 << 28, len(l4), proto, 64, src.packed, dst.packed)
    raw[src.version].sendto(head + options + l4, (str(dst), 0))
    counts[f"{src} {dst} {sport} {dport} {proto}"] += 1


def near(c, p, **differs):
    for _ in range(3):
        send(c, p)
        send(**{"src": c, "dst": p, **differs})


for c, p in (c4, p4), (c6, p6):
    for _ in range(10):  # its class is settled
        send(c, p)
    near(c, p, sport=SPORT + 1)
    near(c, p, dport=DPORT + 1)
    near(c, p, proto=socket.IPPROTO_TCP)
    near(c, p, src=c + 1)
    near(c, p, dst=p + 1)
near(c4, p4, sport=1, dport=2, options=PORTS)  # which lie where ports do without options
print("\n".join(sorted(f"{flow} {n}" for flow, n in counts.items())))
