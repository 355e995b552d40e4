#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: flow_capture.py FLOWS ROUNDS >FILE: so many UDP flows of 192.0.2.10, each with a packet in each round."""
import struct
import sys

BODY = struct.pack(">HH", 48, 0) + b"\xf3" * 40
RECORD = struct.Struct("<IIII")
IP = struct.pack(">BBHHHBBH4s", 0x45, 0, 68, 1, 0, 64, 17, 0, bytes([192, 0, 2, 10]))


def main():
    flows, rounds = int(sys.argv[1]), int(sys.argv[2])
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for n in range(rounds):
        chunk = []
        for i in range(flows):
            # like a scan, or a tracker's announces: no order that a cache would like
            peer = (i * 2654435761) & 0xFFFFFFFF
            at = n * flows + i
            chunk += [RECORD.pack(1700000000 + at // 100000, at % 100000 * 10, 68, 68), IP,
                      struct.pack(">IHH", 0x0B000000 | peer >> 8, 40000 + (peer & 255), 6000 + (i & 7)), BODY]
        out.write(b"".join(chunk))


main()
