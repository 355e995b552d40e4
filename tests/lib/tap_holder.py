#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds a tap that it makes in the network namespace of a process, and swallows what comes out of it.

usage: tap_holder.py PID [OWN]

OWN: the name of a tap that it makes in its own namespace besides: it could pass frames from one to the other, where the
kernel would forward them.
"""
import fcntl
import os
import struct
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000


def tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def enter(path):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(path, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


home = os.open("/proc/self/ns/net", os.O_RDONLY)
own = tap(sys.argv[2]) if len(sys.argv) > 2 else None
enter(f"/proc/{sys.argv[1]}/ns/net")
held = tap("tap0")
enter(f"/proc/self/fd/{home}")
print("held", flush=True)
while os.read(held, 65536):
    pass
