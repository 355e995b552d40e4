# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows of other protocols: near the classified ones by their ports, or by how they begin."""

import struct

import tls
from positives import get, rtp
from wire import CLIENT, Flow, inet, noise


def other(why, proto, port, said, **more):
    return Flow(why, "other", more.pop("detail", None), proto, port, said, **more)


def web():
    return [
        other("QUIC to a web server", "udp", 443, tls.quic("www.example.org", ["h3"])),
        other("QUIC of draft 29", "udp", 443, tls.quic("www.example.org", ["h3-29"], 0xff00001d)),
        other("QUIC version 2", "udp", 443, tls.quic("www.example.org", ["h3"], 0x6b3343cf)),
        other("QUIC, a hello of two datagrams", "udp", 443, tls.quic_in_two("www.example.org", ["h3"])),
        other("QUIC met in its middle", "udp", 443, [b"\x41" + noise(300) for _ in range(10)]),
        other("TLS to a web server", "tcp", 443, tls.session("www.example.org", ["h2", "http/1.1"])),
        other("TLS to a name that ends like a resolver's", "tcp", 443, tls.session("notdns.google", ["h2"])),
        other("TLS to a name that begins like one", "tcp", 443, tls.session("dns.google.example", ["h2"])),
        other("TLS to a resolver's web page under another name", "tcp", 443, tls.session("www.quad9.net", ["h2"])),
        other("TLS without a name", "tcp", 443, tls.session()),
        other("TLS to a mail server", "tcp", 993, tls.session("imap.example.org")),
        other("HTTP, a browser", "tcp", 80, [get("/info.html", "Mozilla/5.0 (X11; Linux x86_64)", "www.example.org")]),
        other("HTTP, a page about torrents", "tcp", 80,
              [get("/wiki/BitTorrent?search=info", "Mozilla/5.0", "www.example.org")]),
        other("HTTP, a downloader of all kinds", "tcp", 80, [get("/debian.iso", "aria2/1.36.0", "www.example.org")]),
        other("HiSLIP (IVI-6.1)", "tcp", 4880,
              [b"HS\0\0\1\0xp" + bytes(7) + b"\7hislip0", ("<", b"HS\1\0\1\0\0\1" + bytes(8)),
               b"HS\7\0\xff\xff\xff\0" + bytes(7) + b"\6*IDN?\n"]),
        other("SSH", "tcp", 22, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", ("<", b"SSH-2.0-OpenSSH_9.6\r\n"), noise(1200)]),
        other("SSH on the port of DNS", "tcp", 53, [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", noise(1200)]),
        other("SMTP", "tcp", 25, [("<", b"220 mx.example.org ESMTP\r\n"), b"EHLO host.example.org\r\n"]),
    ]


def wireguard():
    """Its messages: initiation, response, data, keepalive."""
    start = b"\1\0\0\0" + noise(144)
    data = [b"\4\0\0\0" + struct.pack("<IQ", 0x1234, n) + noise(96) for n in range(12)]
    return [start, start, ("<", b"\2\0\0\0" + noise(88))] + data + [b"\4\0\0\0" + struct.pack("<IQ", 0x1234, 12) + noise(16)]


def radius(code):
    """RFC 2865 3, sent again and again with the same identifier, as one does without an answer."""
    attributes = b"\1\6user\2\x12" + noise(16)
    return struct.pack(">BBH", code, 1, 20 + len(attributes)) + noise(16) + attributes


def raknet(number):
    """Minecraft's and other games': an offline ping, then frames with a sequence number."""
    magic = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
    return b"\1" + struct.pack(">Q", number) + magic + noise(8)


def snmp():
    return bytes.fromhex("302602010104067075626c6963a019020401020304020100020100300b300906052b060102010500")


def dtls(epoch, number):
    return b"\x16\xfe\xfd" + struct.pack(">HHI", epoch, 0, number) + tls.vector(2, noise(120))


def openvpn(opcode, number):
    return bytes([opcode << 3]) + bytes.fromhex("8f3b6aa5d2417190") + struct.pack(">BI", 0, number)


def sip():
    return (b"REGISTER sip:sip.example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.7.2:5060;branch=z9hG4bK1\r\n"
            b"From: <sip:a@example.org>;tag=1\r\nTo: <sip:a@example.org>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n")


def vpns():
    esp = [struct.pack(">II", 0xc0ffee01, n) + noise(100) for n in range(10)]
    return [
        other("WireGuard", "udp", 51820, wireguard()),
        other("WireGuard on the port of DNS", "udp", 53, wireguard()),
        other("WireGuard on the port of DoQ", "udp", 853, wireguard()),
        other("WireGuard on the port of STUN", "udp", 3478, wireguard()),
        other("WireGuard over IPv6", "udp", 51820, wireguard(), family=6),
        other("OpenVPN", "udp", 1194, [openvpn(7, 0), ("<", openvpn(8, 0)), openvpn(4, 1)]
              + [b"\x48\0\0\1" + struct.pack(">I", n) + noise(120) for n in range(9)]),
        other("OpenVPN on the port of DoQ", "udp", 853, [openvpn(7, 0), ("<", openvpn(8, 0)), openvpn(4, 1)]
              + [b"\x48\0\0\1" + struct.pack(">I", n) + noise(120) for n in range(9)]),
        other("OpenVPN on the port of DNS", "tcp", 53, [tls.vector(2, openvpn(7, 0)), tls.vector(2, b"\x48" + noise(120))]),
        other("IKE", "udp", 500, [noise(8) + bytes(8) + b"\x21\x20\x22\x08" + bytes(4) + struct.pack(">I", 300) + noise(272)]),
        other("ESP in UDP", "udp", 4500, esp),
        other("GTP-U", "udp", 2152, [b"\x30\xff" + struct.pack(">HI", 84, 0x100) + b"\x45" + noise(83) for _ in range(9)]),
        other("VXLAN", "udp", 4789, [b"\x08\0\0\0\0\0\x2a\0" + noise(80) for _ in range(9)]),
        other("L2TP", "udp", 1701, [b"\xc8\2" + struct.pack(">HHHHH", 20, 0, 0, n, 0) + noise(8) for n in range(9)]),
    ]


def media():
    return [
        other("RTP that no STUN went before", "udp", 16384, [rtp(n) for n in range(12)]),
        other("RTCP", "udp", 16385, [struct.pack(">BBHI", 0x80, 200, 6, 0x1234567) + noise(20)] * 3),
        other("DTLS elsewhere", "udp", 4433, [dtls(0, 0), ("<", dtls(0, 0)), dtls(0, 1), dtls(1, 0)]),
        other("DTLS of CoAP", "udp", 5684, [dtls(0, n) for n in range(4)]),
        other("on the port of STUN, a channel's beginning by chance", "udp", 3478, [b"\x41\5\0\x10" + noise(300)]),
        other("SIP", "udp", 5060, [sip()] * 3),
        other("STUN's cookie in the middle of noise", "udp", 40000, [noise(7) + b"\x21\x12\xa4\x42" + noise(40)]),
    ]


def daemons():
    ntp = b"\x23\0\6\xec" + bytes(36) + noise(8)
    coap = b"\x40\1\x12\x34\xb4test"
    put = b"\x41\3\x12\x35\7\xb1a\xff" + struct.pack(">IIII", 0, 5, 0, 0)  # begins as a SYN of uTP
    renewal = b"\1\1\6\0" + noise(4) + bytes(4) + inet(CLIENT) + bytes(220) + b"\x63\x82\x53\x63\x35\1\3\xff"
    snap = b"d1:zi1e1:qd4:pinge"  # bencoded, and no DHT's
    return [
        other("NTP", "udp", 123, [ntp, ("<", b"\x24\1\3\xe8" + noise(44))]),
        other("SNMP", "udp", 161, [snmp()] * 4),
        other("RADIUS, repeated", "udp", 1812, [radius(1)] * 5),
        other("RADIUS accounting, repeated", "udp", 1813, [radius(4)] * 5),
        other("TFTP", "udp", 69, [b"\0\1boot.img\0octet\0"] * 3),
        other("syslog", "udp", 514, [b"<13>Nov 24 00:17:32 host cron[1]: nothing"] * 3),
        other("CoAP", "udp", 5683, [coap] * 3 + [put] * 2),
        other("memcached", "udp", 11211, [b"\0\1\0\0\0\1\0\0stats\r\n"] * 3),
        other("bencoded, but no DHT", "udp", 7000, [snap] * 3),
        other("DHCP to a server", "udp", 67, [b"\1\1\6\0" + noise(4) + bytes(228) + b"\x63\x82\x53\x63\x35\1\3\xff"], sport=68),
        other("SSDP of no torrent client", "udp", 1900,
              [b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n"],
              dst="239.255.255.250"),
        other("DHCP: a renewal by unicast", "udp", 67, [renewal], sport=68, dst="198.51.100.8",
              detail="dhcp"),
        other("UPnP's SOAP of no torrent client", "tcp", 5000,
              [b"POST /ctl/IPConn HTTP/1.1\r\nHost: 192.168.7.1:5000\r\nSOAPAction: \"urn:schemas-upnp-org:service:"
               b"WANIPConnection:1#AddPortMapping\"\r\nContent-Length: 0\r\n\r\n"], detail="portmap"),
        other("NAT-PMP of no torrent client", "udp", 5351, [b"\0\0"], detail="portmap"),
    ]


def games():
    source = b"\xff\xff\xff\xffTSource Engine Query\0"
    quake = b"\xff\xff\xff\xffgetstatus\n"
    state = [struct.pack("<IIH", n, n - 1, 27015) + noise(50) for n in range(1, 14)]
    return [
        other("RakNet, pings", "udp", 19132, [raknet(n) for n in range(6)]),
        other("RakNet, frames", "udp", 19133, [bytes([0x84]) + struct.pack("<I", n)[:3] + noise(50) for n in range(12)]),
        other("Source", "udp", 27015, [source] * 2 + state),
        other("Quake 3", "udp", 27960, [quake] * 3),
        other("a game with type 1, a number and a clock", "udp", 7777,
              [struct.pack(">BBHI", 1, 0, n, n * 50) + b"\x3f\x80\0\0" + noise(20) for n in range(12)]),
    ]


PORTS = {"udp": [53, 137, 443, 3478, 5349, 5353, 5355, 6771, 6881, 6969, 19302, 51413, 40000],
         "tcp": [53, 80, 443, 3478, 5355, 6881, 8443, 51413]}
EACH = 150


def nothing_known():
    """Of noise, what no port may make anything else of: enough to see how often chance alone is taken for something."""
    return [other(f"noise on port {port}", proto, port, [noise(20 + i % 7 * 40 + n * 7) for n in range(8)], sport=20000 + i)
            for proto, ports in PORTS.items() for port in ports for i in range(EACH)]


def flows():
    return web() + vpns() + media() + daemons() + games()
