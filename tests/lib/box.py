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


def take_from_a_tun():
    """The same of a tunnel of one's own, by frames as the card has them. All is gone at once."""
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH", b"own0", 0x1001))  # TUNSETIFF: IFF_TUN, IFF_NO_PI
    run("ip link set own0 up")
    run("tc qdisc add dev own0 clsact")
    run(f"tc filter add dev own0 egress u32 match u32 0 0 action mirred egress redirect dev {card}")
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    frames.sendto(bytes.fromhex("020000000101020000000109") + b"\x08\x00" + datagram(address_of(card)), ("own0", 0x0800))
    os.close(tun)


def datagram(source):
    head = struct.pack("!BBHIBBH4s4s", 0x45, 0, 29, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(peer))
    words = sum(struct.unpack("!10H", head))
    words = (words & 0xFFFF) + (words >> 16)
    return head[:10] + struct.pack("!H", ~words & 0xFFFF) + head[12:] + struct.pack("!HHHH", 7, 9, 9, 0) + b"x"


print("here", flush=True)
sys.stdin.readline()
globals()[name]()
print("done", flush=True)
sys.stdin.readline()
