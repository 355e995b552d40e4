# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds a tun, as a VPN's daemon does: tun_daemon.py DEVICE NAME PEER N

At each SIGUSR1 it sends a datagram to PEER from each of N new sockets, each to another port from 5000 on, and says how many were
sent.
"""

import fcntl
import os
import signal
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def main():
    device, name, peer, n = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    tun = os.open(device, os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    print("holds", name, flush=True)
    sockets = []
    while signal.sigwait([signal.SIGUSR1]):
        sent = 0
        for _ in range(int(n)):
            sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                sockets[-1].sendto(b"\0outer", (peer, 4999 + len(sockets)))
                sent += 1
            except OSError:
                pass
        print("sent", sent, flush=True)


main()
