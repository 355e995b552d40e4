# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: make_events.py EVENTS HOSTS ANSWERS <REPLAYED  |  make_events.py alive HOSTS <REPLAYED

So many events of so many hosts, made of those that a replay has written: leaks long ago and in the last hour, heartbeats,
tunnels that fall, queries that are told together. Some come twice. What the questions of clickhouse.sql are to be answered goes to
ANSWERS.leaked, .silent and .drops. With "alive": a heartbeat of each host that is to be alive, of now."""
import copy
import json
import sys
import time

SILENT = 7  # the first hosts have said nothing for long; the next one has ended in order
PROCESSES = ("transmission-da", "curl", "systemd-resolve")
RECENT = 1800  # seconds: far enough from the questions' hour that it does not matter when they are asked
LONG_AGO = 9000
AWAY = 600


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e9):09}Z"


class Fleet:
    def __init__(self):
        self.kinds = {}
        for line in sys.stdin:
            event = json.loads(line)
            leak = event["event"]["action"] == "leak"
            kind = event["leakaudit"].get("flow") if leak else event["event"]["action"]
            self.kinds[kind] = event
        self.kinds["tunnel-down"] = self.like("summary", "tunnel-down", "event", "change")
        self.kinds["tunnel-down"]["leakaudit"] = {"interface": {"name": "tun0", "role": "tunnel"}}
        self.kinds["together"] = copy.deepcopy(self.kinds["open"])
        for key in "flow", "flow_id":
            del self.kinds["together"]["leakaudit"][key]
        self.kinds["together"]["leakaudit"]["aggregate"] = {"events": 2}
        self.kinds["heartbeat"] = self.like("summary", "heartbeat", "metric", "info")
        own = self.kinds["heartbeat"]["leakaudit"]
        sums = {key: own["summary"][key] for key in ("leaks", "dropped", "held", "judged", "inside", "refused")}
        own["heartbeat"] = {"interval": 60, "seconds": 60, **sums}
        del own["summary"]
        self.words = {kind: self.template(event) for kind, event in self.kinds.items()}
        self.sequence = 0

    def like(self, known, action, kind, what):
        event = copy.deepcopy(self.kinds[known])
        event["event"].update(action=action, kind=kind, type=[what])
        event["message"] = action
        event["event"].pop("duration", None)
        return event

    @staticmethod
    def template(event):
        """Its JSON, in pieces: what differs from event to event goes between them."""
        event = copy.deepcopy(event)
        event["@timestamp"] = "@TIME@"
        event["event"]["id"] = "@AGENT@-@SEQUENCE@"
        event["agent"]["id"] = "@AGENT@"
        event["event"]["sequence"] = "@NUMBER@"
        event["host"] = {"name": "@HOST@"}
        if event["event"]["action"] == "leak":
            event["process"] = {"pid": 812, "name": "@PROCESS@"}
            if "flow_id" in event["leakaudit"]:
                event["leakaudit"]["flow_id"] = "@FLOW@"
            event["network"].update(packets="@PACKETS@", bytes="@BYTES@")
        words = json.dumps(event, separators=(",", ":")).replace("%", "%%")
        for name in ("NUMBER", "PACKETS", "BYTES"):
            words = words.replace(f'"@{name}@"', f"%({name})d")
        for name in ("TIME", "AGENT", "SEQUENCE", "HOST", "PROCESS", "FLOW"):
            words = words.replace(f"@{name}@", f"%({name})s")
        return words

    def event(self, kind, host, when, **more):
        self.sequence += 1
        return self.words[kind] % {"TIME": stamp(when), "AGENT": f"{host:032x}", "SEQUENCE": self.sequence,
                                   "NUMBER": self.sequence, "HOST": f"host{host}.example", **more} + "\n"


def kind_of(host, i):
    if i % 4 == 3 and i // 4 < host:
        return "tunnel-down"
    if host % 25 == 0 and i % 50 == 20:
        return "together"
    return "heartbeat" if i % 10 == 8 else "leak"


def events(fleet, host, count, now, answers):
    """Those of one host. The flows have two events each: one packet, and then all."""
    last = now - AWAY if host <= SILENT else now
    sums, flow, drops = {}, 0, 0
    for i in range(count):
        recent = i >= count // 3
        when = last - (RECENT if recent else LONG_AGO) * (1 - i / count)
        kind = kind_of(host, i)
        if kind == "together":
            packets, size = 2, 10000 * (host + 2)
            if recent:
                sums.setdefault("dig", {})[f"event {i}"] = (packets, size)
            yield fleet.event(kind, host, when, PROCESS="dig", PACKETS=packets, BYTES=size)
            continue
        if kind != "leak":
            drops += kind == "tunnel-down"
            yield fleet.event(kind, host, when)
            continue
        name = PROCESSES[flow // 2 % len(PROCESSES)]
        packets, size = (host + 2, 1000 * (host + 2) + flow // 2 % 3) if flow % 2 else (1, 40)
        if recent:
            totals = sums.setdefault(name, {})
            totals[flow // 2] = (packets, size)
        yield fleet.event("close" if flow % 2 else "open", host, when, PROCESS=name, FLOW=f"{host:016x}{flow // 2:016x}",
                          PACKETS=packets, BYTES=size)
        flow += 1
    name = f"host{host}.example"
    if host == SILENT:
        yield fleet.event("heartbeat", host, int(last) + 0.1)
        yield fleet.event("summary", host, int(last) + 0.5)
        yield fleet.event("heartbeat", host, int(last) + 0.1)
    if host < SILENT:
        answers["silent"].append((when, name))
    if drops:
        answers["drops"].append((drops, f"{name}\ttun0\t{drops}"))
    for process, flows in sums.items():
        size = sum(f[1] for f in flows.values())
        answers["leaked"].append((size, f"{name}\t{process}\tipv4\t{len(flows)}\t{sum(f[0] for f in flows.values())}\t{size}"))


def main():
    fleet = Fleet()
    if sys.argv[1] == "alive":
        now = time.time()
        sys.stdout.writelines(fleet.event("heartbeat", host, now) for host in range(SILENT + 1, int(sys.argv[2])))
        return
    count, hosts, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    answers = {"leaked": [], "silent": [], "drops": []}
    now = time.time()
    for host in range(hosts):
        for n, event in enumerate(events(fleet, host, count // hosts, now, answers)):
            sys.stdout.write(event if n % 97 else event + event)
    for name, rows in answers.items():
        rows.sort(reverse=name != "silent")
        with open(f"{path}.{name}", "w", encoding="utf-8") as out:
            out.writelines(words + "\n" for _, words in rows[:100])


main()
