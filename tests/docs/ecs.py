#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: ecs.py SCHEMA ECS

Says which fields of the schema, but for those of leakaudit's own, ECS has not, or has with another type or other values."""
import json
import sys

# Which types of JSON an Elasticsearch type takes.
JSON_TYPES = {
    "keyword": "string",
    "wildcard": "string",
    "match_only_text": "string",
    "ip": "string",
    "date": "string",
    "long": "integer",
}


def leaves(schema, prefix=""):
    for name, part in schema["properties"].items():
        if prefix + name == "leakaudit":
            continue
        if part["type"] == "object":
            yield from leaves(part, f"{prefix}{name}.")
        else:
            yield prefix + name, part


def main():
    fields, allowed = {}, {}
    with open(sys.argv[2], encoding="utf-8") as f:
        for line in f:
            name, *words = line.split()
            if name.endswith("="):
                allowed[name[:-1]] = words
            elif name != "#":
                fields[name] = words
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    for name, part in leaves(schema):
        one = part.get("items", part)
        if name not in fields:
            print(f"{name}: ECS has no such field")
        elif (part["type"] == "array") != ("array" in fields[name]) or one["type"] != JSON_TYPES[fields[name][0]]:
            print(f"{name}: {part['type']}, where ECS has {' '.join(fields[name])}")
        for value in one.get("enum", ()) if name in allowed else ():
            if value not in allowed[name]:
                print(f"{name}: ECS does not allow {value}")


main()
