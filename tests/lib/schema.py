#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: schema.py SCHEMA FILE...

Checks each line of the files: at most 8000 bytes, one JSON object, valid against the schema, no key twice. Knows what the
schema of leakaudit uses of JSON Schema, and refuses the rest; tests/docs/run holds it against python3-jsonschema. Prints up
to 20 faults, and the number of events if there are none.

A file whose name ends with .killed has been written by processes that were killed: each may leave half a line, which the next
one ends."""
import json
import re
import sys

LINE_MAX = 8000
NOT_CHECKED = {"$schema", "$defs", "title", "format"}


def is_integer(v):
    return isinstance(v, int) and not isinstance(v, bool)


TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": is_integer,
    "number": lambda v: is_integer(v) or isinstance(v, float),
}


class Schema:
    def __init__(self, root):
        self.root = root
        self.made = {}

    def check(self):
        return self.make(self.root)

    def part(self, ref):
        name = ref.removeprefix("#/$defs/")
        if name not in self.made:
            self.made[name] = None  # nothing refers to itself
            self.made[name] = self.make(self.root["$defs"][name])
        return self.made[name]

    def make(self, s):
        """A function of a value and its path, which returns a fault or None."""
        checks = []
        for key, arg in s.items():
            if key in ("additionalProperties", "then") or key in NOT_CHECKED:
                continue
            checks.append(getattr(self, "make_" + key.strip("$"))(arg, s))
        if len(checks) == 1:
            return checks[0]

        def check(v, path):
            for one in checks:
                fault = one(v, path)
                if fault:
                    return fault
            return None

        return check

    def make_ref(self, ref, _):
        return self.part(ref)

    def make_type(self, name, _):
        holds = TYPES[name]
        return lambda v, path: None if holds(v) else f"{path}: {v!r} is no {name}"

    def make_required(self, names, _):
        def check(v, path):
            for name in names:
                if isinstance(v, dict) and name not in v:
                    return f"{path}.{name} is missing"
            return None

        return check

    def make_properties(self, members, s):
        known = {name: self.make(m) for name, m in members.items()}
        closed = s.get("additionalProperties", True) is False

        def check(v, path):
            if not isinstance(v, dict):
                return None
            for name, value in v.items():
                one = known.get(name)
                if one:
                    fault = one(value, f"{path}.{name}")
                    if fault:
                        return fault
                elif closed:
                    return f"{path}.{name} is not in the schema"
            return None

        return check

    def make_items(self, items, _):
        one = self.make(items)

        def check(v, path):
            for i, value in enumerate(v if isinstance(v, list) else ()):
                fault = one(value, f"{path}[{i}]")
                if fault:
                    return fault
            return None

        return check

    def make_enum(self, values, _):
        known = set(values)
        return lambda v, path: None if v in known else f"{path}: {v!r} is none of {sorted(known)}"

    def make_const(self, value, _):
        return lambda v, path: None if v == value else f"{path}: {v!r} is not {value!r}"

    def make_pattern(self, pattern, _):
        found = re.compile(pattern).search
        return lambda v, path: None if not isinstance(v, str) or found(v) else f"{path}: {v!r} is not like {pattern}"

    def make_minimum(self, least, _):
        return lambda v, path: None if v >= least else f"{path}: {v!r} is less than {least}"

    def make_anyOf(self, schemas, _):
        parts = [self.make(s) for s in schemas]

        def check(v, path):
            faults = [part(v, path) for part in parts]
            return None if None in faults else faults[0]

        return check

    def make_allOf(self, schemas, _):
        parts = [self.make(s) for s in schemas]

        def check(v, path):
            return next(filter(None, (part(v, path) for part in parts)), None)

        return check

    def make_if(self, condition, s):
        holds, then = self.make(condition), self.make(s["then"])
        return lambda v, path: None if holds(v, path) else then(v, path)


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key comes twice")
    return members


class NotWhole(ValueError):
    """The line is no JSON object with an end."""


def parse(line):
    if not line.endswith(b"\n"):
        raise NotWhole("the last line has no end")
    try:
        return json.loads(line.decode("utf-8"), object_pairs_hook=unique)
    except ValueError as e:
        raise NotWhole(f"not JSON: {e}") from e


class Torn:
    """The half lines of a file: none, or each the last line of its writer."""

    def __init__(self, allowed):
        self.allowed = allowed
        self.writer = None  # of the last whole line
        self.half = None  # the fault of a line after it

    def found(self, fault):
        """Returns the fault, unless it depends on whose line comes next."""
        if not self.allowed:
            return fault
        self.half = self.half or fault
        return None

    def passed(self, event):
        """Returns the fault of the half line before this one, if its writer went on."""
        writer = event["agent"]["id"]
        fault = self.half if writer == self.writer else None
        self.writer, self.half = writer, None
        return fault


def check_file(check, name, lines):
    """Yields the faults."""
    torn = Torn(name.endswith(".killed"))
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield f"{name}:{number}: a line of {len(line)} bytes"
        try:
            event = parse(line)
            fault = check(event, "") or torn.passed(event)
        except NotWhole as e:
            fault = torn.found(str(e))
        if fault:
            yield f"{name}:{number}: {fault}"


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        check = Schema(json.load(f)).check()
    n, faults = 0, []
    for name in sys.argv[2:]:
        with open(name, "rb") as f:
            lines = f.readlines()
        n += len(lines)
        faults.extend(check_file(check, name, lines))
    print("\n".join(faults[:20]) if faults else f"{n} events")
    return 1 if faults else 0

if __name__ == "__main__":
    sys.exit(main())
