# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms of a capture's file, for tools/link-types.py."""

import struct

TIME = 1700000000


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def pcap(frames, linktype=1, order="<", magic=0xA1B2C3D4, version=(2, 4), tail=b""):
    out = struct.pack(order + "IHHiIII", magic, *version, 0, 0, 262144, linktype)
    for i, frame in enumerate(frames):
        out += struct.pack(order + "IIII", TIME + i, 0, len(frame), len(frame)) + frame
    return out + tail


class Ng:
    def __init__(self, order="<", version=(1, 0)):
        self.order = order
        self.out = self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, *version, -1))

    def pack(self, fmt, *values):
        return struct.pack(self.order + fmt, *values)

    def block(self, kind, body):
        total = self.pack("I", 12 + len(pad(body)))
        return self.pack("I", kind) + total + pad(body) + total

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + pad(value)

    def add(self, kind, body):
        self.out += self.block(kind, body)
        return self

    def interface(self, linktype=1, options=b""):
        return self.add(1, self.pack("HHI", linktype, 0, 0) + options)

    def packet(self, frame, ticks=TIME * 10**6, options=b"", interface=0):
        head = self.pack("IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        return self.add(6, head + pad(frame) + options)

    def simple(self, frame):
        return self.add(3, self.pack("I", len(frame)) + frame)

    def obsolete(self, frame):
        ticks = TIME * 10**6
        return self.add(2, self.pack("HHIIII", 0, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)


def section(order, frame):
    return Ng(order).interface().packet(frame).out


# what it is, its bytes
FILES = [
    ("pcap, both byte orders, microseconds", lambda f: [pcap([f], order=o) for o in "<>"]),
    ("pcap, both byte orders, nanoseconds", lambda f: [pcap([f], order=o, magic=0xA1B23C4D) for o in "<>"]),
    ("pcap, versions 2.2 to 2.5", lambda f: [pcap([f], version=(2, minor)) for minor in (2, 3, 4, 5)]),
    ("pcap, another version", lambda f: [pcap([f], version=(543, 0))]),
    ("pcap, modified (Kuznetzov)", lambda f: [pcap([f], magic=0xA1B2CD34)]),
    ("pcap with a check sequence behind each frame", lambda f: [pcap([f + b"\1\2\3\4"], linktype=0x24000001)]),
    ("pcap that is cut", lambda f: [pcap([f, f])[:-10]]),
    ("pcap with other bytes at its end", lambda f: [pcap([f], tail=b"\0" * 7)]),
    ("pcapng, both byte orders", lambda f: [section(o, f) for o in "<>"]),
    ("pcapng, sections of different byte orders", lambda f: [section("<", f) + section(">", f)]),
    ("pcapng, simple packets, which have no time", lambda f: [Ng(o).interface().simple(f).out for o in "<>"]),
    ("pcapng, obsolete packets", lambda f: [Ng(o).interface().obsolete(f).out for o in "<>"]),
    ("pcapng, clocks of another resolution or offset", lambda f: [
        Ng().interface(options=Ng().option(9, b"\x09")).packet(f, TIME * 10**9).out,
        Ng().interface(options=Ng().option(9, b"\x94")).packet(f, TIME << 20).out,
        Ng().interface(options=Ng().option(14, struct.pack("<q", TIME))).packet(f, 5).out]),
    ("pcapng, a time past 2^64 ns", lambda f: [Ng().interface().packet(f, 2**64 - 1).out]),
    ("pcapng, blocks of other kinds", lambda f: [Ng().add(10, b"\0" * 8).add(0xBAD, b"\0" * 8).interface().add(9, b"").packet(f).out]),
    ("pcapng, an interface that is not read, without packets", lambda f: [Ng().interface().interface(189).packet(f).out]),
    ("pcapng, an interface that is not read, with packets", lambda f: [
        Ng().interface().interface(189).packet(f).packet(b"\0" * 64, interface=1).out]),
    ("pcapng, a packet without its interface", lambda f: [Ng().packet(f).out]),
    ("pcapng, version 2", lambda f: [Ng(version=(2, 0)).interface().packet(f).out]),
    ("pcapng that is cut", lambda f: [Ng().interface().packet(f).packet(f).out[:-9]]),
    ("snoop", lambda f: [b"snoop\0\0\0" + struct.pack(">II", 2, 4)]),
    ("text", lambda f: [b"what tcpdump prints\n" * 10]),
    ("an empty file", lambda f: [b""]),
]
