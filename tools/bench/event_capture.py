#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: event_capture.py N >FILE: N DNS queries of 192.0.2.10, each of which is an event, on 5000 flows."""
import struct
import sys

QUESTION = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + b"\x07tracker\x07example\0\0\x01\0\x01"


def packet(i):
    udp = struct.pack(">HHHH", 40000 + i % 5000, 53, 8 + len(QUESTION), 0) + QUESTION
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), i & 65535, 0, 64, 17, 0, bytes([192, 0, 2, 10]), bytes([192, 0, 2, 53]))
    return struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(ip + udp), len(ip + udp)) + ip + udp


def main():
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for i in range(int(sys.argv[1])):
        out.write(packet(i))


main()
