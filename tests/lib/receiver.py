#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A receiver of events: appends the JSON of each to a file, and ends where one is not whole.

usage: receiver.py lines|syslog HOST:PORT|PATH FILE [CERT KEY]
lines: JSON lines. syslog: RFC 5424 with octet counting (RFC 6587), with a certificate by TLS.
"""
import re
import socket
import ssl
import sys

HEADER = re.compile(
    rb'<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} leakaudit \d+ [a-z-]{1,32} '
    rb'\[leakaudit@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")*\] (\{.*\})$', re.S)


def lines(data):
    """The whole lines in data, and what is left."""
    *whole, rest = data.split(b"\n")
    return whole, rest


def syslog(data):
    """The whole messages in data, and what is left."""
    whole = []
    while b" " in data:
        length, rest = data.split(b" ", 1)
        if len(rest) < int(length):
            break
        message = HEADER.match(rest[:int(length)])
        assert message and 24 <= int(message[1]) <= 31, rest[:int(length)]
        message[0].decode()  # it is UTF-8
        whole.append(message[4])
        data = rest[int(length):]
    return whole, data


def listen(where):
    if where.startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(where)
    else:
        host, port = where.rsplit(":", 1)
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host, int(port)))
    s.listen(8)
    return s


def main():
    kind, where, path, *tls = sys.argv[1:]
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    server = listen(where)
    print("listening", flush=True)
    with open(path, "ab", buffering=0) as out:
        while True:
            conn, _ = server.accept()
            try:
                if context:
                    conn = context.wrap_socket(conn, server_side=True)
                data = b""
                while received := conn.recv(65536):
                    whole, data = {"lines": lines, "syslog": syslog}[kind](data + received)
                    out.write(b"".join(event + b"\n" for event in whole))
            except OSError as e:
                print(e, flush=True)
            conn.close()


main()
