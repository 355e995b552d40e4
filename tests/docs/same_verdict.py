#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: same_verdict.py SCHEMA FILE

Says whether python3-jsonschema finds the schema wrong, and where it judges an event of the file, or one that was changed in
one place, in another way than tests/lib/schema.py does."""
import copy
import json
import os
import sys

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import schema as ours  # noqa: E402


def places(event, path=()):
    """The paths of all values."""
    members = event.items() if isinstance(event, dict) else enumerate(event) if isinstance(event, list) else ()
    for key, value in members:
        yield path + (key,)
        yield from places(value, path + (key,))


def changed(event):
    for path in list(places(event)):
        for value in ("odd", -1, {"odd": 1}, None):
            other = copy.deepcopy(event)
            at = other
            for key in path[:-1]:
                at = at[key]
            if value is None:
                del at[path[-1]]
            else:
                at[path[-1]] = value
            yield path, other


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        root = json.load(f)
    jsonschema.Draft202012Validator.check_schema(root)
    theirs, check = jsonschema.Draft202012Validator(root), ours.Schema(root).check()
    wrong = 0
    with open(sys.argv[2], encoding="utf-8") as f:
        for event in map(json.loads, f):
            if check(event, ""):
                print(f"an event is not valid: {check(event, '')}")
            for path, other in changed(event):
                valid = theirs.is_valid(other)
                wrong += not valid
                if valid != (check(other, "") is None):
                    print(f"{path}: python3-jsonschema finds it {'valid' if valid else 'invalid'}: {json.dumps(other)}")
    if not wrong:
        print("no change was found to be wrong")


main()
