#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""gaps.py EVENTS PACKETS: whether each packet (a line "TIME PORT") is told as a leak, or left in a time that is told as unwatched.

A gap ends when its event is made, or a moment before. Of a cgroup that was gone again before it could be watched, only that is
told, with the next event: each such tells of one process, with its one packet. Prints the packets that nothing is told of, and in
a note how many were told and how long the gaps were."""
import datetime
import json
import statistics
import sys

# Between the hooks' hanging and the event that says so; and what two clocks may be read apart.
SLACK = 0.05


def seconds(stamp):
    whole, fraction = stamp.rstrip("Z").split(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + fraction)


def read(path):
    """Ports that are told as leaks, gaps as (END, SECONDS), and whole runs that were missed as (TIME, COUNT)."""
    told, gaps, missed = set(), [], []
    for line in open(path):
        event = json.loads(line)
        unwatched = event.get("leakaudit", {}).get("unwatched", {})
        if event["event"]["action"] == "leak":
            told.add(event["destination"]["port"])
        if "seconds" in unwatched:
            gaps.append((seconds(event["@timestamp"]), unwatched["seconds"]))
        if "missed" in unwatched:
            missed.append([seconds(event["@timestamp"]), unwatched["missed"]])
    return told, gaps, missed


def is_missed(at, missed):
    """Takes one off the next event's count."""
    for told in missed:
        if told[0] + SLACK >= at and told[1] > 0:
            told[1] -= 1
            return True
    return False


def main(events, packets):
    told, gaps, missed = read(events)
    sent = [(float(at), int(port)) for at, port in (line.split() for line in open(packets))]
    unseen = [(at, port) for at, port in sent if port not in told]
    untold = [(at, port) for at, port in unseen if not any(end - length - SLACK <= at <= end + SLACK for end, length in gaps)
              and not is_missed(at, missed)]
    for at, port in untold:
        print(f"the packet to {port} at {at} is neither told nor in a gap that is")
    lengths = [length * 1000 for _, length in gaps] or [0]
    print(f"NOTE: {len(sent)} starts, {len(sent) - len(unseen)} first packets told, {len(gaps)} gaps of {min(lengths):.0f} to "
          f"{max(lengths):.0f} ms, median {statistics.median(lengths):.0f}")
    return len(untold) > 0


sys.exit(main(*sys.argv[1:]))
