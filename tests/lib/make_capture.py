# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes one and the same traffic as a capture of any form: make_capture.py FORM >FILE

FORM is a link type (ethernet, vlan, qinq, 9100, pppoe, raw, raw12, raw14, ip, sll, sll-vlan, sll2, sll2-vlan, null, null-be,
loop, ppp, ppp-short, ppp-hdlc, ppp-cisco, ppp-ether, usb) as pcap; a form of pcap (pcap-be, pcap-nano) or of pcapng
(ng, ng-be, ng-packet, ng-simple, ng-nano, ng-binary, ng-sections, ng-mixed) with Ethernet; or, as pcapng, two interfaces:
ng-tunnel, where each packet is on tun0 as well, from the tunnel's address; ng-inside and ng-inside-clean, where what tell.py
sends is on tun0. torrent is other traffic, a client's; fragments are
questions in pieces.
"""

import struct
import sys

import tell

CLIENT = {4: bytes([192, 0, 2, 10]), 6: bytes.fromhex("20010db8000100000000000000000010")}
TUNNEL = {4: bytes([10, 8, 0, 2]), 6: bytes.fromhex("fd000000000000000000000000000002")}
SERVER = {4: bytes([203, 0, 113, 10]), 6: bytes.fromhex("20010db8000200000000000000000010")}
START = 1700000000 * 10**9
TCP, UDP = 6, 17


def datagram(sport, dport, payload):
    return UDP, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def segment(sport, dport, flags, payload=b""):
    return TCP, struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1024, 0, 0) + payload


def packet(family, sent, transport, client):
    proto, body = transport
    ends = (client[family], SERVER[family]) if sent else (SERVER[family], client[family])
    if family == 4:
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0) + b"".join(ends) + body
    return struct.pack(">IHBB", 6 << 28, len(body), proto, 64) + b"".join(ends) + body


def question(name, qtype):
    labels = b"".join(bytes([len(part)]) + part for part in name.split(b"."))
    return struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, qtype, 1)


def traffic(client):
    """(ns, IP packet): a leak of every class, in both families, and what comes back."""
    dht = b"d1:ad2:id20:" + b"x" * 20 + b"e1:q4:ping1:t2:aa1:y1:qe"
    stun = struct.pack(">HHI", 1, 0, 0x2112A442) + b"y" * 12
    sends = []
    for family in 4, 6:
        sends += [
            (family, True, datagram(40000, 53, question(b"Tracker.example", 1 if family == 4 else 28))),
            (family, False, datagram(53, 40000, question(b"Tracker.example", 1))),
            (family, True, datagram(40001, 3478, stun)),
            (family, True, datagram(40002, 6881, dht)),
            (family, True, segment(40003, 443, 2)),
            (family, False, segment(443, 40003, 0x12)),
            (family, True, segment(40003, 443, 0x18, b"z" * 600)),
            (family, True, datagram(40004, 9, b"w" * 1000)),
        ]
    return [(START + i * 10**8, packet(f, sent, what, client)) for i, (f, sent, what) in enumerate(sends)]


def torrent():
    """A client that shows itself, then unknown payload from its port (by UDP and TCP) and from another."""
    dht = b"d1:ad2:id20:" + b"x" * 20 + b"e1:q4:ping1:t2:aa1:y1:qe"
    sends = [
        datagram(51413, 1000, dht),
        datagram(51413, 1001, b"\xf0" * 200),
        segment(51413, 1002, 0x18, b"\xf1" * 200),
        datagram(40000, 1003, b"\xf0" * 200),
    ]
    return [(START + i * 10**8, packet(4, True, what, CLIENT)) for i, what in enumerate(sends)]


def fragments():
    """A question in fragments, the first of which holds 8, 16, 24 or 40 bytes; for each a port of its own."""
    sends = []
    for family in 4, 6:
        for size in 8, 16, 24, 40:
            proto, body = datagram(40000 + size, 53, question(b"tracker.example.of.a.long.name", 1))
            for at in range(0, len(body), size):
                part, more = body[at : at + size], at + size < len(body)
                if family == 4:
                    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), size, more << 13 | at // 8, 64, proto, 0)
                    sends.append(head + CLIENT[4] + SERVER[4] + part)
                else:
                    head = struct.pack(">IHBB", 6 << 28, 8 + len(part), 44, 64) + CLIENT[6] + SERVER[6]
                    sends.append(head + struct.pack(">BBHI", proto, 0, at | more, size) + part)
    return [(START + i * 10**6, packet_) for i, packet_ in enumerate(sends)]


def by_version(four, six):
    return lambda ip: (four if ip[0] >> 4 == 4 else six)


ETHERTYPE = by_version(b"\x08\x00", b"\x86\xdd")
PPP = by_version(b"\x00\x21", b"\x00\x57")
MACS = bytes.fromhex("020000000001" "02000000000a")
KIND = lambda ip: 0 if SERVER[4] in ip[12:16] or SERVER[6] in ip[8:24] else 4
COOKED = lambda ip: bytes([0, KIND(ip)]) + bytes.fromhex("0001" "0006" "02000000000a0000")
PPPOE = lambda ip: bytes([0x11, 0, 0, 1]) + struct.pack(">H", len(ip) + 2) + PPP(ip)
COOKED2 = lambda ip: bytes.fromhex("0000" "00000002" "0001") + bytes([KIND(ip)]) + bytes.fromhex("06" "02000000000a0000")

# name: (link type, what is in front of an IP packet)
LINKS = {
    "ethernet": (1, lambda ip: MACS + ETHERTYPE(ip)),
    "vlan": (1, lambda ip: MACS + b"\x81\x00\x00\x05" + ETHERTYPE(ip)),
    "qinq": (1, lambda ip: MACS + b"\x88\xa8\x00\x05\x81\x00\x00\x06" + ETHERTYPE(ip)),
    "9100": (1, lambda ip: MACS + b"\x91\x00\x00\x05\x81\x00\x00\x06" + ETHERTYPE(ip)),
    "pppoe": (1, lambda ip: MACS + b"\x88\x64" + PPPOE(ip)),
    "raw": (101, lambda ip: b""),
    "raw12": (12, lambda ip: b""),
    "raw14": (14, lambda ip: b""),
    "sll": (113, lambda ip: COOKED(ip) + ETHERTYPE(ip)),
    "sll-vlan": (113, lambda ip: COOKED(ip) + b"\x81\x00\x00\x05" + ETHERTYPE(ip)),
    "sll2": (276, lambda ip: ETHERTYPE(ip) + COOKED2(ip)),
    "sll2-vlan": (276, lambda ip: b"\x81\x00" + COOKED2(ip) + b"\x00\x05" + ETHERTYPE(ip)),
    "null": (0, by_version(struct.pack("<I", 2), struct.pack("<I", 30))),
    "null-be": (0, by_version(struct.pack(">I", 2), struct.pack(">I", 28))),
    "loop": (108, by_version(struct.pack(">I", 2), struct.pack(">I", 24))),
    "ppp": (9, lambda ip: b"\xff\x03" + PPP(ip)),
    "ppp-short": (9, by_version(b"\x21", b"\x57")),
    "ppp-hdlc": (50, lambda ip: b"\xff\x03" + PPP(ip)),
    "ppp-cisco": (50, lambda ip: b"\x0f\x00" + ETHERTYPE(ip)),
    "ppp-ether": (51, PPPOE),
    "usb": (189, lambda ip: b"\x00" * 64),
}


def pcap(linktype, frames, order="<", nano=False):
    yield struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype)
    for time, frame in frames:
        part = time % 10**9 // (1 if nano else 1000)
        yield struct.pack(order + "IIII", time // 10**9, part, len(frame), len(frame)) + frame


class Section:
    def __init__(self, order="<"):
        self.order = order

    def pack(self, fmt, *values):
        return struct.pack(self.order + fmt, *values)

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        total = self.pack("I", len(body) + 12)
        return self.pack("I", kind) + total + body + total

    def header(self):
        return self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1))

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + b"\0" * (-len(value) % 4)

    def interface(self, linktype, name=None, resolution=None):
        options = b""
        if name:
            options += self.option(2, name)
        if resolution is not None:
            options += self.option(9, bytes([resolution]))
        return self.block(1, self.pack("HHI", linktype, 0, 0) + options + self.option(0, b""))

    def enhanced(self, number, ticks, frame):
        head = self.pack("IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        return self.block(6, head + frame)

    def obsolete(self, ticks, frame):
        head = self.pack("HHIIII", 0, 9, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        return self.block(2, head + frame)

    def simple(self, frame):
        return self.block(3, self.pack("I", len(frame)) + frame)


def ng(frames, order="<", form="enhanced", resolution=None):
    s = Section(order)
    yield s.header() + s.interface(1, b"eth0", resolution)
    yield s.block(4, b"\0" * 8)  # names, which nobody asked for
    for time, frame in frames:
        ticks = time // 1000
        if resolution == 9:
            ticks = time
        elif resolution is not None:
            ticks = (time << (resolution & 0x7F)) // 10**9
        if form == "enhanced":
            yield s.enhanced(0, ticks, frame)
        else:
            yield s.obsolete(ticks, frame) if form == "packet" else s.simple(frame)


def ng_mixed(packets):
    """Each packet on another of three interfaces with link types of their own."""
    s = Section()
    kinds = ["ethernet", "raw", "sll"]
    yield s.header() + b"".join(s.interface(LINKS[kind][0], b"eth0") for kind in kinds)
    for i, (time, ip) in enumerate(packets):
        yield s.enhanced(i % 3, time // 1000, LINKS[kinds[i % 3]][1](ip) + ip)


def ng_tunnel():
    s = Section()
    yield s.header() + s.interface(1, b"eth0") + s.interface(101, b"tun0")
    for (time, outside), (_, inside) in zip(traffic(CLIENT), traffic(TUNNEL)):
        yield s.enhanced(0, time // 1000, LINKS["ethernet"][1](outside) + outside)
        yield s.enhanced(1, time // 1000, inside)


def ng_inside(messages):
    """A tunnel's outer packet, then the messages inside: each of a socket of its own."""
    s = Section()
    yield s.header() + s.interface(1, b"eth0") + s.interface(101, b"tun0")
    outer = packet(4, True, datagram(51820, 51820, b"o" * 100), CLIENT)
    yield s.enhanced(0, START // 1000, LINKS["ethernet"][1](outer) + outer)
    for i, (transport, parts) in enumerate(messages):
        for part in parts:
            what = datagram(41000 + i, 9, part) if transport == "udp" else segment(41000 + i, 9, 0x18, part)
            yield s.enhanced(1, START // 1000 + 1000 * i, packet(4, True, what, TUNNEL))


def ng_inside_told():
    yield from ng_inside((transport, parts) for _, transport, parts in tell.forms("192.0.2.10", None))
    for port in 42000, 42000, 42001:
        yield Section().enhanced(1, START // 1000 + 10**6, packet(4, True, datagram(port, 9, b"x" * 20), CLIENT))


def capture(form):
    packets = traffic(CLIENT)
    frames = [(time, LINKS["ethernet"][1](ip) + ip) for time, ip in packets]
    half = len(frames) // 2
    forms = {
        "pcap-be": lambda: pcap(1, frames, ">"),
        "pcap-nano": lambda: pcap(1, frames, nano=True),
        "ng": lambda: ng(frames),
        "ng-be": lambda: ng(frames, ">"),
        "ng-packet": lambda: ng(frames, form="packet"),
        "ng-simple": lambda: ng(frames, form="simple"),
        "ng-nano": lambda: ng(frames, resolution=9),
        "ng-binary": lambda: ng(frames, resolution=0x80 | 30),
        "ng-sections": lambda: [*ng(frames[:half]), *ng(frames[half:], ">")],
        "ng-mixed": lambda: ng_mixed(packets),
        "ng-tunnel": ng_tunnel,
        "ng-inside": ng_inside_told,
        "ng-inside-clean": lambda: ng_inside(tell.near_misses("192.0.2.10")),
        "torrent": lambda: pcap(101, torrent()),
        "fragments": lambda: pcap(1, [(time, LINKS["ethernet"][1](ip) + ip) for time, ip in fragments()]),
    }
    if form in forms:
        return forms[form]()
    linktype, head = LINKS[form]
    return pcap(linktype, [(time, head(ip) + ip) for time, ip in packets])


if __name__ == "__main__":
    sys.stdout.buffer.write(b"".join(capture(sys.argv[1])))
