#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py LEAKAUDIT EVENTS SENDER: a user at a terminal, in a shell with job control, who runs leakaudit run with an
interactive shell and with a command that stops itself; SENDER makes a leak. Fails with what the terminal shows.

terminal.py interrupts: the command that it interrupts there; counts them."""
import os
import pty
import signal
import sys
import time

from shown import Shown


# One that comes twice may still be seen as one.
INTERRUPTS = 10


def count_interrupts():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGINT, lambda *_: None)
    print("set", flush=True)
    for i in range(INTERRUPTS):
        os.read(reader, 1)
        print("took", i + 1, flush=True)
    time.sleep(0.3)
    os.set_blocking(reader, False)
    try:
        rest = os.read(reader, 100)
    except BlockingIOError:
        rest = b""
    print("more", len(rest), flush=True)
    sys.exit(6)


if sys.argv[1:] == ["interrupts"]:
    count_interrupts()

leakaudit, events, sender = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1="outer> ", TERM="dumb")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

shown = Shown(terminal)


def wait_for(pattern):
    return shown.wait_for(pattern)[1]


def send(text):
    os.write(terminal, text.encode())


def refuse(word, text):
    if word in text:
        sys.exit(f"terminal: {word!r} in {text!r}")


run = f"{leakaudit} run -o json:{events} --"

# An interactive shell has the terminal: job control, and Ctrl-C for its foreground job alone.
wait_for("outer> ")
send(f"PS1='inner> ' {run} bash --norc --noprofile -i\n")
refuse("no job control", wait_for("\ninner> "))
send("bash -c 'echo slept; exec sleep 100'\n")
wait_for("\nslept")
send("\x03")
wait_for("inner> ")
send("exit 5\n")
wait_for("outer> ")
send("echo code=$?\n")
wait_for("code=5")
wait_for("outer> ")

# Events reach the terminal that the shell has, also where writing there in the background stops others.
send(f"PS1='inner> ' {leakaudit} run bash --norc --noprofile -i\n")
wait_for("\ninner> ")
send(f"stty tostop; {sender}\n")
wait_for("leaked")
# The prompt may have come before the event: what the shell still does tells that nothing stopped it.
send("echo still=$?\n")
wait_for("still=0")
send("exit 5\n")
wait_for("no leak|leaked in|packet")
wait_for("outer> ")
send("echo code=$?\n")
wait_for("code=5")
wait_for("outer> ")

# Ctrl-C reaches the command once, and ends leakaudit with it only.
send(f"{run} python3 {os.path.abspath(__file__)} interrupts\n")
wait_for("\nset")
for n in range(INTERRUPTS):
    send("\x03")
    wait_for(f"took {n + 1}\r")
wait_for("more 0\r")
wait_for("outer> ")
send("echo code=$?\n")
wait_for("code=6")
wait_for("outer> ")

# A command that stops itself alone: the caller's shell has its prompt again, and continues both.
send(f"{run} bash -c 'echo set; kill -TSTP $$; echo continued; exit 8'\n")
wait_for("\nset")
wait_for("Stopped")
wait_for("outer> ")
send("fg\n")
wait_for("continued")
wait_for("outer> ")
send("echo code=$?\n")
wait_for("code=8")

# So does Ctrl-Z, which stops both.
wait_for("outer> ")
send(f"{run} bash -c 'echo set; sleep 1; exit 9'\n")
wait_for("\nset")
send("\x1a")
wait_for("Stopped")
wait_for("outer> ")
send("fg\n")
wait_for("outer> ")
send("echo code=$?\n")
wait_for("code=9")
