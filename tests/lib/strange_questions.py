#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strange_questions.py ADDRESS: asks there, on the ports of DNS, for one name with every header that differs from the usual one
in a field, with names by a pointer and with what is no question at all; then so behind what is known to be something else.
Prints what became of each: "refused" if it may not be sent, "sent", or "answered"."""
import errno
import select
import socket
import struct
import sys

NAME = b"\7strange\7example\0"
TAIL = b"\0\1\0\1"


def head(flags=0x0100, counts=(1, 0, 0, 0), ident=0x1234):
    return struct.pack(">HH4H", ident, flags, *counts)


def headers():
    for bit in range(16):
        yield f"bit {bit}", head(0x0100 ^ 1 << bit)
    for code in range(1, 16):
        yield f"response code {code}", head(0x0100 | code)
        yield f"opcode {code}", head(0x0100 | code << 11)
    for at in range(4):
        for n in (0, 2, 9, 255, 65535):
            counts = [1, 0, 0, 0]
            counts[at] = n
            yield f"count {at} is {n}", head(counts=counts)
    yield "all bits", head(0x7fff, (65535,) * 4)
    yield "like uTP", head(0x0140, ident=0x0100)


def variants():
    for what, header in headers():
        yield what, header + NAME + TAIL
    yield "a name by a pointer ahead", head() + b"\xc0\x12" + TAIL + NAME
    yield "a name that ends in a pointer", head() + b"\7strange\xc0\x1a" + TAIL + b"\7example\0"
    yield "bytes behind it", head() + NAME + TAIL + bytes(40)
    yield "class any", head(0x0140) + NAME + b"\0\1\0\xff"
    yield "half a name", head() + NAME[:-4]
    yield "one byte", b"x"
    yield "nothing", b""
    yield "noise", bytes(range(7, 250, 3))


def become(sock, payload, to):
    try:
        sock.sendto(payload, to)
    except OSError as e:
        if e.errno != errno.EPERM:
            raise
        return "refused"
    if not select.select([sock], [], [], 0.02)[0]:
        return "sent"
    sock.recv(4096)
    return "answered"


STUN = struct.pack(">HHI", 1, 0, 0x2112a442) + b"transactions"
DHT = b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"


def ask_at(port, *proofs):
    to = (sys.argv[1], port)
    for what, payload in variants():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            print(f"{become(sock, payload, to)}: {what}")
    for name, proof in proofs:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            print(f"{become(sock, proof, to)}: {name}")
            for what, payload in variants():
                print(f"{become(sock, payload, to)}: {what}, behind {name}")


ask_at(853, ("STUN", STUN))
ask_at(53, ("STUN", STUN), ("DHT", DHT))
