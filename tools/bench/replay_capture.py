# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture of a busy host to measure readers with: replay_capture.py PACKETS >FILE

Of 100 packets some 57 are of TCP downloads, 25 of uTP, 15 of many small flows by UDP, 2 of DNS, and one of STUN; in about
14,000 flows, in both directions. The same packets come again until there are enough of them, always later.
"""

import random
import struct
import sys

CLIENT = bytes([192, 0, 2, 10])
MACS = bytes.fromhex("020000000001" "02000000000a" "0800")
BLOCK = 100000

random.seed(1)
noise = random.randbytes(1500)


def frame(proto, peer, sport, dport, body, sent):
    ends = CLIENT + peer if sent else peer + CLIENT
    ports = struct.pack(">HH", sport, dport) if sent else struct.pack(">HH", dport, sport)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 24 + len(body), 1, 0, 64, proto, 0)
    return MACS + ip + ends + ports + body


def udp(peer, sport, dport, payload, sent):
    return frame(17, peer, sport, dport, struct.pack(">HH", 8 + len(payload), 0) + payload, sent)


def tcp(peer, sport, dport, size, sent):
    return frame(6, peer, sport, dport, struct.pack(">IIBBHHH", 1, 1, 0x50, 0x10, 1024, 0, 0) + noise[:size], sent)


def address(n):
    return struct.pack(">I", 0x0B000000 + n)


def utp(i):
    peer = random.randrange(2000)
    head = struct.pack(">BBHIIIHH", 1, 0, peer + 1, i + 1, 5, 1000, i & 0xFFFF, 1)
    return udp(address(peer), 51413, 6881, head + noise[: random.choice((0, 900, 1380))], random.random() < 0.5)


def dns(i):
    port, name = 30000 + i % 1000, b"\x04host\x07example\x00"
    head = struct.pack(">HHHHHH", port, 0x8180 if i & 1 else 0x100, 1, 0, 0, 0)
    return udp(bytes([203, 0, 113, 53]), port, 53, head + name + b"\0\1\0\1", not i & 1)


def stun(i):
    head = struct.pack(">HHI", 1, 0, 0x2112A442) + noise[:12]
    return udp(address(5000 + i % 20), 50000, 3478, head, True)


def packet(i):
    kind = random.random()
    if kind < 0.57:
        stream = random.randrange(300)
        down = random.random() < 0.66
        return tcp(address(10000 + stream), 40000 + stream, 443, 1448 if down else 0, not down)
    if kind < 0.82:
        return utp(i)
    if kind < 0.97:
        flow = random.randrange(10000)
        return udp(address(20000 + flow), 1024 + flow, 443, noise[: random.randrange(40, 1200)], random.random() < 0.5)
    return dns(i) if kind < 0.99 else stun(i)


def main():
    total = int(sys.argv[1])
    frames = [packet(i) for i in range(min(BLOCK, total))]
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    head = struct.Struct("<IIII").pack
    for begin in range(0, total, len(frames)):
        chunk = []
        for i, f in enumerate(frames[: total - begin], begin):
            chunk += [head(1700000000 + i // 20000, i % 20000 * 50, len(f), len(f)), f]
        out.write(b"".join(chunk))


main()
