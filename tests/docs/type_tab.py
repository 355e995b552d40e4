#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""type_tab.py bash|zsh DIRECTORY: types each line of the standard input and a TAB into an interactive shell that has the
completion in DIRECTORY, and prints what the line has become, with a '|' at its end."""
import os
import pty
import re
import select
import sys
import time

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             ". {0}/leakaudit.bash; bind -x '\"\\C-xd\": printf \"LINE:%s|\\n\" \"$READLINE_LINE\"'"),
    "zsh": (["zsh", "-f", "-i"],
            "fpath=({0} $fpath); autoload -Uz compinit; compinit -u -D; d() {{ print -r -- \"LINE:$BUFFER|\" }}; "
            "zle -N d; bindkey '^Xd' d"),
}
command, setup = SHELLS[sys.argv[1]]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1="ready> ", TERM="dumb", COLUMNS="1000")
    os.execvp(command[0], command)

shown = ""


def wait_for(pattern):
    """Until the terminal shows it, which is returned; what it showed up to there is done with."""
    global shown
    end = time.monotonic() + 30
    while not (found := re.search(pattern, shown)):
        left = end - time.monotonic()
        if left < 0 or not select.select([terminal], [], [], left)[0]:
            sys.exit(f"no {pattern!r} in {shown!r}")
        shown += os.read(terminal, 4096).decode(errors="replace")
    shown = shown[found.end():]
    return found


os.write(terminal, f"{setup.format(sys.argv[2])}; echo be''gin\n".encode())
wait_for(r"begin\r[^$]*ready> ")
for line in sys.stdin:
    os.write(terminal, line.rstrip("\n").encode() + b"\t\x18d\x15")
    print(wait_for(r"LINE:([^\r\n]*\|)")[1], flush=True)
os.write(terminal, b"exit\n")
os.waitpid(pid, 0)
