# SPDX-License-Identifier: GPL-2.0-or-later
# usage: dhcp_server.py INTERFACE ADDRESS SERVER ROUTER: leases ADDRESS to whoever asks by broadcast on INTERFACE, in the name
# of a server that is elsewhere (SERVER), as a relay would (RFC 2131). Says what it gets, a line each.
import socket
import struct
import sys

interface, address, server, router = sys.argv[1:]
COOKIE = b"\x63\x82\x53\x63"


def option(code, data):
    return bytes([code, len(data)]) + data


def message_type(data):
    at = 240
    while at + 2 < len(data) and data[at] != 255:
        if data[at] == 53:
            return data[at + 2]
        at += 1 if data[at] == 0 else 2 + data[at + 1]
    return 0


def answer(ask, kind):
    head = bytes([2]) + ask[1:12] + bytes(4) + socket.inet_aton(address) + bytes(8) + ask[28:44] + bytes(192)
    return head + COOKIE + option(53, bytes([kind])) + option(54, socket.inet_aton(server)) + \
        option(51, struct.pack("!I", 3600)) + option(1, socket.inet_aton("255.255.255.128")) + \
        option(3, socket.inet_aton(router)) + b"\xff"


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
s.bind(("", 67))
print("ready", flush=True)
while True:
    data, sender = s.recvfrom(2048)
    kind = message_type(data)
    print("got", kind, sender[0], flush=True)
    if kind in (1, 3):
        s.sendto(answer(data, 2 if kind == 1 else 5), ("255.255.255.255", 68))
