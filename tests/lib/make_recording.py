# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: make_recording.py MEGABYTES ANSWERS

A recording of so many bytes of the events of three hosts over forty days, as watch -o json:FILE writes them: flows that open
and close, questions, tunnels that fall and return, heartbeats, runs that end in order. What they add up to goes to ANSWERS,
as a JSON object."""
import json
import random
import sys
import time

HOSTS = 3
DAYS = 40
BEGIN = 1_790_000_000
PROGRAMS = [("transmission-daemon", "/usr/bin/transmission-daemon", "transmission-daemon.service", "debian-transmission")] * 6 + \
    [("firefox-esr", "/usr/lib/firefox-esr/firefox-esr", "user@1000.service", "anna")] * 3 + \
    [("curl", "/usr/bin/curl", "", "anna"), ("systemd-resolve", "/usr/lib/systemd/systemd-resolved", "systemd-resolved.service",
                                             "systemd-resolve")]
KINDS = [("torrent", "utp"), ("torrent", "tracker"), ("torrent", "dht"), ("dns", "udp"), ("ipv4", ""), ("ipv6", ""), ("stun", "binding")]

HEAD = '{"@timestamp":"%s","ecs":{"version":"9.4.0"},"event":{"kind":"%s","category":["network"],"type":["%s"],"action":"%s",' \
    '"dataset":"leakaudit","sequence":%d,"id":"%s-%d"%s},"message":"%s","log":{"level":"info"},"agent":{"id":"%s","type":"leakaudit",' \
    '"version":"0.1.0"},"host":{"name":"%s","boot":{"id":"5507f18f-424b-4d05-a4cb-%012x"}},'
LEAK = '"process":{"pid":%d,"name":"%s","executable":"%s","command_line":"%s --with-some-arguments","start":"2026-09-20T10:00:00.123456789Z",' \
    '"parent":{"pid":1,"name":"systemd"}},"user":{"id":"1000","name":"%s"},"source":{"ip":"192.0.2.10","port":%d,"packets":%d,"bytes":%d},' \
    '"destination":{"ip":"%s","port":%d},"network":{"direction":"egress","type":"ipv4","transport":"udp","packets":%d,"bytes":%d,' \
    '"community_id":"1:EDOP7NsCCT48O8E9dJYxFzxZRkw="},"observer":{"type":"sensor","product":"leakaudit","egress":{"interface":' \
    '{"name":"eth0","id":"2"}}},"related":{"ip":["192.0.2.10","203.0.113.10"]},%s"leakaudit":{"class":"%s",%s"verdict":"counted",' \
    '"outcome":"left","cause":"tunnel-down","hook":"cgroup","attribution":"socket","flow":"%s","flow_id":"%s","judged":{"packets":%d,' \
    '"bytes":%d},"unit":"%s","cgroup":{"path":"/system.slice/some.service","id":"4711"},"netns":{"cookie":"1"},"socket":{"cookie":"10423"}}}\n'
SUM = '{"packets":%d,"bytes":%d}'


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e9):09}Z"


class Run:
    def __init__(self, recording, host, number, begin):
        self.recording, self.host, self.begin = recording, host, begin
        self.agent = f"{host:016x}{number:016x}"
        self.sequence = 0
        self.left = [0, 0]
        self.dropouts = [0, 0.0]

    def write(self, when, action, kind, what, message, rest, more=""):
        self.sequence += 1
        self.recording.write(HEAD % (stamp(when), kind, what, action, self.sequence, self.agent, self.sequence, more, message,
                                     self.agent, f"host{self.host}", self.host) + rest)

    def flow(self, when, rng):
        name, path, unit, user = rng.choice(PROGRAMS)
        cls, detail = rng.choice(KINDS)
        packets = rng.randrange(1, 400)
        size = packets * rng.randrange(60, 1400)
        to = f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        port, pid, source = rng.randrange(1, 65536), rng.randrange(300, 9000), rng.randrange(1024, 65536)
        flow_id = f"{rng.getrandbits(128):032x}"
        asked = f"\"dns\":{{\"question\":{{\"name\":\"host{rng.randrange(20000)}.example\",\"type\":\"A\"}}}}," if cls == "dns" else ""
        detail = f"\"detail\":\"{detail}\"," if detail else ""
        for state, n, b in ("open", 1, min(size, 60)), ("update", (packets + 1) // 2, size // 2), ("close", packets, size):
            self.write(when, "leak", "alert", "connection", f"{name}[{pid}] leaked over eth0 to {to}:{port} (the tunnel is down)",
                       LEAK % (pid, name, path, path, user, source, n, b, to, port, n, b, asked if state == "open" else "", cls, detail,
                               state, flow_id, n, b, unit))
            when += 3
        self.left[0] += packets
        self.left[1] += size
        self.recording.took(name, packets, size, bool(asked))

    def dropout(self, when, seconds):
        self.write(when, "tunnel-down", "event", "end", "tunnel tun0 (tun) is down",
                   '"leakaudit":{"interface":{"name":"tun0","id":"3","kind":"tun","role":"tunnel","change":"down"}}}\n')
        self.write(when + seconds, "tunnel-up", "event", "start", "tunnel tun0 (tun) is back",
                   '"leakaudit":{"interface":{"name":"tun0","id":"4","kind":"tun","role":"tunnel","change":"up"},"dropout":{"since":"%s",'
                   '"until":"%s","seconds":%.3f,"packets":9,"bytes":900,"dropped":{"packets":0,"bytes":0},"held":{"packets":2,"bytes":80},'
                   '"refused":0}}}\n' % (stamp(when), stamp(when + seconds), seconds))
        self.dropouts[0] += 1
        self.dropouts[1] += seconds

    def end(self, when):
        exempt = '"exempt":{"neighbour":%s,"lan":%s,"allowed":%s,"transport":%s}' % tuple(SUM % (n, 90 * n) for n in (4, 40, 0, 90000))
        self.write(when, "summary", "metric", "end", "that is all",
                   '"leakaudit":{"complete":true,"lost":{"events":0,"flows":0,"output":0,"evidence":0},"summary":{"leaks":%s,"dropped":%s,'
                   '"held":%s,"judged":%s,"possible":%s,"inside":%s,"inbound":{"counted":%s,"dropped":%s},"refused":0,"dropouts":{"count":%d,'
                   '"seconds":%.3f,"longest":1.000,"down":false},%s}}}\n' %
                   (SUM % tuple(self.left), *[SUM % (0, 0)] * 2, SUM % tuple(self.left), *[SUM % (0, 0)] * 4, *self.dropouts, exempt),
                   f',"duration":{int((when - self.begin) * 1e9)}')


class Recording:
    def __init__(self, size):
        self.size, self.written = size, 0
        self.answers = {"runs": 0, "packets": 0, "bytes": 0, "questions": 0, "dropouts": 0, "by_process": {}}

    def write(self, line):
        self.written += len(line)
        sys.stdout.write(line)

    def took(self, name, packets, size, asked):
        a = self.answers
        a["packets"] += packets
        a["bytes"] += size
        a["questions"] += asked
        a["by_process"][name] = a["by_process"].get(name, 0) + packets

    def run(self, host, number, begin, seconds, room, rng):
        run = Run(self, host, number, begin)
        end = self.written + room
        run.write(begin, "ready", "event", "start", "watching /system.slice on eth0 (exposed); tun0 (tunnel)",
                  '"leakaudit":{"version":"0.1.0","scope":"/system.slice","tc":"tcx","interfaces":[]}}\n')
        falls = [begin + seconds * (0.2 + 0.6 * rng.random()) for _ in range(3)]
        for fall in falls:
            run.dropout(fall, rng.randrange(3, 900))
            while self.written < end - room * (2 - falls.index(fall)) / 3:
                run.flow(fall + rng.expovariate(1 / 300), rng)
        run.end(begin + seconds)
        self.answers["runs"] += 1
        self.answers["dropouts"] += 3


def main():
    rng = random.Random(7)
    recording = Recording(int(float(sys.argv[1]) * 1e6))
    per_run = recording.size / (HOSTS * DAYS)
    for day in range(DAYS):
        for host in range(HOSTS):
            recording.run(host, day, BEGIN + day * 86400 + host * 3600, 16 * 3600, per_run * (0.2 + 1.6 * rng.random()), rng)
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump(recording.answers, out)


main()
