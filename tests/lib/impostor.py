# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes itself a tunnel's daemon, as anybody can: impostor.py PEER TUN_DEVICE NAME SECONDS

Opens two sockets where it is, makes a user and a network namespace and in it a tun called NAME, and then sends to PEER by
the sockets that it had before, each half second. Says what was sent.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import time

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def make_tunnel(device, name):
    tun = os.open(device, os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name, IFF_TUN | IFF_NO_PI))
    # a socket of that namespace, by which a follower learns of it
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, IFF_UP | IFF_RUNNING))
    return tun, control


def attempt(what, send):
    try:
        send()
        print(what, "sent", flush=True)
    except OSError as e:
        print(what, e, flush=True)


def main():
    peer, device, name, seconds = sys.argv[1:]
    to = (peer, 9)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.settimeout(1)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET):
        sys.exit("no namespace of its own: " + os.strerror(ctypes.get_errno()))
    held = make_tunnel(device, name.encode())
    print("holds a tun", flush=True)
    for _ in range(int(float(seconds) * 2)):
        time.sleep(0.5)
        attempt("datagram", lambda: udp.sendto(b"\0impostor", to))
    attempt("connection", lambda: tcp.connect(to))
    del held


main()
