#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends messages that tell an address, or only look as if they did.

usage: tell.py PEER PORT ADDRESS [ADDRESS6]    each form once; says "FORM" for each, as leakaudit should
       tell.py --clean PEER PORT ADDRESS       near misses: nothing in them is this machine's address
"""
import json
import os
import socket
import struct
import sys

COOKIE = 0x2112A442


def dump(value):
    return json.dumps(value).encode()


def host_candidate(address):
    return f"candidate:1 1 UDP 2130706431 {address} 54321 typ host"


def sdp(address):
    return f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def post(body, kind="application/json"):
    return [f"POST /offer HTTP/1.1\r\nHost: signal.example\r\nUser-Agent: browser/10.0.0.1\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode(), body]


def sip(address, body=b""):
    return (f"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP {address}:5060;branch=z9hG4bK776\r\n"
            f"From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1@call.example\r\n"
            f"Contact: <sip:a@{address}:5060>\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def websocket(text, first=0x81):
    mask = b"\x8f\x13\xa4\xc7"
    head = bytes([first]) + (bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text)))
    return head + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(text))


def halves(message, at):
    """Two pieces, with the end of the first in the middle of a word."""
    middle = message.index(at) + len(at) // 2
    return [message[:middle], message[middle:]]


def stun(kind, attribute, address):
    four = struct.unpack("!I", socket.inet_aton(address))[0] ^ COOKIE
    value = struct.pack("!BBHI", 0, 1, 54321 ^ COOKIE >> 16, four)
    return struct.pack("!HHI12s", kind, len(value) + 4, COOKIE, b"transaction.") + \
        struct.pack("!HH", attribute, len(value)) + value


def extension(address):
    body = b"\x14\x00d4:ipv44:" + socket.inet_aton(address) + b"1:md6:ut_pexi1eee"
    handshake = b"\x13BitTorrent protocol" + b"\0\0\0\0\0\x10\0\0" + b"h" * 20 + b"-TR3000-abcdefghijkl"
    return [handshake, struct.pack("!I", len(body)) + body]


def announce(address):
    return b"\0\0\4\x17\x27\x10\x19\x80" + struct.pack("!I", 1) + b"tran" + b"h" * 20 + b"p" * 20 + b"n" * 24 + \
        struct.pack("!I", 2) + socket.inet_aton(address) + b"key.\xff\xff\xff\xff\x1a\xe1"


def browser_offer(address):
    """As long as a browser's: the candidates are behind the first segment."""
    lines = "".join(f"a=rtpmap:{n} codec{n}/90000\r\n" for n in range(100))
    return json.dumps({"type": "offer", "sdp": sdp("0.0.0.0") + lines + "a=" + host_candidate(address) + "\r\n"}).encode()


