# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: page.py FILE: fails where a page of ours has an element that is not closed, a script, or anything that is loaded."""
import html.parser
import sys

VOID = {"meta", "br"}
FORBIDDEN = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "a", "input"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if tag in FORBIDDEN or any(name.startswith("on") or name in ("href", "src", "style") for name in names):
            sys.exit(f"line {self.getpos()}: {tag} {attrs}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag != "rect":
            sys.exit(f"line {self.getpos()}: {tag} ends by itself")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            sys.exit(f"line {self.getpos()}: {tag} is closed, and is not open")


page = Page()
with open(sys.argv[1], encoding="utf-8") as f:
    page.feed(f.read())
page.close()
if page.open:
    sys.exit(f"not closed: {page.open}")
