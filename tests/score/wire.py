# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows -> packets -> a pcap file, and the row of truth that belongs to each flow."""

import ipaddress
import random
import socket
import struct

CLIENT, CLIENT6 = "192.168.7.2", "2001:db8:7::2"
SERVER, SERVER6 = "198.51.100.7", "2001:db8:99::7"

COLUMNS = ("file", "proto", "src", "sport", "dst", "dport", "ipver", "label", "detail", "scored", "why")

random.seed(7)  # the same file every time


def noise(n):
    """Bytes without a pattern: what is encrypted looks so."""
    return random.getrandbits(8 * n).to_bytes(n, "big")


class Flow:
    """One 5-tuple. An item of said is the sender's payload, ("<", payload) the other side's, and None a
    TCP segment without one."""

    next_port = 40000

    def __init__(self, why, label, detail, proto, dport, said, src=None, dst=None, sport=None, family=4):
        if sport is None:
            Flow.next_port += 1
            sport = Flow.next_port
        self.why, self.label, self.detail = why, label, detail
        self.proto, self.sport, self.dport, self.said = proto, sport, dport, said
        self.src = src or (CLIENT6 if family == 6 else CLIENT)
        self.dst = dst or (SERVER6 if family == 6 else SERVER)

    def row(self, file):
        return (file, self.proto, self.src, self.sport, self.dst, self.dport,
                ipaddress.ip_address(self.src).version, self.label, self.detail or "-", "yes", self.why)

    def packets(self):
        if self.proto == "tcp":
            yield from self._tcp()
            return
        for item in self.said:
            back, payload = (True, item[1]) if isinstance(item, tuple) else (False, item)
            yield self._ip(back, 17, self._udp(back, payload))

    def _ends(self, back):
        ends = (self.src, self.sport, self.dst, self.dport)
        return ends[2:] + ends[:2] if back else ends

    def _tcp(self):
        seq = {False: 1000, True: 5000}
        yield self._segment(False, seq, 0x02, b"")
        yield self._segment(True, seq, 0x12, b"")
        yield self._segment(False, seq, 0x10, b"")
        for item in self.said:
            back, payload = (True, item[1]) if isinstance(item, tuple) else (False, item)
            yield self._segment(back, seq, 0x18 if payload else 0x10, payload or b"")

    def _segment(self, back, seq, flags, payload):
        _, sport, _, dport = self._ends(back)
        head = struct.pack(">HHIIBBHHH", sport, dport, seq[back], seq[not back] if flags & 0x10 else 0,
                           5 << 4, flags, 65535, 0, 0)
        seq[back] += len(payload) + (1 if flags & 2 else 0)
        return self._ip(back, 6, self._summed(back, 6, head + payload, 16))

    def _udp(self, back, payload):
        _, sport, _, dport = self._ends(back)
        head = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0)
        return self._summed(back, 17, head + payload, 6)

    def _summed(self, back, proto, segment, at):
        src, _, dst, _ = self._ends(back)
        pseudo = packed(src) + packed(dst) + struct.pack(">II", len(segment), proto)
        value = checksum(pseudo + segment) or 0xffff
        return segment[:at] + struct.pack(">H", value) + segment[at + 2:]

    def _ip(self, back, proto, segment):
        src, _, dst, _ = self._ends(back)
        if ipaddress.ip_address(src).version == 6:
            return struct.pack(">IHBB", 6 << 28, len(segment), proto, 64) + packed(src) + packed(dst) + segment
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), random.randrange(65536), 0x4000, 64, proto, 0)
        head += packed(src) + packed(dst)
        return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + segment


def packed(address):
    return ipaddress.ip_address(address).packed


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(packet):
    return bytes.fromhex("020000000001020000000002") + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def write(flows, pcap, truth):
    """pcap: path; truth: a file object. Flows begin one after the other, a tenth of a second apart."""
    name = pcap.rsplit("/", 1)[-1]
    timed = []
    for start, flow in enumerate(flows):
        for n, packet in enumerate(flow.packets()):
            timed.append((start * 100000 + n * 20000, packet))
        truth.write("\t".join(str(v) for v in flow.row(name)) + "\n")
    with open(pcap, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, packet in sorted(timed, key=lambda t: t[0]):
            frame = ethernet(packet)
            f.write(struct.pack("<IIII", 1790000000 + at // 1000000, at % 1000000, len(frame), len(frame)) + frame)


def inet(address):
    return socket.inet_aton(address)
