# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: terminal.py light|dark COLUMNS <PANE >SVG

Draws what "tmux capture-pane -e" says of a terminal: text with its colours. Runs of one style are stretched to their columns,
so that any font with one width will do."""
import re
import sys
from xml.sax.saxutils import escape

CELL, LINE, SIZE, EDGE = 8.4, 18, 14, 16
THEMES = {
    "light": {"back": "#ffffff", "edge": "#d0d7de", "text": "#1f2328", "dim": "#6e7781", "colours": [
        "#24292f", "#cf222e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#0b6c78", "#57606a"]},
    "dark": {"back": "#0d1117", "edge": "#30363d", "text": "#e6edf3", "dim": "#8b949e", "colours": [
        "#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"]},
}
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


class Style:
    def __init__(self):
        self.front = self.back = None
        self.bold = self.dim = self.reverse = False

    def key(self):
        return self.front, self.back, self.bold, self.dim, self.reverse

    def apply(self, codes):
        codes = [int(code or 0) for code in codes]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code in (38, 48):  # of the 256: the first 16 are those that we have
                colour = codes[1] % 8 if codes[:1] == [5] and codes[1] < 16 else None
                setattr(self, "front" if code == 38 else "back", colour)
                del codes[:2 if codes[:1] == [5] else 4]
            elif code in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "reverse"}[code], True)
            elif code in (22, 27):
                self.bold = self.dim = self.bold and code == 27
                self.reverse = self.reverse and code == 22
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.front = code % 10
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.back = code % 10
            elif code in (39, 49):
                setattr(self, "front" if code == 39 else "back", None)


def runs(line, style):
    """(column, text, style) of each run of one style."""
    column = 0
    for part in re.split(r"(\x1b\[[0-9;]*m|\x0e|\x0f)", line):
        if part.startswith("\x1b["):
            style.apply(part[2:-1].split(";"))
        elif part and part not in "\x0e\x0f":
            yield column, part, style.key()
            column += len(part)


def draw(x, y, text, key, theme):
    front, back, bold, dim, reverse = key
    colour = theme["dim"] if dim else theme["text"] if front is None else theme["colours"][front]
    ground = None if back is None else theme["colours"][back]
    if reverse:
        colour, ground = ground or theme["back"], colour
    width = len(text) * CELL
    if ground:
        yield f'<rect x="{x:.1f}" y="{y - 13:.1f}" width="{width:.1f}" height="{LINE}" fill="{ground}"/>'
    if text.strip():
        yield f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"' \
            f'{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""} xml:space="preserve">{escape(text)}</text>'


def main():
    theme, columns = THEMES[sys.argv[1]], int(sys.argv[2])
    lines = sys.stdin.read().rstrip().split("\n")
    width, height = columns * CELL + 2 * EDGE, len(lines) * LINE + 2 * EDGE
    style = Style()
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}" '
          f'font-family="{FONT}" font-size="{SIZE}">')
    print(f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="{theme["back"]}" stroke="{theme["edge"]}"/>')
    for row, line in enumerate(lines):
        for column, text, key in runs(line, style):
            print("".join(draw(EDGE + column * CELL, EDGE + row * LINE + 13, text, key, theme)))
    print("</svg>")


main()
