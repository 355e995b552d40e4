#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes inputs for the fuzz targets to begin with, DIR/TARGET/NUMBER: seeds.py DIR

They are made from tests/cases, and from the flows that tests/score makes; tests/fuzz/fuzz_TARGET.c says what an input is.
"""

import glob
import hashlib
import os
import re
import struct
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, TOP + "/tests/score")

import negatives  # noqa: E402
import positives  # noqa: E402
import tls  # noqa: E402
import wire  # noqa: E402

PAYLOADS, IPV6, TCP = 2, 4, 8  # of fuzz_classify.c


def chunk(data):
    return struct.pack(">H", len(data)) + data


def string(text):
    return bytes([len(text)]) + text


def case_packets():
    for path in sorted(glob.glob(TOP + "/tests/cases/*.txt")):
        packet = b""
        with open(path) as f:
            for line in f:
                if re.fullmatch(r"[0-9a-fA-F\s]+", line):
                    packet += bytes.fromhex(line)
                elif packet:
                    yield packet
                    packet = b""


def flows():
    return positives.flows() + negatives.flows()


def payloads(flow):
    return [(item[1] if isinstance(item, tuple) else item) or b"" for item in flow.said]


def parse():
    for packet in case_packets():
        yield bytes([packet[0] >> 4 == 6]) + packet
        yield b"\x10" + wire.ethernet(packet)


def classify():
    settings = bytes([8, 0])
    for packet in case_packets():
        yield bytes([IPV6 if packet[0] >> 4 == 6 else 0]) + settings + bytes(4) + chunk(packet) * 2
    for flow in flows():
        kind = PAYLOADS | (TCP if flow.proto == "tcp" else 0) | (IPV6 if ":" in flow.src else 0)
        yield bytes([kind]) + settings + struct.pack(">HH", flow.sport, flow.dport) + b"".join(map(chunk, payloads(flow)[:8]))


def replay():
    for flow in flows():
        packets = b"".join(chunk(packet)[:2] + b"\2" + packet for packet in flow.packets())
        for settings in (1, 8):
            yield bytes([settings]) + packets[:4000]
    for data in capture():
        yield b"\3" + data
    for form in HOSTS:
        yield b"\2" + made(form, "make_hosts.py")[:4096]


LINKS = {"ethernet": 1, "qinq": 1, "pppoe": 1, "raw": 101, "sll": 113, "sll2": 276, "null": 0, "null-be": 0, "loop": 108,
         "ppp": 9, "ppp-short": 9, "ppp-hdlc": 50, "ppp-cisco": 50, "ppp-ether": 51}
FORMS = ["ethernet", "pcap-be", "pcap-nano", "ng", "ng-be", "ng-packet", "ng-simple", "ng-nano", "ng-binary", "ng-sections",
         "ng-mixed", "ng-tunnel"]


# Whose the packets are, and how often they are there, is the question.
HOSTS = ["any-container", "bond", "nat", "mirror", "overlay"]


def made(form, by="make_capture.py"):
    return subprocess.run([sys.executable, TOP + "/tests/lib/" + by, form], stdout=subprocess.PIPE, check=True).stdout


def link():
    for form, number in LINKS.items():
        data, at = made(form), 24
        while at < len(data):
            caplen = struct.unpack("<I", data[at + 8:at + 12])[0]
            yield struct.pack(">I", number) + data[at + 16:at + 16 + caplen]
            at += 16 + caplen


def capture():
    for form in FORMS:
        data = made(form)
        yield data[:4096]
        yield data[:300]


def policy():
    texts = ["tun0", "wg*", "eth0", "192.0.2.1", "192.0.2.0/24:53/udp", "2001:db8::/32", "[2001:db8::1]:443/tcp",
             "[2001:db8::]/32:1", "::/0", "::ffff:192.0.2.1", "10.0.0.0/8/tcp", "192.0.2.1/24", "fe80::1%eth0", "[::1"]
    for text in texts:
        for option in range(3):
            yield bytes([option]) + string(text.encode())
    yield b"".join(bytes([2]) + string(text.encode()) for text in texts)


def known():
    yield b"doh dns.example *.dns.example 192.0.2.1 [2001:db8::1]:8443 # ours\nnone dns.google\ndnscrypt 192.0.2.2:5443\n"
    with open(TOP + "/user/policy/known-resolvers.txt", "rb") as f:
        for line in f.read().splitlines():
            if line and not line.startswith(b"#"):
                yield line + b"\n"


def options():
    for line in ["--quiet --unit a --tunnel=tun0 --limit 7", "--buffer 64K -i 0.25 --tc tcx", "--drop=dns,stun --log", "-- a b",
                 "--help", "--drop", "--interval 1.000000001 --buffer=1G", "--tc auto operand -q"]:
        yield b"".join(string(word.encode()) for word in line.split())


def events():
    names = b"".join(string(n) for n in (b"transmission-da", b"/usr/bin/transmission-daemon", b"/system.slice/a.service",
                                         b"3f2a", b"eth0", b"198.51.100.7"))
    question = positives.question("tracker.example.org", 28)
    for kind, family, proto, payload in ((0, 4, 17, question), (0, 6, 6, chunk(question)), (0, 4, 6, b"dns.google"), (4, 4, 17, question)):
        key = bytes(10) + b"\xff\xff" + bytes([10, 0, 0, 1]) + bytes(10) + b"\xff\xff" + bytes([8, 8, 8, 8])
        key += struct.pack("<QQIHHBBHI", 77, 1, 2, 40000, 53, proto, family, 0, 0)
        owner = struct.pack("<QQII16s", 5, 6, 812, 1000, b"transmission-da")
        flow = key + owner + struct.pack("<5Q5I2H2BH8B", 9, 1, 71, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 1, 0, 1)
        tail = struct.pack("<IBBH", 1, 2, 1, len(payload)) + payload
        size = 16 + len(flow) + len(tail)
        yield chunk(struct.pack("<HBBIQ", size, 2, kind, 2, 12345) + flow + tail) + names
    task = struct.pack("<QQII16sQQ", 5, 6, 812, 1000, b"tcpdump", 1, 77)
    for kind in (1, 2, 3):
        yield chunk(struct.pack("<HBBIQ", 16 + len(task), 2, kind, 2, 12345) + task) + names
    packet = struct.pack("<QIIIB3x", 9, 1, 60, 20, 0) + bytes(20)
    yield chunk(struct.pack("<HBBIQ", 16 + len(packet), 2, 5, 2, 12345) + packet) + names


def crypto(message, offset=0):
    return b"\6" + tls.varint(offset) + tls.varint(len(message)) + message


def quic():
    for name, alpn in (("dns.google", ["h3"]), ("dns.example", ["doq"]), (None, [])):
        message = tls.hello(name, alpn)
        for settings in (0, 2):
            yield bytes([settings]) + chunk(crypto(message) + bytes(30))
            yield bytes([settings]) + chunk(crypto(message[70:], 70) + b"\1" + crypto(message[:70]))
            yield bytes([settings]) + chunk(crypto(message[:90])) + chunk(crypto(message[60:], 60))
        yield bytes([1]) + chunk(tls.initial(message)) + chunk(tls.initial(message, 0x6b3343cf))


def inside():
    for flow in positives.torrent() + positives.stun_flows():
        for payload in payloads(flow):
            yield bytes([flow.proto == "tcp"]) + payload
    ours = wire.inet("198.51.100.7")
    extended = b"\0\0\0\x3d\x14\0d1:md11:ut_metadatai2ee4:ipv44:" + ours + b"1:v4:libte"
    yield b"\1" + extended
    yield b"\1" + positives.HANDSHAKE + extended
    yield b"\0" + positives.utp(0, 7, 1, 5, positives.HANDSHAKE + extended)
    yield b"\0" + b"d2:ip6:" + ours + b"\x1a\xe11:rd2:id20:" + bytes(20) + b"e1:t2:aa1:y1:re"
    yield b"\0" + positives.stun(0x101, positives.attribute(0x20, b"\0\1\x1a\xe1" + bytes(
        a ^ b for a, b in zip(ours, bytes.fromhex("2112a442")))))
    yield b"\1" + positives.get("/announce?info_hash=a&ip=198.51.100.7&port=1", "a")
    yield b"\0v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\nc=IN IP4 198.51.100.7\r\na=candidate:1 1 udp 1 198.51.100.7 9 typ host\r\n"


def peers():
    compact = wire.inet("203.0.113.21") + b"\x1a\xe1"
    yield b"\0d1:rd2:id20:" + bytes(20) + b"5:token2:ab6:valuesl6:" + compact + b"ee1:t2:aa1:y1:re"
    yield b"\0HTTP/1.1 200 OK\r\n\r\nd8:intervali9e5:peers12:" + compact * 2 + b"6:peers618:" + bytes(range(1, 19)) + b"e"
    yield b"\0\0\0\0\x20\x14\1d5:added6:" + compact + b"7:added.f1:\0e"
    yield b"\1" + bytes(range(1, 37))
    yield b"\0" + positives.get("/announce?info_hash=a&peer_id=b&port=51413", "a")
    yield b"\0d1:ad4:porti6999ee1:q13:announce_peer1:t2:aa1:y1:qe"
    yield b"\0BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6889\r\n\r\n"


def transport():
    yield b"\0public_key=01\nendpoint=192.0.2.1:51821\npublic_key=02\nendpoint=[2001:db8::1]:7\nerrno=0\n"
    yield b"\1static_host_map:\n  \"10.0.0.1\": [\"192.0.2.1:4242\", '[2001:db8::1]:4242'] # a\n  10.0.0.2:\n    - 192.0.2.2:1\nend:\n"
    yield b"\1static_host_map: { 10.0.0.1: [192.0.2.1:4242,[2001:db8::2]:2] }\n"
    yield b"\2Address = 192.0.2.1\nAddress = 2001:db8::1 7000\nPort = 656\n"


def attribute_nl(kind, data):
    head = struct.pack("=HH", 4 + len(data), kind)
    return head + data + bytes(-len(data) % 4)


def message_nl(kind, body):
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def tuple_nl(kind, family, source, destination, protocol, ports):
    a = attribute_nl
    addresses = (1, 2) if family == 4 else (3, 4)
    return a(kind, a(1, a(addresses[0], source) + a(addresses[1], destination))
             + a(2, a(1, bytes([protocol])) + a(2, ports[:2]) + a(3, ports[2:])))


def netlink():
    a, m = attribute_nl, message_nl
    link = struct.pack("=BBHiII", 0, 0, 1, 7, 0x1003, 0)
    yield m(16, link + a(3, b"wg0\0") + a(18, a(1, b"wireguard\0")) + a(4, bytes(4)) + a(23, bytes(192)))
    yield m(16, link + a(3, b"eth0.7\0") + a(5, bytes(4)) + a(18, a(1, b"vlan\0") + a(2, a(1, b"\7\0"))) + a(10, bytes(4)))
    yield m(17, link + a(3, b"wg0\0"))
    yield m(20, struct.pack("=BBBBI", 2, 24, 0, 0, 7) + a(2, bytes(4)) + a(1, bytes(4)) + a(8, bytes(4)))
    route = struct.pack("=BBBBBBBBI", 2, 24, 0, 0, 254, 3, 0, 1, 0)
    yield m(24, route + a(1, b"\n\0\0\0") + a(4, struct.pack("=I", 7)) + a(15, struct.pack("=I", 254)))
    yield m(24, route + a(9, struct.pack("=HBBi", 8, 0, 0, 7) * 2)) + m(24, route + a(30, struct.pack("=I", 1)))
    yield m(104, struct.pack("=BBBBI", 2, 0, 0, 0, 0) + a(1, struct.pack("=I", 1)) + a(5, struct.pack("=I", 7)))
    yield m(104, struct.pack("=BBBBI", 2, 0, 0, 0, 0) + a(1, struct.pack("=I", 1)) + a(2, bytes(16)) + a(3, bytes(2)))
    near, far = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
    ports = struct.pack(">HH", 7, 9)
    for family, n in ((2, 4), (10, 16)):
        here, there = near.rjust(n, b"\0"), far.rjust(n, b"\0")
        yield m(0x100, bytes([family, 0, 0, 0]) + tuple_nl(1, n == 16 and 6 or 4, there, here, 17, ports)
                + tuple_nl(2, n == 16 and 6 or 4, here, there, 17, ports[2:] + ports[:2]))
    nft = bytes([2, 0, 0, 0])
    for name, data in ((b"dup\0", b""), (b"target\0", a(1, b"TEE\0"))):
        yield m(0xa06, nft + a(1, b"t\0") + a(2, b"c\0") + a(4, a(1, a(1, name) + a(2, data))))
    hook = a(1, struct.pack(">I", 3)) + a(2, struct.pack(">i", -100))
    yield m(0xa03, nft + a(1, b"t\0") + a(3, b"c\0") + a(4, hook) + a(7, b"nat\0"))
    yield m(0xa03, b"\5\0\0\0" + a(1, b"t\0") + a(3, b"c\0") + a(4, a(1, bytes(4)) + a(4, a(1, b"eth0\0"))))
    rule = struct.pack("=BBBBBBBBI", 2, 8, 24, 0, 254, 0, 0, 1, 2)
    yield m(32, rule + a(1, b"\n\0\0\0") + a(2, near) + a(10, struct.pack("=I", 7)) + a(16, struct.pack("=I", 255))
            + a(20, struct.pack("=II", 0, 1000)) + a(23, struct.pack("=HH", 53, 53)) + a(14, struct.pack("=i", 0)) + a(3, b"lo\0"))
    yield m(36, struct.pack("=BBHiIII", 0, 0, 0, 7, 0x80010000, 0xffffffff, 0) + a(1, b"fq\0") + a(7, a(3, struct.pack("=IIIII", *range(5)))))
    peer = a(4, struct.pack("=H", 2) + struct.pack(">H", 51820) + near + bytes(8))
    yield m(30, bytes([0, 1, 0, 0]) + a(7, struct.pack("=I", 51820)) + a(8, a(0, peer) + a(0, peer)))
    yield m(28, struct.pack("=BBHiHBB", 7, 0, 0, 7, 2, 0, 0) + a(1, far) + a(6, struct.pack(">H", 4789)))
    yield m(16, bytes(56) + near.ljust(16, b"\0") + bytes(4) + bytes([50, 0, 0, 0]) + bytes(132) + bytes([2, 0])
            + bytes(14) + a(4, struct.pack("=H", 2) + struct.pack(">HH", 4500, 4500) + bytes(18)))
    yield m(3, b"") + m(2, struct.pack("=i", -2) + bytes(16))


def apart():
    datagrams = list(netlink())
    for kind in range(17):
        for datagram in datagrams:
            yield bytes([kind, 0]) + datagram
        yield bytes([kind, 1]) + struct.pack("=II", 0, 0)
        yield bytes([kind, 1]) + struct.pack("=II", 1, 0) + bytes(1024)


def proc():
    numbers = b" ".join(b"%d" % n for n in range(4, 53))
    yield b"\0\0" + b"7 (a) S 1) S " + numbers + b"\n"
    yield b"\0\x12" + b"7 (\n) S ( R " + numbers + b"\n"
    yield b"\1\0" + b"1:name=systemd:/x\n0::/a.slice/0::/b\n"
    yield b"\1\0" + b"0::/../user.slice (deleted)\n"
    yield b"\2\0" + b"# none\nnameserver 192.0.2.1\n nameserver\tfe80::1%eth0 # a\noptions edns0\n"


def recorded():
    head = '{"@timestamp":"2026-01-02T10:00:0%d.5Z","event":{"action":"%s","dataset":"leakaudit","sequence":%d},"agent":{"id":"a"}%s}\n'
    leak = ',"process":{"name":"curl","pid":7},"source":{"packets":%d,"bytes":90},"dns":{"question":{"name":"a.example","type":"A"}},' \
        '"leakaudit":{"class":"dns","detail":"udp","flow":"%s","flow_id":"%032x","outcome":"left","dropped":{"packets":1,"bytes":9}}'
    down = ',"leakaudit":{"interface":{"name":"tun0"}}'
    up = ',"leakaudit":{"interface":{"name":"tun0"},"dropout":{"since":"2026-01-02T10:00:03Z","seconds":1.5,"packets":3,"bytes":9}}'
    total = ',"leakaudit":{"complete":true,"summary":{"leaks":{"packets":9,"bytes":90},"refused":3}}'
    events = [head % (1, "ready", 1, ""), head % (2, "leak", 2, leak % (1, "open", 5)), head % (3, "tunnel-down", 3, down),
              head % (4, "tunnel-up", 4, up), head % (5, "leak", 5, leak % (4, "close", 5)), head % (6, "summary", 6, total)]
    yield "".join(events).encode()
    yield "".join(events[1:4]).encode() + b'[1.5e3,true,"\\ud83d\\ude00\\u0000"]\n{"a":[{}]}\n\xff\n'


STATE = b'{"command":"watch","pid":7,"seconds":1.5e1,"complete":true,"incomplete":null,"scopes":[{"path":"/a \\"b\\" \\u00e4"}],' \
    b'"verdict":{"word":"safe"},"timeline":{"left":[0,1,-2.5],"dropped":[]},"flows":[{"left":{"packets":1},"x":[[[{}]]]}]}'


def json_tree():
    yield STATE
    yield b" [ ]"
    yield b"[" * 32 + b"]" * 32


def state():
    yield b"\x00" + STATE + b"\n"
    yield b"\xff" + STATE * 4


def opt_file():
    yield b'# a comment\n\n  quiet\nunit = a # b\n\ttunnel=wg0\r\ntunnel = " as # it is " # and more\npid = 7\ninterval = 2.5\n' \
        b'tc = clsact\ndrop = dns\ndrop\nttl = whatever\nquiet = no\n'
    yield b'[watch]\ntunel = wg0\nnow\nlist\ntunnel = "wg0\n'


TARGETS = [recorded, parse, classify, link, capture, policy, known, options, events, quic, inside, peers, replay, transport, netlink, apart, proc,
           json_tree, state, opt_file]


def main():
    for target in TARGETS:
        directory = f"{sys.argv[1]}/{target.__name__}"
        os.makedirs(directory, exist_ok=True)
        for seed in target():
            with open(f"{directory}/{hashlib.sha1(seed).hexdigest()[:16]}", "wb") as f:
                f.write(seed)


if __name__ == "__main__":
    main()
