#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: unshare --mount hold_journald.py JOURNALD

A systemd-journald with a /run of its own, whose socket is held while it is restarted, as systemd does it. No limit of entries
a second. Says "listening SOCKET". SIGUSR1 ends it, SIGUSR2 begins it again, SIGTERM ends both."""
import os
import signal
import socket
import subprocess
import sys

SOCKET = "/run/systemd/journal/socket"
SIGNALS = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM}


def start(server):
    pid = os.fork()
    if not pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.dup2(server.fileno(), 3)
        os.set_inheritable(3, True)  # it may have been 3 before
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execv(sys.argv[1], sys.argv[1:])
    return pid


def end(pid):
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def main():
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for directory in ("/run/systemd/journal", "/run/systemd/journald.conf.d", "/run/log/journal"):
        os.makedirs(directory)
    with open("/run/systemd/journald.conf.d/test.conf", "w", encoding="ascii") as f:
        f.write("[Journal]\nStorage=volatile\nRateLimitBurst=0\nRuntimeMaxUse=4G\n")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(SOCKET)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = start(server)
    print(f"listening /proc/{os.getpid()}/root{SOCKET}", flush=True)
    while (told := signal.sigwait(SIGNALS)) != signal.SIGTERM:
        if told == signal.SIGUSR1:
            end(pid)
        else:
            pid = start(server)
    end(pid)


main()
