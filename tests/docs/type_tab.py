#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""type_tab.py bash|zsh DIRECTORY: types each line of the standard input and a TAB into an interactive shell that has the
completion in DIRECTORY, and prints what the line has become, with a '|' at its end."""
import os
import pty
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from shown import Shown  # noqa: E402

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

shown = Shown(terminal)
os.write(terminal, f"{setup.format(sys.argv[2])}; echo be''gin\n".encode())
shown.wait_for(r"begin\r[^$]*ready> ")
for line in sys.stdin:
    os.write(terminal, line.rstrip("\n").encode() + b"\t\x18d\x15")
    print(shown.wait_for(r"LINE:([^\r\n]*\|)")[0][1], flush=True)
os.write(terminal, b"exit\n")
os.waitpid(pid, 0)
