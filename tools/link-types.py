#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the tables of leakaudit-captures(5): what replay says of one DNS query in each file format and link type.

usage: link-types.py [--write]

Prints the tables; --write puts them into the manual. environment: LEAKAUDIT (the program), O (the build directory).
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(TOP, "docs/man/leakaudit-captures.5")
BEGIN, END = '.\\" tools/link-types.py begins\n', '.\\" tools/link-types.py ends\n'

from link_files import FILES, pcap  # noqa: E402
from link_frames import FRAMES, LINK_TYPES, query  # noqa: E402

LEAKAUDIT = os.environ.get("LEAKAUDIT") or os.path.join(os.environ.get("O") or os.path.join(TOP, "build"), "leakaudit")
# by the exit status
ANSWERS = {0: "no packet", 1: "read", 2: "refused", 5: "incomplete"}


def answer(data):
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        done = subprocess.run([LEAKAUDIT, "replay", "-o", "json", f.name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False)
    status = done.returncode
    last = done.stdout.splitlines()[-1:] or [b""]
    dns = b'"dns":{"packets":0' not in last[0].split(b'"by_class"')[-1]
    if status == 1 and not dns:
        return "another class"
    if status == 1 and b'"complete":false' in last[0]:
        return "read, incomplete"
    return ANSWERS.get(status, f"status {status}")


def one(answers):
    return " or ".join(sorted(set(answers)))


def link_types():
    yield "Link type\tNumber\tAnswer\tDirection"
    for name, number, frame in LINK_TYPES:
        sent = answer(pcap([frame(query(), True)], linktype=number))
        got = answer(pcap([frame(query(), False)], linktype=number))
        yield f"{name}\t{number}\t{sent}\t{'told' if sent != got else '-'}"


def frames():
    yield "In front of the packet\tAnswer"
    for name, number, frame in FRAMES:
        yield f"{name}\t{answer(pcap([frame(query())], linktype=number))}"


def files():
    yield "File\tAnswer"
    for name, contents in FILES:
        yield f"{name}\t{one(map(answer, contents(FRAMES_FIRST)))}"


# Ethernet, plainly
FRAMES_FIRST = LINK_TYPES[1][2](query(), True)


def table(columns, rows):
    head, *rest = rows
    return "\n".join([".TS", columns, head, "_", *rest, ".TE"]) + "\n"


def tables():
    return (table("l r l l.", link_types()) + ".Pp\n" + table("l l.", frames()) + ".Pp\n" + table("l l.", files()))


def main():
    made = tables()
    if sys.argv[1:] != ["--write"]:
        sys.stdout.write(made)
        return
    with open(PAGE) as f:
        before, rest = f.read().split(BEGIN)
    with open(PAGE, "w") as f:
        f.write(before + BEGIN + made + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