def forms(a, a6):
    trickle = json.dumps({"candidate": host_candidate(a), "sdpMid": "0"})
    yield "candidate", "tcp", post(trickle.encode())
    yield "candidate", "tcp", post(browser_offer(a))
    yield "candidate", "tcp", post(dump({"d": trickle.replace(".", "\\u002e")}).replace(b"\\\\u", b"\\u"))
    yield "candidate", "tcp", post(b"c=" + host_candidate(a).replace(":", "%3A").replace(" ", "+").encode(),
                                   "application/x-www-form-urlencoded")
    yield "candidate", "tcp", post(dump({"iceCandidates": [{"foundation": "udp", "ip": a, "type": "host"}]}))
    yield "candidate", "tcp", [websocket(trickle.encode())]
    yield "candidate", "tcp", [websocket(b"", 0x89) + websocket(trickle.encode(), 0x82)]
    yield "candidate", "tcp", halves(("a=" + host_candidate(a) + "\r\n").encode(), a.encode())
    yield "candidate", "tcp", post(json.dumps({"candidate": host_candidate(a)}).encode("utf-16-le"))
    yield "candidate", "tcp", [("a=" + host_candidate(a) + "\r\n").encode()]
    yield "candidate", "udp", [("a=" + host_candidate(a) + "\r\n").encode()]
    yield "candidate", "tcp", [f"<candidate component='1' ip='{a}' port='5000' type='host'/>".encode()]
    yield "sdp", "tcp", [sdp(a).encode()]
    yield "sdp", "udp", [sdp(a).encode()]
    yield "sdp", "udp", [sip("tunnel.example", sdp(a).encode())]
    yield "sip", "udp", [sip(a)]
    yield "sip", "tcp", [sip(a)]
    yield "sip", "udp", [sip(a).replace(b"SIP/2.0/UDP ", b"SIP/2.0/UDP\r\n ").replace(b"Contact", b"X-Contact")]
    yield "http", "tcp", [f"SETUP rtsp://x.example/1 RTSP/1.0\r\nTransport: RTP/AVP;destination={a}\r\n\r\n".encode()]
    yield "http", "tcp", [f"GET / HTTP/1.1\r\nHost: x.example\r\nX-Forwarded-For: {a}, 10.1.2.3\r\n\r\n".encode()]
    yield "smtp", "tcp", [f"EHLO [{a}]\r\n".encode()]
    yield "ftp", "tcp", [f"PORT {a.replace('.', ',')},20,30\r\n".encode()]
    yield "stun", "udp", [stun(0x101, 0x20, a)]
    yield "stun", "udp", [stun(0x16, 0x12, a)]
    yield "stun", "tcp", [struct.pack("!H", len(stun(0x101, 0x20, a))) + stun(0x101, 0x20, a)]
    yield "peer", "tcp", extension(a)
    yield "tracker", "udp", [announce(a)]
    yield "tracker", "tcp", [f"GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&ip={a} HTTP/1.1\r\n\r\n".encode()]
    if a6:
        whole = ":".join(f"{n:04X}" for n in struct.unpack("!8H", socket.inet_pton(socket.AF_INET6, a6)))
        yield "candidate", "tcp", post(dump({"candidate": host_candidate(whole)}))
        yield "sdp", "udp", [f"v=0\r\nc=IN IP6 {a6}\r\nt=0 0\r\n".encode()]
        yield "sip", "udp", [sip(f"[{a6}]")]


def near_misses(a):
    other = a + "1" if len(a.split(".")[3]) < 3 else a[:-1]
    yield "udp", [("a=" + host_candidate("1f7a9b1c-7b1e-4b37-8b8c.local") + "\r\n").encode()]
    yield "tcp", post(dump({"candidate": host_candidate("10.8.0.2")}))
    yield "tcp", post(dump({"candidate": host_candidate(other), "version": a, "host": a}))
    yield "tcp", post(dump({"name": "app", "version": a, "ip": other}))
    yield "udp", [sip(other, sdp(other).encode())]
    yield "tcp", [f"GET /{a} HTTP/1.1\r\nHost: {a}\r\nUser-Agent: app/{a}\r\n\r\n".encode()]
    yield "tcp", [f"HELO app-{a}\r\n".encode()]
    yield "udp", [stun(0x101, 0x20, other)]
    yield "tcp", extension(other)
    yield "udp", [socket.inet_aton(a) * 40]
    yield "tcp", halves(("a=" + host_candidate(other) + "\r\n").encode(), other.encode())
    yield "tcp", [os.urandom(4096)]


def send(transport, parts, peer):
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as s:
        s.connect(peer)
        if transport == "tcp":
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            s.sendall(part)


def main():
    clean = sys.argv[1] == "--clean"
    peer, port, address = sys.argv[1 + clean:4 + clean]
    rest = sys.argv[4 + clean:]
    if clean:
        for transport, parts in near_misses(address):
            send(transport, parts, (peer, int(port)))
        return
    for form, transport, parts in forms(address, rest[0] if rest else None):
        send(transport, parts, (peer, int(port)))
        print(form, flush=True)


if __name__ == "__main__":
    main()
