#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: slow_listener.py PORT: asks for /events, and reads nothing of the answer until a line comes on the standard input.
Then it reads all, and prints how many events it got, and how many it was told that it has missed."""
import json
import socket
import sys

with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)  # before the window is told
    s.connect(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n")
    print("waits", flush=True)
    sys.stdin.readline()
    whole = b"".join(iter(lambda: s.recv(1 << 16), b""))
events = missed = 0
for event in whole.split(b"\r\n\r\n", 1)[1].decode().split("\n\n"):
    fields = dict(line.split(": ", 1) for line in event.splitlines() if not line.startswith(":"))
    if not fields:
        continue
    data = json.loads(fields["data"])
    if fields.get("event") == "dropped":
        missed += data["dropped"]
    else:
        events += 1
print(f"{events} {missed}")
