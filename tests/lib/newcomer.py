#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that is new in a network namespace, and sends there at once.

newcomer.py connect FILE ADDRESS PORT   enters the namespace, and says how long connect() takes
newcomer.py send FILE ADDRESS PORT      the same with one datagram
newcomer.py tun ADDRESS PORT            makes a namespace with a tun of its own, and says what comes out of that

It says "here", does so when it is given a line, and stays until its input ends: whoever watches can still look its
namespace up.
"""
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000

libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(path):
    namespace = os.open(path, os.O_RDONLY)
    must(libc.setns(namespace, CLONE_NEWNET))


def connect(path, address, port):
    enter(path)
    begin = time.monotonic()
    stream = socket.create_connection((address, int(port)), timeout=20)
    print(f"connected after {1000 * (time.monotonic() - begin):.0f} ms", flush=True)
    return stream


def send(path, address, port):
    enter(path)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        datagrams.sendto(b"from a new namespace", (address, int(port)))
        print("sent", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
    return datagrams


def tun(address, port):
    must(libc.unshare(CLONE_NEWNET))
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"own0", IFF_TUN | IFF_NO_PI))
    for words in ("link set own0 up", "addr add 10.99.0.1/24 dev own0", f"route add {address}/32 dev own0"):
        subprocess.run(["ip", *words.split()], check=True)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.sendto(b"into a tun of its own", (address, int(port)))
    while select.select([device], [], [], 20)[0]:
        packet = os.read(device, 2048)
        if b"into a tun of its own" in packet:
            print("it came out of the tun", flush=True)
            break
    return device


if __name__ == "__main__":
    print("here", flush=True)
    sys.stdin.readline()
    kept = {"connect": connect, "send": send, "tun": tun}[sys.argv[1]](*sys.argv[2:])
    sys.stdin.read()
