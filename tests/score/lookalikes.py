# SPDX-License-Identifier: GPL-2.0-or-later
"""Other protocols as their texts have them, each at its port, at one of torrent clients and at one of STUN: whatever the port, they
stay what they are. A row: what it is and where that is written, its port, its datagrams."""

import struct

import lookalikes_apps
from lookalikes_apps import TICK, each, word
from wire import Flow, inet, noise


def afs_rx(n):
    """Header of Rx (rxi_EncodePacket): epoch, connection, call 1, seq, serial, type, flags, status, security, checksum, service;
    then a call of fileserver 1, FetchStatus with a file's id."""
    head = word(0x66778899) + word(0x10203044) + word(1) + word(n + 1) + word(n + 1) + b"\1\5\0\0" + word(0, 2) + word(1, 2)
    return head + word(132) + word(536870915) + word(1) + word(1) + bytes(60)


def rx_encrypted(n):
    """The same with rxkad: the body is noise."""
    return word(0x66778899) + word(0x10203044) + word(1) + word(n + 1) + word(n + 1) + b"\1\5\0\2" + noise(2) + word(4, 2) + noise(80)


def kerberos(n):
    """RFC 4120 5.4.1: an AS-REQ in DER."""
    body = b"\xa1\3\2\1\5\xa2\3\2\1\x0a\xa4\x81\x96\x30\x81\x93" + noise(146)
    return b"\x6a\x81" + bytes([len(body) + 3]) + b"\x30\x81" + bytes([len(body)]) + body


def dhcp(kind, hops=0, relay=bytes(4)):
    """RFC 2131 2."""
    def make(n):
        return (b"\1\1\6" + bytes([hops]) + noise(4) + word(n, 2) + bytes(2) + inet("198.51.100.2") + bytes(8) + relay + noise(6)
                + bytes(10 + 192) + b"\x63\x82\x53\x63\x35\1" + bytes([kind]) + b"\x37\4\1\3\6\x0f\xff")
    return make


def dhcpv6(n):
    """RFC 8415 8: Solicit."""
    return b"\1" + noise(3) + b"\0\1\0\x0a\0\3\0\1" + noise(6) + b"\0\6\0\4\0\x17\0\x18\0\x08\0\2" + word(n, 2)


MAGIC = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")


