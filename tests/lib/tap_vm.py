#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine, as far as the host sees one: holds a tap and writes frames into it.

usage: tap_vm.py TAP SOURCE DESTINATION COUNT [MAC [HEAD]]

It says when it holds the tap. For each line but "end" it sends COUNT datagrams from port 4000 to port 9, to the tap's own address or to MAC.
HEAD: what is between the hardware addresses and the IP header, in hexadecimal.
"""
import fcntl
import os
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
SIOCGIFHWADDR = 0x8927
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
OWN_MAC = bytes.fromhex("020000000999")


def checksum(header):
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def datagram(source, destination, payload):
    udp = struct.pack("!HHHH", 4000, 9, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(source),
                         socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + udp


name = sys.argv[1].encode()
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name, IFF_TAP | IFF_NO_PI))
print("held", flush=True)
for line in iter(sys.stdin.readline, "end\n"):
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mac = fcntl.ioctl(asker, SIOCGIFHWADDR, struct.pack("16s24x", name))[18:24]
    if len(sys.argv) > 5:
        mac = bytes.fromhex(sys.argv[5].replace(":", ""))
    head = bytes.fromhex(sys.argv[6] if len(sys.argv) > 6 else "0800")
    for _ in range(int(sys.argv[4])):
        os.write(tap, mac + OWN_MAC + head + datagram(sys.argv[2], sys.argv[3], b"hello"))
    print("sent", flush=True)
