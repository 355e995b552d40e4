# SPDX-License-Identifier: GPL-2.0-or-later
"""A flow of each form that has a name in bpf/core/event.h, from the texts that define it."""

import struct

import tls
from wire import CLIENT, Flow, inet, noise

COOKIE = 0x2112a442


def name(text):
    return b"".join(tls.vector(1, label.encode()) for label in text.split(".")) + b"\0"


def question(host="tracker.example.org", kind=1, edns=False, flags=0x0100):
    """RFC 1035 4.1, RFC 6891 6.1."""
    head = noise(2) + struct.pack(">HHHHH", flags, 1, 0, 0, 1 if edns else 0)
    extra = b"\0\0\x29\4\xd0\0\0\0\0\0\x0c\0\x0a\0\x08" + noise(8) if edns else b""
    return head + name(host) + struct.pack(">HH", kind, 1) + extra


def answer(to, address="203.0.113.80"):
    return to[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + to[12:] + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4" + inet(address)


def asked(q):
    return [q, ("<", answer(q))]


def many(*hosts):
    """RFC 6762 5.3: one message, several questions; later names end in the first one."""
    first = name(hosts[0])
    asked_for = first + b"\0\x0c\0\1" + b"".join(
        tls.vector(1, host.encode()) + b"\xc0" + bytes([12 + len(first) - 7]) + b"\0\x0c\x80\1" for host in hosts[1:])
    return bytes(4) + struct.pack(">HHHH", len(hosts), 0, 0, 0) + asked_for


SERVICES = ["_ipps", "_ftp", "_webdav", "_webdavs", "_sftp-ssh", "_smb", "_afpovertcp", "_nfs", "_ipp"]


def netbios(opcode, flags, records=0):
    """RFC 1002 4.2."""
    encoded = b"\x20" + bytes(b for c in b"LEAKAUDIT      \0" for b in (65 + (c >> 4), 65 + (c & 15))) + b"\0"
    head = noise(2) + struct.pack(">HHHHH", opcode << 11 | flags, 1, 0, 0, records)
    record = b"\xc0\x0c\0\x20\0\1\0\4\x93\xe0\0\6\0\0" + inet(CLIENT) if records else b""
    return head + encoded + b"\0\x20\0\1" + record


def dns():
    q, cert = question(), question("2.dnscrypt-cert.opendns.com", 16)
    one, two = question("a.example.com"), question("b.example.com", 28)
    strange = [question(flags=flags) for flags in (0x0140, 0x0105, 0x3900, 0x0500, 0x0180)]
    counted = question()[:4] + b"\0\7\0\1\0\0\0\0" + question()[12:]
    pointed = question()[:12] + b"\xc0\x12\0\1\0\1" + name("example.org")
    avast = question("2.securedns.avast.com", 16, flags=0)
    shouted = question("2.DNSCrypt-Cert.Example.COM", 16)
    framed = [tls.vector(2, m) for m in (one, two, question("c.example.com"))]
    return [
        Flow("question and answer", "dns", "udp", "udp", 53, asked(q)),
        Flow("over IPv6", "dns", "udp", "udp", 53, asked(question(kind=28)), family=6),
        Flow("EDNS with a cookie", "dns", "udp", "udp", 53, [question(edns=True)] * 2),
        Flow("a server's notify (RFC 1996)", "dns", "udp", "udp", 53, [question(kind=6, flags=0x2400)]),
        Flow("over TCP", "dns", "tcp", "tcp", 53, [framed[0], ("<", tls.vector(2, answer(one)))]),
        Flow("over TCP, the length ahead", "dns", "tcp", "tcp", 53, [framed[0][:2], framed[0][2:]]),
        Flow("over TCP, three in a segment", "dns", "tcp", "tcp", 53, [b"".join(framed)]),
        Flow("over TCP, cut in the middle of the second", "dns", "tcp", "tcp", 53,
             [b"".join(framed)[:60], b"".join(framed)[60:]]),
        Flow("on another port, of a resolver's resolver", "dns", "udp", "udp", 5335, asked(q)),
        Flow("on another port over TCP", "dns", "tcp", "tcp", 5300, [framed[0], ("<", tls.vector(2, answer(one)))]),
        Flow("with headers that are not in order", "dns", "udp", "udp", 53, strange),
        Flow("with wrong counts", "dns", "udp", "udp", 53, [counted]),
        Flow("a name by a pointer", "dns", "udp", "udp", 53, [pointed]),
        Flow("on the port of HTTPS, without a wish for recursion", "dns", "udp", "udp", 443, asked(question(flags=0))),
        Flow("on another port, answers alone", "dns", "udp", "udp", 40053, [answer(q)], sport=5335),
        Flow("Avast's certificate", "dns", "dnscrypt", "udp", 443, [avast, ("<", answer(avast))]),
        Flow("DNSCrypt: the certificate, in any case", "dns", "dnscrypt", "udp", 443, [shouted]),
        Flow("DNSCrypt: an answer over TCP", "dns", "dnscrypt", "tcp", 8443,
             [noise(514), ("<", tls.vector(2, b"r6fnvWj8" + noise(248)))]),
        Flow("mDNS: nine questions", "mdns", "mdns", "udp", 5353, [many(*[s + "._tcp.local" if i == 0 else s for i, s in
             enumerate(SERVICES)])], src="192.168.7.11", dst="224.0.0.251", sport=5353),
        Flow("mDNS: thirty questions", "mdns", "mdns", "udp", 5353, [many("_a._tcp.local", *[f"_b{i}" for i in range(29)])],
             src="192.168.7.12", dst="224.0.0.251", sport=5353),
        Flow("on the port of mDNS to one host", "dns", "udp", "udp", 5353, asked(q), dst="192.168.7.1"),
        Flow("DoT by its port (RFC 7858)", "dot", "dot", "tcp", 853, tls.session("dns.example")),
        Flow("DoT elsewhere, by its protocol", "dot", "dot", "tcp", 8443, tls.session("dns.example", ["dot"])),
        Flow("DoQ by its port (RFC 9250)", "doq", "doq", "udp", 853, tls.quic("dns.example", ["doq"])),
        Flow("DoQ elsewhere, by its protocol", "doq", "doq", "udp", 8853 + 1, tls.quic("dns.example", ["doq"])),
        Flow("DoH by the name", "doh", "doh", "tcp", 443, tls.session("dns.quad9.net", ["h2"])),
        Flow("DoH by the name, in capitals", "doh", "doh", "tcp", 443, tls.session("Dns.Google", ["h2"])),
        Flow("DoH by the name under a customer's", "doh", "doh", "tcp", 443, tls.session("a1b2.dns.nextdns.io", ["h2"])),
        Flow("DoH by the address and HTTP", "doh", "doh", "tcp", 443, tls.session(None, ["h2"]), dst="9.9.9.9"),
        Flow("DoH by the name, a hello of two segments", "doh", "doh", "tcp", 443, in_two("dns.quad9.net")),
        Flow("DoH over QUIC by the name", "doh", "doh", "udp", 443, tls.quic("dns.quad9.net", ["h3"])),
        Flow("DoH over QUIC version 2", "doh", "doh", "udp", 443, tls.quic("dns.google", ["h3"], 0x6b3343cf)),
        Flow("DoH over QUIC, a hello of two datagrams", "doh", "doh", "udp", 443,
             tls.quic_in_two("cloudflare-dns.com", ["h3"])),
        Flow("DoH over QUIC by the address", "doh", "doh", "udp", 443, tls.quic("ech.example", ["h3"]), dst="1.1.1.1"),
        Flow("DNSCrypt: the certificate", "dns", "dnscrypt", "udp", 8443, [cert, ("<", answer(cert))]),
        Flow("DNSCrypt: an answer", "dns", "dnscrypt", "udp", 5553, [noise(512), ("<", b"r6fnvWj8" + noise(248))]),
        Flow("mDNS", "mdns", "mdns", "udp", 5353, [question("_http._tcp.local", 12, flags=0)],
             dst="224.0.0.251", sport=5353),
        Flow("mDNS over IPv6", "mdns", "mdns", "udp", 5353, [question("_http._tcp.local", 12, flags=0)],
             dst="ff02::fb", sport=5353, family=6),
        Flow("LLMNR (RFC 4795)", "llmnr", "llmnr", "udp", 5355, [question("printer", 1, flags=0)], dst="224.0.0.252"),
        Flow("LLMNR over TCP", "llmnr", "llmnr", "tcp", 5355, [tls.vector(2, question("printer", 1, flags=0))]),
        Flow("NetBIOS: a name is asked for", "dns", "netbios", "udp", 137, [netbios(0, 0x0110)],
             dst="192.168.7.255", sport=137),
        Flow("NetBIOS: a name is registered", "dns", "netbios", "udp", 137, [netbios(5, 0x0110, 1)], dst="192.168.7.254"),
    ]


def in_two(host):
    whole = tls.record(tls.hello(host, ["h2"], filler=1200))
    return [whole[:700], whole[700:]] + tls.session()[1:]


def stun(kind, attributes=b"", cookie=True):
    """RFC 8489 5; without the cookie RFC 3489 11.1."""
    return struct.pack(">HH", kind, len(attributes)) + (struct.pack(">I", COOKIE) + noise(12) if cookie else noise(16)) + attributes


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


OLD_RELAY = attribute(0xf, b"\x72\xc6\x4b\xc6")  # the cookie of MS-TURN and libjingle


def rtp(number):
    return struct.pack(">BBHII", 0x80, 111, number, number * 960, 0x1234567) + noise(100)


def stun_flows():
    mapped = attribute(0x20, b"\0\1" + noise(6))
    dtls = b"\x16\xfe\xfd" + bytes(8) + tls.vector(2, noise(120))
    allocate = stun(3, attribute(0x19, b"\x11\0\0\0"))
    channel = struct.pack(">HH", 0x4001, 100) + noise(100)
    return [
        Flow("a binding and its answer", "stun", "binding", "udp", 19302, [stun(1), ("<", stun(0x101, mapped))]),
        Flow("on any port", "stun", "binding", "udp", 41234, [stun(1, attribute(0x8022, b"client"))]),
        Flow("over IPv6", "stun", "binding", "udp", 3478, [stun(1)], family=6),
        Flow("without the cookie", "stun", "binding", "udp", 3478, [stun(1, cookie=False)] * 2),
        Flow("without the cookie on a port of others", "stun", "binding", "udp", 8801,
             [stun(1, attribute(3, bytes(4)), cookie=False)] * 2),
        Flow("without the cookie, near STUN's port", "stun", "binding", "udp", 3479, [stun(1, cookie=False)]),
        Flow("MS-TURN, the last attribute unpadded", "stun", "turn", "udp", 3478,
             [stun(3, attribute(0xf, b"\x72\xc6\x4b\xc6") + struct.pack(">HH", 0x8022, 5) + b"realm")]),
        Flow("a relay before RFC 5766", "stun", "turn", "udp", 40443,
             [stun(4, OLD_RELAY + attribute(0x13, noise(80)), False), ("<", stun(0x115, OLD_RELAY + attribute(0x13, noise(9)), False))]),
        Flow("on the port of DoQ", "stun", "binding", "udp", 853, [stun(1), ("<", stun(0x101, mapped))]),
        Flow("its padding is not in the length", "stun", "binding", "udp", 50008,
             [struct.pack(">HHI", 1, 9, COOKIE) + noise(12) + attribute(0x8022, b"agent")]),
        Flow("MS-TURN over TCP", "stun", "turn", "tcp", 443, [b"\2\0" + tls.vector(2, stun(3, attribute(0xf, bytes(4))))]),
        Flow("over TCP", "stun", "binding", "tcp", 3478, [stun(1), ("<", stun(0x101, mapped))]),
        Flow("over TCP, with lengths (RFC 4571)", "stun", "binding", "tcp", 50001, [tls.vector(2, stun(1, attribute(6, b"a:b")))]),
        Flow("a relay, then its channel", "stun", "turn", "udp", 3478, [allocate, ("<", stun(0x103, mapped)), channel, channel]),
        Flow("a channel met in its middle", "stun", "turn", "udp", 3478, [channel, channel]),
        Flow("a call: DTLS and SRTP follow", "stun", "media", "udp", 50007,
             [stun(1, attribute(6, b"a:b")), ("<", stun(0x101, mapped)), dtls, ("<", dtls)] + [rtp(n) for n in range(12)]),
    ]


HANDSHAKE = b"\x13BitTorrent protocol" + bytes(5) + b"\x10\0\5" + noise(20) + b"-TR3000-" + noise(12)
AGENTS = ["Transmission/3.00", "qBittorrent/4.5.2", "libtorrent/2.0.8.0", "uTorrent/3600", "Deluge/2.1.1"]


def utp(kind, ident, seq, time, payload=b"", difference=1234, ack=7):
    """BEP 29."""
    return struct.pack(">BBHIIIHH", kind << 4 | 1, 0, ident, time, difference, 1 << 20, seq, ack) + payload


def get(path, agent, host="tracker.example.org"):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def announce(action, connection):
    """BEP 15."""
    return connection + struct.pack(">I", action) + noise(4) + noise(20) + b"-TR3000-" + noise(12) + struct.pack(
        ">QQQIIIiH", 0, 1 << 30, 0, 2, 0, 77, -1, 51413)


def dht(kind, ident=20):
    return {"query": b"d1:ad2:id20:" + noise(ident) + b"6:target20:" + noise(20) + b"e1:q9:find_node1:t2:aa1:y1:qe",
            "answer": b"d1:rd2:id20:" + noise(ident) + b"5:nodes26:" + noise(26) + b"e1:t2:aa1:y1:re",
            "bootstrap": b"d1:ad2:bsi1e2:id20:" + noise(20) + b"6:target20:" + noise(20) + b"e1:q9:find_node1:t2:aa1:y1:qe",
            "repeated": b"d1:q9:find_node1:rd2:id20:" + noise(20) + b"5:nodes26:" + noise(26) + b"e1:t2:aa1:y1:re",
            "error": b"d1:eli203e14:Protocol Errore1:t2:aa1:y1:ee",
            "own": b"d2:ip6:" + noise(6) + b"1:rd2:id20:" + noise(20) + b"e1:t2:aa1:y1:re",
            "v6": b"d1:ad2:id20:" + noise(20) + b"6:target20:" + noise(20) + b"4:wantl2:n6ee1:q9:find_node1:t2:aa1:y1:qe",
            }[kind]


def torrent():
    lsd = (b"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 51413\r\nInfohash: "
           + noise(20).hex().encode() + b"\r\ncookie: 1\r\n\r\n\r\n")
    connect = struct.pack(">QI", 0x41727101980, 0) + noise(4)
    tracker = [connect, ("<", bytes(4) + connect[12:] + noise(8)), announce(1, noise(8))]
    hashed = "/announce?info_hash=" + "".join(f"%{b:02x}" for b in noise(20)) + "&peer_id=-TR3000-abcdefghijkl&port=51413"
    flows = [
        Flow("peers over TCP", "bittorrent", "handshake", "tcp", 51413, [HANDSHAKE, ("<", HANDSHAKE), noise(200)]),
        Flow("peers over TCP, IPv6", "bittorrent", "handshake", "tcp", 6881, [HANDSHAKE], family=6),
        Flow("uTP from its beginning", "bittorrent", "utp", "udp", 51413,
             [utp(4, 700, 1, 90001, difference=0, ack=0), utp(0, 701, 2, 120001, HANDSHAKE), utp(2, 701, 3, 150001)]),
        Flow("uTP: the handshake alone", "bittorrent", "utp", "udp", 51414, [utp(0, 701, 2, 120001, HANDSHAKE)]),
        Flow("uTP met in its middle", "bittorrent", "utp", "udp", 51415,
             [utp(0, 900, 70, 120001, noise(400)), utp(0, 900, 71, 140120, noise(400)), utp(2, 900, 72, 159980)]),
        Flow("DHT", "bittorrent", "dht", "udp", 6881, [dht("query"), ("<", dht("answer"))]),
        Flow("DHT over IPv6", "bittorrent", "dht", "udp", 6882, [dht("v6")], family=6),
        Flow("DHT of a client that begins", "bittorrent", "dht", "udp", 6883, [dht("bootstrap")]),
        Flow("DHT: an answer that repeats the question", "bittorrent", "dht", "udp", 6884, [dht("repeated")]),
        Flow("DHT: an answer with the asker's address (BEP 42)", "bittorrent", "dht", "udp", 6885, [dht("own")]),
        Flow("DHT: an error", "bittorrent", "dht", "udp", 6886, [dht("error")]),
        Flow("UDP tracker", "bittorrent", "tracker", "udp", 6969, tracker),
        Flow("UDP tracker, met after its connect", "bittorrent", "tracker", "udp", 1337, [announce(1, noise(8))]),
        Flow("tracker over HTTP", "bittorrent", "tracker", "tcp", 80, [get(hashed, "Python-urllib/3.11")]),
        Flow("tracker's scrape over HTTP", "bittorrent", "tracker", "tcp", 8080,
             [get(hashed.replace("announce", "scrape"), "Mozilla/5.0")]),
        Flow("LSD", "bittorrent", "lsd", "udp", 6771, [lsd], dst="239.192.152.143", sport=6771),
    ]
    flows += [Flow("web seed, " + agent, "bittorrent", "webseed", "tcp", 80, [get("/debian.iso", agent)]) for agent in AGENTS]
    return flows + client()


def client():
    """One endpoint, which shows itself by DHT, and what is encrypted from it afterwards (MSE): no byte of it
    tells, its sender does."""
    return [
        Flow("a client shows itself", "bittorrent", "dht", "udp", 6881, [dht("query")], sport=51413, dst="203.0.113.21"),
        Flow("the same socket to a peer, encrypted uTP", "bittorrent", "utp", "udp", 40111,
             [utp(0, 33, 5, 777777, noise(300))], sport=51413, dst="203.0.113.22"),
        Flow("the same socket to a peer, nothing known", "bittorrent", "bulk", "udp", 40112,
             [noise(90), noise(70)], sport=51413, dst="203.0.113.23"),
        Flow("a peer comes to it, encrypted", "bittorrent", "bulk", "tcp", 51413, [noise(120), ("<", noise(300))],
             src="203.0.113.24", dst=CLIENT),
        Flow("it asks the router for a port (NAT-PMP)", "bittorrent", "portmap", "udp", 5351,
             [b"\0\1\0\0" + struct.pack(">HHI", 51413, 51413, 3600)], sport=51413, dst="192.168.7.1"),
    ]


def told_by_lists():
    """Peers that nothing but a list tells of: all that they say is encrypted (MSE)."""
    def compact(*ends):
        return b"".join(inet(address) + struct.pack(">H", port) for address, port in ends)

    connect = struct.pack(">QI", 0x41727101980, 0) + noise(4)
    ask = announce(1, noise(8))
    peers = struct.pack(">I", 1) + ask[12:16] + struct.pack(">III", 1800, 1, 2) + compact(
        ("203.0.113.31", 6881), ("203.0.113.32", 443))
    nodes = b"d1:rd2:id20:" + noise(20) + b"5:token4:abcd6:valuesl6:" + compact(("203.0.113.33", 51000)) + b"ee1:t2:aa1:y1:re"
    page = b"HTTP/1.1 200 OK\r\n\r\nd8:intervali1800e5:peers6:" + compact(("203.0.113.34", 6889)) + b"e"
    hashed = "/announce?info_hash=" + "%00a" * 10 + "&peer_id=-TR3000-abcdefghijkl&port=6890"
    lsd = b"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6891\r\nInfohash: a\r\n\r\n\r\n"
    def bulk(why, to, port, proto="tcp", **more):
        said = [noise(96 + 17), ("<", noise(608)), noise(150)]
        return Flow(why, "bittorrent", "bulk", proto, port, said, dst=to, **more)

    return [
        Flow("a tracker tells of peers", "bittorrent", "tracker", "udp", 6969, [connect, ask, ("<", peers)]),
        bulk("to the first of them", "203.0.113.31", 6881),
        bulk("to the second, at a port of others", "203.0.113.32", 443),
        bulk("from outside, to the port that was announced", CLIENT, 51413, src="203.0.113.40"),
        Flow("a node of the DHT tells of one", "bittorrent", "dht", "udp", 6881, [dht("query"), ("<", nodes)]),
        bulk("to that one", "203.0.113.33", 51000),
        Flow("a tracker over HTTP tells of one", "bittorrent", "tracker", "tcp", 80, [get(hashed, "a"), ("<", page)]),
        bulk("to that one, too", "203.0.113.34", 6889),
        Flow("a host of the LAN tells its port", "bittorrent", "lsd", "udp", 6771, [lsd], src="192.168.7.9",
             dst="239.192.152.143", sport=6771),
        bulk("to that host", "192.168.7.9", 6891),
        Flow("to a peer, but by TLS to its web page", "other", None, "tcp", 6881, tls.session("www.example.org"),
             dst="203.0.113.31"),
    ]


def flows():
    return dns() + stun_flows() + torrent() + told_by_lists()


