#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that sends by a socket which another one has made. Sends a line of stdin after the other.

usage: forker.py orphan ADDRESS PORT    connects a UDP socket, forks and ends: the child sends
       forker.py handed ADDRESS PORT    connects by TCP, forks, closes and stays: the child sends
       forker.py prefork PORT           listens and forks: the child accepts by TCP, and sends
       forker.py shared ADDRESS PORT    sends by a UDP socket, forks and ends: the child sends to the next port, and
                                        connects a TCP socket that was made before
       forker.py high ADDRESS PORT      sends by a UDP socket with a high descriptor
       forker.py mptcp ADDRESS PORT     connects by MPTCP
       forker.py mptcp-server PORT      takes what comes by MPTCP
"""

import fcntl
import os
import resource
import socket
import sys

MPTCP = 262


def listen(port, protocol=0):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen()
    return listener


def orphan(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, int(port)))
    if os.fork():
        os._exit(0)
    return sock


def handed(address, port):
    sock = socket.create_connection((address, int(port)))
    print("maker", os.getpid(), flush=True)
    child = os.fork()
    if child:
        sock.close()
        os.waitpid(child, 0)
        os._exit(0)
    return sock


class Unconnected:
    def __init__(self, sock, address, port):
        self.sock, self.to = sock, (address, port)

    def send(self, data):
        self.sock.sendto(data, self.to)


def shared(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(b"by its maker", (address, int(port)))
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    print("maker", os.getpid(), flush=True)
    if os.fork():
        os._exit(0)
    stream.connect_ex((address, int(port)))
    return Unconnected(sock, address, int(port) + 1)


def high(address, port):
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as low:
        sock = socket.socket(fileno=fcntl.fcntl(low.fileno(), fcntl.F_DUPFD, 1500))
    return Unconnected(sock, address, int(port))


def prefork(port):
    listener = listen(int(port))
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        os._exit(0)
    print("listens", os.getpid(), flush=True)
    return listener.accept()[0]


def mptcp(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    sock.connect((address, int(port)))
    return sock


def mptcp_server(port):
    listener = listen(int(port), MPTCP)
    print("listens", flush=True)
    sock = listener.accept()[0]
    while sock.recv(65536):
        pass
    sys.exit()


ways = {
    "orphan": orphan,
    "handed": handed,
    "shared": shared,
    "high": high,
    "prefork": prefork,
    "mptcp": mptcp,
    "mptcp-server": mptcp_server,
}
connection = ways[sys.argv[1]](*sys.argv[2:])
print("ready", os.getpid(), flush=True)
for line in sys.stdin:
    connection.send(line.encode())
    print("sent", flush=True)
