# SPDX-License-Identifier: GPL-2.0-or-later
"""What root of a network namespace of its own does to send past a scope.

usage: box.py NAME PEER CARD   says "here", does so when it is given a line, says "done", and stays until its input ends
"""
import fcntl
import os
import socket
import struct
import subprocess
import sys

name, peer, card = sys.argv[1:]
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def run(command):
    subprocess.run(command.split(), check=True)


def send(payload=b"payload", port=9):
    try:
        own.sendto(payload, (peer, port))
        print("sent", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)


def renew():
    """A message of DHCP, with as much else in it as one likes."""
    own.bind(("", 68))
    head = struct.pack("!BBBBIHH4s", 1, 1, 6, 0, 1, 0, 0, socket.inet_aton(address_of(card)))
    send(head + bytes(220) + b"\x63\x82\x53\x63\x35\x01\x03\x3c\x40" + b"x" * 64 + b"\xff", 67)


def address_of(device):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return socket.inet_ntoa(fcntl.ioctl(s, 0x8915, struct.pack("40s", device.encode()))[20:24])  # SIOCGIFADDR


def take_from_loopback():
    """A filter there sends on what was sent to nobody: a copy, or the packet, where it goes in or where it comes out."""
    run("ip link set lo up")
    run("tc qdisc add dev lo clsact")
    send()  # what is known of this socket is of the card
    run(f"ip route add {peer} dev lo src {address_of(card)}")
    for way in ("egress", "ingress"):
        for action in ("redirect", "mirror"):
            run(f"tc filter add dev lo {way} prio 1 u32 match u32 0 0 action mirred egress {action} dev {card}")
            send()
            run(f"tc filter del dev lo {way} prio 1")


print("here", flush=True)
sys.stdin.readline()
globals()[name]()
print("done", flush=True)
sys.stdin.readline()
