#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: template.py TEMPLATE SCHEMA ECS

Says which fields of the schema Elasticsearch would index otherwise than they are meant by that index template: where no
property and no dynamic template has the field, the first event decides; where one has, its type must take the values. Fields
of ECS are in Elastic's own component template, with the types that ECS has for them."""
import fnmatch
import json
import sys

TAKES = {
    "keyword": ("string",),
    "wildcard": ("string",),
    "match_only_text": ("string",),
    "ip": ("string",),
    "date": ("string",),
    "date_nanos": ("string",),
    "long": ("integer",),
    "double": ("integer", "number"),
    "boolean": ("boolean",),
}
# What a value of JSON is before any mapping; our numbers with decimals always have them.
DYNAMIC = {"string": "string", "integer": "long", "number": "double", "boolean": "boolean"}


def fields(schema, part, path=""):
    """The path and the JSON type of each value, lists and their objects included."""
    while "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    for other in part.get("anyOf", ()):
        yield from fields(schema, other, path)
    for name, inner in part.get("properties", {}).items():
        yield from fields(schema, inner, f"{path}.{name}" if path else name)
    if part.get("type") == "array":
        yield from fields(schema, part["items"], path)
    elif part.get("type") not in (None, "object"):
        yield path, part["type"]


def explicit(mappings, path):
    """The type of a property, or None."""
    for name in path.split("."):
        mappings = mappings.get("properties", {}).get(name)
        if mappings is None:
            return None
    return mappings.get("type")


def dynamic(mappings, path, kind):
    for template in mappings["dynamic_templates"]:
        (rule,) = template.values()
        if fnmatch.fnmatchcase(path, rule["path_match"]) and rule["match_mapping_type"] == DYNAMIC[kind]:
            return rule["mapping"]["type"]
    return "boolean" if kind == "boolean" else None  # it can be nothing else


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        template = json.load(f)["template"]
    with open(sys.argv[2], encoding="utf-8") as f:
        schema = json.load(f)
    with open(sys.argv[3], encoding="utf-8") as f:
        ecs = {name: kind for name, kind, *_ in (line.split() for line in f if line[0] != "#" and "=" not in line)}
    kinds = {}
    for path, kind in fields(schema, schema):
        kinds.setdefault(path, set()).add(kind)
    for path, has in kinds.items():
        for kind in has:
            mapped = explicit(template["mappings"], path) or ecs.get(path) or dynamic(template["mappings"], path, kind)
            if not mapped:
                print(f"{path}: nothing has it")
            elif kind not in TAKES[mapped]:
                print(f"{path}: {mapped} does not take a {kind}")
        if len(has) > 1 and not explicit(template["mappings"], path):
            print(f"{path}: the first event would decide between {', '.join(sorted(has))}")
    limit = template["settings"]["index.mapping.total_fields.limit"]
    objects = {path.rsplit(".", n)[0] for path in kinds for n in range(1, path.count(".") + 1)}
    if len(kinds) + len(objects) > limit // 2:
        print(f"{len(kinds)} fields in {len(objects)} objects: too many for the limit of {limit}")


main()