def raknet_ping(milliseconds):
    """RakNet: Unconnected Ping, its time in milliseconds since the beginning or since 1970."""
    def make(n):
        return b"\1" + word(milliseconds + n * TICK // 1000, 8) + MAGIC + word(0x1122334455667788, 8)
    return make


def raknet_open(n):
    """Open Connection Request 1, padded to a try of the path's size."""
    return b"\5" + MAGIC + b"\x0b" + bytes(1400 - n * 100)


def game(rate, offset=0):
    """Type, flags, session, a clock that goes `rate` times a second, a window, a number: as uTP's header but for the rate."""
    def make(n):
        return (b"\1\0\x5a\x17" + word(offset + n * TICK * rate // 1000000) + noise(4) + b"\0\1\0\0" + word(100 + n, 2) + word(9, 2)
                + noise(60))
    return make


def counters(n):
    return b"\1\0\x5a\x17" + word(n + 1) + word(n) + b"\0\0\4\0" + word(n, 2) + word(n, 2) + noise(40)


def radius(n):
    """RFC 2865 3: Access-Request with a Message-Authenticator."""
    attributes = b"\1\6user\x50\x12" + noise(16)
    return struct.pack(">BBH", 1, n & 3, 20 + len(attributes)) + noise(16) + attributes


def tacacs(n):
    """RFC 8907 4.1."""
    return b"\xc1\1\1\0" + noise(4) + word(40) + noise(40)


def gtp_c(n):
    """3GPP TS 29.274 5.1: Create Session Request."""
    return b"\x48\x20" + word(72, 2) + bytes(4) + word(n, 3) + b"\0" + b"\1\0\x08\0" + noise(8) + b"\x4c\0\6\0" + noise(6) + noise(42)


def gtp_u(n):
    """TS 29.281 5.1, with a sequence number."""
    return b"\x32\xff" + word(64, 2) + word(0x1000) + word(n, 2) + bytes(2) + b"\x45" + noise(59)


def l2tp(n):
    """RFC 2661 3.1: a control message."""
    return b"\xc8\2" + word(36, 2) + word(7, 2) + word(0, 2) + word(n, 2) + word(0, 2) + b"\x80\x08" + bytes(4) + b"\0\1" + noise(16)


def ike(n):
    """RFC 7296 3.1: IKE_SA_INIT."""
    return noise(8) + bytes(8) + b"\x21\x20\x22\x08" + word(0) + word(28 + 200) + noise(200)


def esp(n):
    """RFC 3948 2.1."""
    return word(0xc0ffee01) + word(n + 1) + noise(88)


def nat_keepalive(n):
    """RFC 3948 2.3."""
    return b"\xff"


def wireguard_start(n):
    return b"\1\0\0\0" + noise(144)


def wireguard_data(n):
    return b"\4\0\0\0\x12\x34\x56\x78" + struct.pack("<Q", n) + noise(80)


def openvpn_data(n):
    """P_DATA_V2: a peer's number, a packet's number."""
    return b"\x48\0\0\1" + word(n + 1) + noise(100)


def openvpn_control(n):
    """P_CONTROL_V1 with acknowledgements."""
    return b"\x20" + bytes.fromhex("8f3b6aa5d2417190") + b"\1" + word(n) + bytes.fromhex("1122334455667788") + word(n) + noise(90)


def dtls(version):
    """RFC 6347 4.1, RFC 9147 4."""
    def make(n):
        return b"\x16" + version + word(0, 2) + word(n, 6) + word(80, 2) + b"\1\0\0\x44" + word(n, 2) + bytes(3) + b"\0\0\x44" + noise(68)
    return make


def quic_long(version):
    """RFC 9000 17.2.2, of versions that nobody reads."""
    def make(n):
        return b"\xc3" + version + b"\x08" + noise(8) + b"\0\0" + noise(1180)
    return make


def quic_short(n):
    return b"\x41" + bytes.fromhex("8394c8f03e515708") + noise(200)


def gquic(n):
    """Q043: flags, connection, version, a number."""
    return b"\x09" + bytes.fromhex("a1b2c3d4e5f60718") + b"Q043" + bytes([n + 1]) + noise(1200)


def rtp(n):
    return struct.pack(">BBHII", 0x80, 96, 7000 + n, n * 3000, 0x1234567) + noise(160)


def rtcp(n):
    return struct.pack(">BBHI", 0x80, 200, 6, 0x1234567) + word(0xe1000000 + n) + noise(16)


def rtp_of_zrtp(n):
    """RFC 6189 5."""
    return b"\x10\0" + word(n, 2) + b"ZRTP" + word(0x1234567) + b"\x50\x5a\0\x1d" + b"Hello   1.10" + noise(80)


def ntp(n):
    return b"\x23\0\6\xec" + bytes(36) + word(0xe1000000 + n) + noise(4)


def ntp_control(n):
    """RFC 9327."""
    return b"\x16\1" + word(n, 2) + bytes(8)


def ptp(n):
    """IEEE 1588-2008 13.3: Delay_Req."""
    return b"\x01\2\0\x2c\0\0\0\0" + bytes(8) + bytes(4) + noise(8) + b"\0\1" + word(n, 2) + b"\1\x7f" + noise(10)


def snmp(n):
    return bytes.fromhex("302602010104067075626c6963a0190204") + noise(4) + bytes.fromhex("020100020100300b300906052b060102010500")


def coap(n):
    """RFC 7252 3: CON GET with a token."""
    return b"\x44\1" + word(0x2000 + n, 2) + noise(4) + b"\xb6status\x04data"


def coap_empty(n):
    return b"\x40\0" + word(n, 2)


def memcached(n):
    """protocol.txt, UDP: a request's number, a sequence, datagrams."""
    return word(1, 2) + bytes(2) + b"\0\1\0\0" + b"get abcdef\r\n"


def sip(n):
    return b"OPTIONS sip:a@198.51.100.7 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nCSeq: 1 OPTIONS\r\n\r\n"


def tftp(n):
    return b"\0\3" + word(n + 1, 2) + noise(512)


def tftp_request(n):
    return b"\0\1boot/pxe.img\0octet\0"


def teredo(n):
    """RFC 4380: authentication, then a router solicitation."""
    return b"\0\1\0\0" + noise(8) + b"\0" + b"\x60\0\0\0\0\x08\x3a\xff" + b"\xfe\x80" + bytes(14) + b"\xff\2" + bytes(13) + b"\2" + noise(8)


def vxlan(n):
    return b"\x08\0\0\0\0\0\x2a\0" + noise(70)


def geneve(n):
    return b"\0\0\x65\x58\0\0\x2a\0" + noise(70)


def bfd(n):
    """RFC 5880 4.1."""
    return b"\x20\x40\3\x18" + word(1) + word(0) + word(1000000) + word(1000000) + word(0)


def syslog(n):
    return b"<34>1 2026-01-02T10:00:00Z host app - ID47 - text"


ROWS = [
    ("AFS Rx (OpenAFS, rx.h)", 7000, each(afs_rx)),
    ("AFS Rx with rxkad", 7001, each(rx_encrypted)),
    ("Kerberos (RFC 4120)", 88, each(kerberos)),
    ("DHCP to a server (RFC 2131)", 67, each(dhcp(1))),
    ("DHCP by a relay (RFC 2131 4.1)", 67, each(dhcp(3, 1, inet("192.168.5.1")))),
    ("DHCPv6 (RFC 8415)", 547, each(dhcpv6)),
    ("RakNet's ping, time since 1970", 19132, each(raknet_ping(1764350000000))),
    ("RakNet's ping, time since the beginning", 19133, each(raknet_ping(123456))),
    ("RakNet's ping after a day", 19134, each(raknet_ping(86400000))),
    ("RakNet opens", 19135, each(raknet_open)),
    ("a game with a clock of milliseconds", 7777, each(game(1000))),
    ("a game with a clock of 90 kHz", 7778, each(game(90000))),
    ("a game with a clock of 10 MHz", 7779, each(game(10000000))),
    ("a game with ticks", 7780, each(game(60))),
    ("counters where uTP has its clock", 7781, each(counters)),
    ("RADIUS (RFC 2865)", 1812, each(radius)),
    ("TACACS+ (RFC 8907)", 49, each(tacacs)),
    ("GTP-C (3GPP TS 29.274)", 2123, each(gtp_c)),
    ("GTP-U (3GPP TS 29.281)", 2152, each(gtp_u)),
    ("L2TP (RFC 2661)", 1701, each(l2tp)),
    ("IKE (RFC 7296)", 500, each(ike)),
    ("ESP in UDP (RFC 3948)", 4500, each(esp)),
    ("NAT keepalive (RFC 3948)", 4501, each(nat_keepalive)),
    ("WireGuard's handshake", 51820, each(wireguard_start)),
    ("WireGuard's data", 51821, each(wireguard_data)),
    ("OpenVPN's data", 1194, each(openvpn_data)),
    ("OpenVPN's control channel", 1195, each(openvpn_control)),
    ("DTLS 1.0 (RFC 4347)", 4433, each(dtls(b"\xfe\xff"))),
    ("DTLS 1.2 (RFC 6347)", 4434, each(dtls(b"\xfe\xfd"))),
    ("QUIC of an unknown version", 443, each(quic_long(b"\xba\xba\xba\xba"))),
    ("QUIC in its middle", 444, each(quic_short)),
    ("gQUIC 43", 445, each(gquic)),
    ("RTP (RFC 3550)", 5004, each(rtp)),
    ("RTCP (RFC 3550)", 5005, each(rtcp)),
    ("ZRTP (RFC 6189)", 5006, each(rtp_of_zrtp)),
    ("NTP (RFC 5905)", 123, each(ntp)),
    ("NTP control (RFC 9327)", 124, each(ntp_control)),
    ("PTP (IEEE 1588)", 319, each(ptp)),
    ("SNMP (RFC 3416)", 161, each(snmp)),
    ("CoAP (RFC 7252)", 5683, each(coap)),
    ("CoAP, empty", 5685, each(coap_empty)),
    ("memcached (protocol.txt)", 11211, each(memcached)),
    ("SIP (RFC 3261)", 5060, each(sip)),
    ("TFTP's data (RFC 1350)", 6900, each(tftp)),
    ("TFTP (RFC 1350)", 69, each(tftp_request)),
    ("Teredo (RFC 4380)", 3544, each(teredo)),
    ("VXLAN (RFC 7348)", 4789, each(vxlan)),
    ("Geneve (RFC 8926)", 6081, each(geneve)),
    ("BFD (RFC 5881)", 3784, each(bfd)),
    ("syslog (RFC 5424)", 514, each(syslog)),
]

# Where a torrent client, STUN, a web server or anybody may be. Elsewhere a port alone makes no class either.
PORTS = [None, 6881, 51413, 3479, 443, 8801]


def flows():
    return [Flow(why, "other", None, "udp", port or own, said) for why, own, said in ROWS + lookalikes_apps.ROWS for port in PORTS]
