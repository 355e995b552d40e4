#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: state.py: prints the state of each run in LEAKAUDIT_RUN, a line each.
state.py --hold N: connects N times, says so, and reads nothing until a line comes on the standard input."""
import glob
import os
import socket
import sys


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


paths = sorted(glob.glob(os.environ["LEAKAUDIT_RUN"] + "/*.sock"))
if len(sys.argv) > 2:
    held = [connect(path) for path in paths for _ in range(int(sys.argv[2]))]
    print("held", flush=True)
    sys.stdin.readline()
    sys.exit()
for path in paths:
    with connect(path) as s:
        sys.stdout.write(b"".join(iter(lambda: s.recv(1 << 16), b"")).decode())
