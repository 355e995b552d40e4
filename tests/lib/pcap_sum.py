# SPDX-License-Identifier: GPL-2.0-or-later
"""Sums a capture (Ethernet, pcap format, on stdin): "PACKETS BYTES", where bytes count from the IP header on.

The lengths are those that the IP headers claim, not the captured ones: Ethernet pads short packets."""

import struct
import sys

ETHERNET = 14


def ip_length(frame):
    version = frame[ETHERNET] >> 4
    if version == 4:
        return struct.unpack_from(">H", frame, ETHERNET + 2)[0]
    if version == 6:
        return 40 + struct.unpack_from(">H", frame, ETHERNET + 4)[0]
    raise ValueError(f"not an IP packet: {frame[:32].hex()}")


def frames(pcap):
    """Yields each packet's bytes. A record cut off at the end, which tcpdump is still writing, is not one yet."""
    header = pcap.read(24)
    order = "<" if header[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    while len(record := pcap.read(16)) == 16:
        (length,) = struct.unpack_from(order + "I", record, 8)
        frame = pcap.read(length)
        if len(frame) < length:
            return
        yield frame


lengths = [ip_length(frame) for frame in frames(sys.stdin.buffer)]
print(len(lengths), sum(lengths))
