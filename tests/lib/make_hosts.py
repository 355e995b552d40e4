# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures in which whose packets they are is the question: make_hosts.py FORM >FILE. Each has three DNS queries that leak."""

import socket
import struct
import sys

sys.dont_write_bytecode = True

from make_capture import Section, datagram, pcap, question  # noqa: E402

OUR, GATEWAY, OTHER = (bytes.fromhex(mac) for mac in ("02000000000a", "020000000001", "02000000000b"))
START = 1700000000 * 10**9


def ip(source, target, transport, hops=64):
    if ":" in source:
        ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
        proto, body = transport
        return struct.pack(">IHBB", 6 << 28, len(body), proto, hops) + ends + body
    proto, body = transport
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, hops, proto, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(target) + body


def stream(source, n, hops=64):
    """To so many peers of the family."""
    peer = "2001:db8:9::%x" if ":" in source else "93.184.216.%d"
    return [ip(source, peer % (i + 1), datagram(40000 + i, 443, b"\x40" + b"x" * 40), hops) for i in range(n)]


def leaks(source, hops=64):
    server = "2001:4860:4860::8888" if ":" in source else "8.8.8.8"
    return [ip(source, server, datagram(50000 + i, 53, question(b"tracker.example", 1)), hops) for i in range(3)]


def eth(packet_, source=OUR, target=GATEWAY):
    return target + source + (b"\x86\xdd" if packet_[0] >> 4 == 6 else b"\x08\x00") + packet_


def sll2(interface, kind, packet_, arphrd=1, source=OUR):
    return struct.pack(">HHIHBB", 0x86DD if packet_[0] >> 4 == 6 else 0x0800, 0, interface, arphrd, kind, 6) + source + b"\0\0" + packet_


def timed(frames):
    return [(START + i * 10**6, frame) for i, frame in enumerate(frames)]


def cooked(frames):
    return pcap(276, timed(frames))


def ethernet(frames):
    return pcap(1, timed(frames))


