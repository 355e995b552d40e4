# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture of N flows of one packet each: make_flows.py N >FILE"""
import struct
import sys

out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
for i in range(int(sys.argv[1])):
    payload = b"flow"
    udp = struct.pack(">HHHH", 1024 + i % 60000, 9, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([192, 0, 2, 10]),
                     bytes([203, 0, 113 + i // 60000, 10])) + udp
    out.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(ip), len(ip)) + ip)
