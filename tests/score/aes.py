# SPDX-License-Identifier: GPL-2.0-or-later
"""AES-128 (FIPS 197) and its GCM (NIST SP 800-38D), to encrypt a few packets: slow, and not for secrets."""


def _double(a):
    return (a << 1 ^ (0x11b if a & 0x80 else 0)) & 0xff


def _sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= _double(p)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xff
        if q & 0x80:
            q ^= 9
        box[p] = 0x63 ^ q ^ _turn(q, 1) ^ _turn(q, 2) ^ _turn(q, 3) ^ _turn(q, 4)
        if p == 1:
            box[0] = 0x63
            return box


def _turn(a, n):
    return (a << n | a >> (8 - n)) & 0xff


SBOX = _sbox()


def _round_keys(key):
    words, constant = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        last = words[-1]
        if i % 4 == 0:
            last = [SBOX[b] for b in last[1:] + last[:1]]
            last[0] ^= constant
            constant = _double(constant)
        words.append([a ^ b for a, b in zip(words[i - 4], last)])
    return [sum(words[i:i + 4], []) for i in range(0, 44, 4)]


def _mix(column):
    whole = column[0] ^ column[1] ^ column[2] ^ column[3]
    return [column[i] ^ whole ^ _double(column[i] ^ column[(i + 1) % 4]) for i in range(4)]


def block(key):
    """A function that encrypts 16 bytes."""
    keys = _round_keys(key)

    def encrypt(data):
        s = [a ^ b for a, b in zip(data, keys[0])]
        for n, k in enumerate(keys[1:], 1):
            s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if n < 10:
                s = sum((_mix(s[i:i + 4]) for i in range(0, 16, 4)), [])
            s = [a ^ b for a, b in zip(s, k)]
        return bytes(s)

    return encrypt


def _times(x, y):
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xe1 << 120 if y & 1 else 0)
    return z


def gcm(key, nonce, plain, head):
    """The ciphertext with its tag of 16 bytes behind it."""
    encrypt = block(key)
    h = int.from_bytes(encrypt(bytes(16)), "big")
    sealed = b""
    for i in range(0, len(plain), 16):
        stream = encrypt(nonce + (i // 16 + 2).to_bytes(4, "big"))
        sealed += bytes(a ^ b for a, b in zip(plain[i:i + 16], stream))
    data = head + bytes(-len(head) % 16) + sealed + bytes(-len(sealed) % 16)
    data += (len(head) * 8).to_bytes(8, "big") + (len(sealed) * 8).to_bytes(8, "big")
    y = 0
    for i in range(0, len(data), 16):
        y = _times(y ^ int.from_bytes(data[i:i + 16], "big"), h)
    tag = bytes(a ^ b for a, b in zip(y.to_bytes(16, "big"), encrypt(nonce + b"\0\0\0\1")))
    return sealed + tag