def ng(interfaces, frames):
    """frames: number of the interface, frame."""
    s = Section()
    yield s.header()
    for linktype, name in interfaces:
        yield s.interface(linktype, name)
    for i, (number, frame) in enumerate(frames):
        yield s.enhanced(number, (START + i * 10**6) // 1000, frame)


def any_vpn():
    inside = [sll2(5, 4, p, 65534) for p in stream("10.8.0.2", 40)]
    outer = [sll2(2, 4, ip("192.168.1.10", "203.0.113.1", datagram(1194, 1194, b"\x48" * 60)))] * 40
    return cooked(inside + outer + [sll2(2, 4, p) for p in leaks("192.168.1.10")])


def any_bridge():
    """A container's packets: in at its veth, in at the bridge, out at the card; and the host's by the bridge and its port."""
    return cooked([sll2(i, kind, p, source=mac) for p in leaks("192.168.1.10")
                   for i, kind, mac in ((3, 0, OTHER), (4, 3, OTHER), (2, 4, OTHER), (6, 4, OTHER))])


def any_container():
    """A container's questions, which leave with the host's address, and the answers, which come back to its own."""
    frames = []
    for i in range(3):
        asked, answered = datagram(50000 + i, 53, question(b"tracker.example", 1)), datagram(53, 50000 + i, question(b"tracker.example", 1))
        frames += [(6, 0, ip("172.17.0.2", "8.8.8.8", asked)), (4, 0, ip("172.17.0.2", "8.8.8.8", asked)),
                   (2, 4, ip("192.168.1.10", "8.8.8.8", asked, 63)), (2, 0, ip("8.8.8.8", "192.168.1.10", answered, 57)),
                   (4, 4, ip("8.8.8.8", "172.17.0.2", answered, 56)), (6, 4, ip("8.8.8.8", "172.17.0.2", answered, 56))]
    return cooked([sll2(2, 4, p) for p in stream("192.168.1.10", 20)] + [sll2(*frame) for frame in frames])


def sll(kind, packet_):
    return struct.pack(">HHH", kind, 1, 6) + OUR + b"\0\0" + (b"\x86\xdd" if packet_[0] >> 4 == 6 else b"\x08\x00") + packet_


def any_old(source):
    """Each by a bridge and by its port, between which this form does not tell."""
    return lambda: pcap(113, timed([sll(4, p) for p in stream(source, 20) + leaks(source) for _ in range(2)]))


def cards():
    return ng([(1, b"eth0"), (1, b"wlan0")], [(0, eth(p)) for p in stream("192.168.1.10", 20)]
              + [(1, eth(p, OTHER)) for p in leaks("192.168.2.20")])


def addresses():
    """A unique local address, a stable and a temporary one."""
    back = [eth(ip("2001:db8:9::1", "2001:db8:1::abcd", datagram(443, 40000, b"y"), 50), GATEWAY, OUR)]
    return ethernet([eth(p) for p in stream("fd00::10", 9) + stream("2001:db8:1::abcd", 20)] + back
                    + [eth(p) for p in leaks("2001:db8:1::10")])


def lease():
    return ethernet([eth(p) for p in stream("192.168.1.10", 20) * 1001 + leaks("192.168.7.99")])


def roaming():
    return ng([(1, b"wlan0"), (12, b"rmnet0")], [(0, eth(p)) for p in stream("192.168.1.10", 20) * 1001]
              + [(1, p) for p in leaks("100.64.3.4")])


def machines():
    """None of the audited host's own leak."""
    return ethernet([eth(p) for p in stream("192.168.1.10", 20)] + [eth(p, OTHER) for p in leaks("192.168.1.11")])


def received():
    """Nothing that the host has sent."""
    return ethernet([eth(ip(f"93.184.216.{i + 1}", "192.168.1.10", datagram(443, 40000 + i, b"x" * 30), 55), GATEWAY, OUR) for i in range(20)])


def router():
    return ethernet([eth(p) for p in stream("192.168.1.10", 20)] + [eth(p) for p in leaks("10.9.9.9", 63)])


def no_link():
    return pcap(101, timed(stream("192.168.1.10", 20) + leaks("192.168.2.20")))


def bond():
    """Each by the bond and by its port, in a form that tells no interfaces."""
    frames = [eth(p) for p in stream("2001:db8:1::10", 20) + leaks("2001:db8:1::10")]
    return pcap(1, [(START + i * 10**7 + later, frame) for i, frame in enumerate(frames) for later in (0, 20000)])


def nat():
    """A container's questions on its bridge, and with the host's address on the card; there the host's own connections, too."""
    asked = [p[:4] + struct.pack(">H", i + 7) + p[6:] for i, p in enumerate(leaks("172.17.0.2"))]
    forwarded = [p[:8] + b"\x3f" + p[9:12] + socket.inet_aton("192.168.1.10") + p[16:] for p in asked]
    pairs = [pair for p, q in zip(asked, forwarded) for pair in ((1, eth(p, OTHER, OUR)), (0, eth(q)))]
    return ng([(1, b"br0"), (1, b"dock0")], [(0, eth(p)) for p in stream("192.168.1.10", 20)] + pairs)


def summed(p):
    words = sum(struct.unpack(">10H", p[:20]))
    return p[:10] + struct.pack(">H", 0xFFFF - (words % 0xFFFF or 0xFFFF)) + p[12:]


def vxlan(p, source, target):
    return eth(ip(source, target, datagram(55555, 4789, b"\x08" + bytes(7) + eth(summed(p)))))


def mirror():
    """What a switch sends to who captures, in ERSPAN's first form."""
    return ethernet([eth(ip("10.0.0.1", "10.0.0.9", (47, b"\0\0\x88\xbe" + eth(summed(p))))) for p in leaks("192.168.1.10")])


def overlay():
    """Two members of an overlay, whose frames go both ways; and the host's own connections and questions."""
    inner = leaks("10.99.0.1")
    return ethernet([eth(p) for p in stream("192.168.1.10", 20)] + [eth(p) for p in leaks("192.168.1.10")]
                    + [vxlan(p, f"192.168.1.{a}", f"192.168.1.{b}") for p in inner for a, b in ((11, 10), (10, 11))])


FORMS = {"any-vpn": any_vpn, "any-bridge": any_bridge, "any-container": any_container, "any-old": any_old("192.168.1.10"),
         "any-old6": any_old("2001:db8:1::10"), "cards": cards, "addresses": addresses, "lease": lease, "roaming": roaming,
         "bond": bond, "nat": nat, "mirror": mirror, "overlay": overlay, "machines": machines, "received": received, "router": router, "no-link": no_link}

if __name__ == "__main__":
    for part in FORMS[sys.argv[1]]():
        sys.stdout.buffer.write(part)
