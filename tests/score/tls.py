# SPDX-License-Identifier: GPL-2.0-or-later
"""A TLS client's hello (RFC 8446 4.1.2), in a record or in a QUIC client's Initial (RFC 9000 17.2.2, RFC 9001 5)."""

import hashlib
import hmac
import struct

from aes import gcm, block
from wire import noise

SALTS = {1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", 0x6b3343cf: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
         0xff00001d: "afbfec289993d24c9e9786f19c6111e04390a899"}
LABELS = {0x6b3343cf: ("quicv2 key", "quicv2 iv", "quicv2 hp")}


def vector(length, data):
    return len(data).to_bytes(length, "big") + data


def extension(number, data):
    return struct.pack(">H", number) + vector(2, data)


def hello(name=None, alpn=(), filler=0):
    """The handshake message. filler: bytes of padding (RFC 7685), in front of the name."""
    extensions = extension(0x7a7a, b"")
    if filler:
        extensions += extension(21, bytes(filler))
    if name:
        extensions += extension(0, vector(2, b"\0" + vector(2, name.encode())))
    extensions += extension(10, vector(2, b"\0\x1d\0\x17")) + extension(13, vector(2, b"\4\3\x08\4"))
    if alpn:
        extensions += extension(16, vector(2, b"".join(vector(1, a.encode()) for a in alpn)))
    extensions += extension(43, vector(1, b"\3\4")) + extension(51, vector(2, b"\0\x1d" + vector(2, noise(32))))
    body = b"\3\3" + noise(32) + vector(1, noise(32)) + vector(2, b"\x13\1\x13\2\x13\3")
    return b"\1" + vector(3, body + vector(1, b"\0") + vector(2, extensions))


def record(message):
    return b"\x16\3\1" + vector(2, message)


def session(name=None, alpn=(), filler=0):
    """A connection: hello, the server's flight, data."""
    return [record(hello(name, alpn, filler)), ("<", b"\x16\3\3" + vector(2, b"\2" + vector(3, b"\3\3" + noise(80)))),
            b"\x17\3\3" + vector(2, noise(120)), ("<", b"\x17\3\3" + vector(2, noise(300)))]


def expand(secret, label, length):
    info = struct.pack(">H", length) + vector(1, b"tls13 " + label.encode()) + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:length]


def varint(n):
    return bytes([n]) if n < 64 else struct.pack(">H", n | 0x4000)


def initial(message, version=1, cid=None, offset=0, number=0, size=1200):
    """A datagram of `size` bytes: one Initial with a CRYPTO frame."""
    cid = cid or noise(8)
    secret = hmac.new(bytes.fromhex(SALTS[version]), cid, hashlib.sha256).digest()
    secret = expand(secret, "client in", 32)
    key, iv, hp = (expand(secret, label, n) for label, n in
                   zip(LABELS.get(version, ("quic key", "quic iv", "quic hp")), (16, 12, 16)))
    first = (0xd0 if version == 0x6b3343cf else 0xc0) | 3
    head = struct.pack(">BI", first, version) + vector(1, cid) + vector(1, b"") + b"\0"
    plain = b"\6" + varint(offset) + varint(len(message)) + message
    plain += bytes(size - len(head) - 2 - 4 - 16 - len(plain))
    head += struct.pack(">HI", 0x4000 | (4 + len(plain) + 16), number)
    nonce = iv[:8] + bytes(a ^ b for a, b in zip(iv[8:], struct.pack(">I", number)))
    sealed = gcm(key, nonce, plain, head)
    mask = block(hp)(sealed[:16])
    head = bytes([head[0] ^ mask[0] & 0x0f]) + head[1:-4] + bytes(a ^ b for a, b in zip(head[-4:], mask[1:]))
    return head + sealed


def quic(name=None, alpn=(), version=1):
    """A connection: the client's Initial, the server's answer, data under short headers."""
    short = [bytes([0x40 | n]) + noise(60) for n in (3, 17, 30)]
    answer = struct.pack(">BI", 0xc1, version) + vector(1, b"") + vector(1, noise(8)) + noise(1180)
    return [initial(hello(name, alpn), version), ("<", answer)] + short


def quic_in_two(name, alpn=()):
    """A hello that is longer than a datagram, as with post-quantum key shares."""
    message, cid = hello(name, alpn, filler=1300), noise(8)
    return [initial(message[:1000], cid=cid), initial(message[1000:], cid=cid, offset=1000, number=1)]
