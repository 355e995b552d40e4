#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Scores what `leakaudit replay --all` says of captures against what is known of their flows.

usage: score.py NAME TRUTH FLOORS EVENTS...

NAME    of the set: the lines of FLOORS that begin with it hold for it
TRUTH   a table as truth.tsv: file, proto, src, sport, dst, dport, label, scored (no: not counted); detail, if there
        is such a column, must be leakaudit.detail ("-": none)
EVENTS  the JSON lines of each file of TRUTH, named FILE.json

Prints a table and what was wrong; "ok" or "not ok SET/LABEL" for each line of FLOORS.
"""

import collections
import csv
import ipaddress
import json
import os
import sys

# leakaudit.class and leakaudit.detail -> a label of the truth
OWN_LABEL = {"mdns", "llmnr", "dot", "doq", "doh"}
CLASS_OF = {"dns": "dns", "mdns": "dns", "llmnr": "dns", "dot": "dns", "doq": "dns", "doh": "dns",
            "stun": "stun", "bittorrent": "torrent", "other": "other"}


def label_of(leak):
    cls, detail = leak["class"], leak.get("detail")
    if cls == "dns":
        return detail if detail in OWN_LABEL else "dns"
    return {"stun": "stun", "torrent": "bittorrent"}.get(cls, "other")


def key_of(proto, src, sport, dst, dport):
    ends = sorted([(ipaddress.ip_address(src).packed, int(sport)), (ipaddress.ip_address(dst).packed, int(dport))])
    return (proto, *ends)


# IANA's keyword -> the truth's
PROTOCOLS = {"ipv6-icmp": "icmp6", "ipv6": "ipv6-in-ip"}


def events_of(path):
    """The last word on each flow: (label, detail)."""
    found = {}
    with open(path) as f:
        for line in f:
            event = json.loads(line)
            if event["event"]["action"] != "leak":
                continue
            transport = event["network"].get("transport", "")
            key = key_of(PROTOCOLS.get(transport, transport), event["source"]["ip"], event["source"].get("port", 0),
                         event["destination"]["ip"], event["destination"].get("port", 0))
            leak = event["leakaudit"]
            found[key] = (label_of(leak), leak.get("detail", "-"))
    return found


def compare(truth, events):
    """Yields (row, label found, detail found); None where no event tells of the flow."""
    found = {os.path.basename(path)[:-len(".json")]: events_of(path) for path in events}
    with open(truth, newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            if row["scored"] != "yes":
                continue
            key = key_of(row["proto"], row["src"], row["sport"], row["dst"], row["dport"])
            yield (row, *found.get(row["file"], {}).get(key, (None, None)))


class Count:
    def __init__(self):
        self.right = self.missed = self.wrong = 0

    def precision(self):
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    def recall(self):
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def count(counts, truth, found):
    if truth == found:
        counts[truth].right += 1
        return
    counts[truth].missed += 1
    if found:
        counts[found].wrong += 1


def named(detail):
    return "none" if detail == "-" else detail


def score(compared):
    """By label, and by class: (torrent for bittorrent, ...), what the floors are for."""
    counts = collections.defaultdict(Count)
    wrong = []
    for row, label, detail in compared:
        count(counts, row["label"], label)
        count(counts, "class-" + CLASS_OF[row["label"]], label and "class-" + CLASS_OF[label])
        if row.get("detail"):
            count(counts, "detail-" + named(row["detail"]), detail and "detail-" + named(detail))
        if row["label"] != label or row.get("detail", detail) != detail:
            wrong.append((row, label, detail))
    return counts, wrong


def false_alarms(name, wrong):
    """Whatever the floors say: what is none of it must not be called a torrent's or STUN."""
    alarms = sum(row["label"] == "other" and label in ("stun", "bittorrent") for row, label, _ in wrong)
    print(f"{'not ok' if alarms else 'ok'} score/{name}/false-alarms ({alarms})")
    return alarms > 0


def macro_f1(counts):
    """The mean over all labels, however many flows each of them has."""
    scores = [2 * c.right / (2 * c.right + c.missed + c.wrong) for label, c in counts.items() if "-" not in label]
    return sum(scores) / len(scores) if scores else 0.0


def print_wrong(wrong):
    for row, label, detail in wrong:
        known = " ".join(filter(None, (row["label"], row.get("detail"))))
        found = f"not {label} {detail}" if label else "of which nothing is said"
        print(f"# {row['file']}: {row['proto']} {row['src']}:{row['sport']} > {row['dst']}:{row['dport']} is {known} "
              f"({row['why']}), {found}")


def floors_of(path, name):
    with open(path) as f:
        for line in f:
            words = line.split("#")[0].split()
            if words and words[0] == name:
                yield words[1], float(words[2]), float(words[3])


def print_table(name, counts):
    print(f"# {name}: {'':18} precision  recall   right  missed  wrong")
    for label, c in sorted(counts.items()):
        print(f"# {label:24} {c.precision():12.3f} {c.recall():7.3f} {c.right:7} {c.missed:7} {c.wrong:6}")


def main():
    name, truth, floors, *events = sys.argv[1:]
    counts, wrong = score(compare(truth, events))
    print_table(name, counts)
    print_wrong(wrong)
    # a label without a line of its own is held to the best
    asked = {label: (precision, recall) for label, precision, recall in floors_of(floors, name)}
    others = asked.pop("*", (1, 1))
    failed = false_alarms(name, wrong)
    least, _ = asked.pop("macro-f1", (1, 1))
    f1 = macro_f1(counts)
    failed |= f1 < least
    print(f"{'ok' if f1 >= least else 'not ok'} score/{name}/macro-f1 ({f1:.3f}, at least {least:.3f})")
    for label in sorted(set(asked) | set(counts)):
        precision, recall = asked.get(label, others)
        c = counts[label]
        held = c.right + c.missed + c.wrong and c.precision() >= precision and c.recall() >= recall
        failed |= not held
        print(f"{'ok' if held else 'not ok'} score/{name}/{label} ({c.precision():.3f} {c.recall():.3f}, "
              f"at least {precision:.3f} {recall:.3f})")
    sys.exit(failed)


if __name__ == "__main__":
    main()
