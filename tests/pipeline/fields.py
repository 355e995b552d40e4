#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: fields.py SCHEMA FILE...

Says which fields of events, and which actions, these configurations name that the schema does not have. How a field is named
depends on the program; where ClickHouse looks for one, it finds that object wherever it is."""
import json
import re
import sys

# What names a field: of the whole path, of a path's end, or of a value of event.action. Words of ours are in none of them.
WHOLE = [
    r"\$(event(?:\['\w+'\])+)",  # Fluent Bit's accessor
    r"Time_Key\s+(\S+)",
    r"\$!(?!all-json)([\w!@]+)",  # rsyslog
    r"(?<!prefix\(\")\.leakaudit\.([\w.@]+)",  # syslog-ng, behind its parser's prefix
    r"visitParamExtract(?!Raw)\w+\(event, '(@?\w+)'\)",  # ClickHouse
]
ENDS = [r"visitParamExtractRaw\(event, '(\w+)'\), '(\w+)'\)"]
ACTIONS = [r"\baction = '([\w-]+)'", r"event\.action}\" eq \"([\w-]+)\""]


def paths(schema, part, path=""):
    """The path of each field and object."""
    while "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    yield path, part
    for other in part.get("anyOf", ()):
        yield from paths(schema, other, path)
    for name, inner in part.get("properties", {}).items():
        yield from paths(schema, inner, f"{path}.{name}" if path else name)
    if part.get("type") == "array":
        yield from paths(schema, part["items"], path)


def named(patterns, text):
    for pattern in patterns:
        for match in re.finditer(pattern, text):
            yield ".".join(match.groups())


def plain(name):
    """As the schema has it: a.b."""
    return ".".join(part for part in re.split(r"[.!\[\]']+", name) if part)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    known = dict(paths(schema, schema))
    actions = known["event.action"]["enum"]
    for file in sys.argv[2:]:
        with open(file, encoding="utf-8") as f:
            text = f.read()
        whole = {plain(name) for name in named(WHOLE, text)}
        unknown = [name for name in whole if name not in known]
        unknown += [name for name in named(ENDS, text) if not any(f".{path}".endswith(f".{name}") for path in known)]
        unknown += [name for name in named(ACTIONS, text) if name not in actions]
        for name in unknown:
            print(f"{file}: there is no {name}")
        if not whole and not list(named(ENDS, text)):
            print(f"{file}: it names no field, or not as was thought")


main()
