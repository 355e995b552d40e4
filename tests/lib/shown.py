# SPDX-License-Identifier: GPL-2.0-or-later
"""What a terminal shows, for tests that type."""
import os
import re
import select
import sys
import time

PATIENCE = 30


class Shown:
    def __init__(self, terminal):
        self.terminal = terminal
        self.text = ""

    def wait_for(self, pattern):
        """Until it is shown. Returns the match and all up to its end, which is done with."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            left = end - time.monotonic()
            if left < 0 or not select.select([self.terminal], [], [], left)[0]:
                sys.exit(f"terminal: no {pattern!r} in {self.text!r}")
            self.text += os.read(self.terminal, 4096).decode(errors="replace")
        before = self.text[:found.end()]
        self.text = self.text[found.end():]
        return found, before
