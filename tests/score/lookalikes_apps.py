# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows for lookalikes.py: monitoring, buildings and plants, games, meshes and file sharing, streams."""

import struct

from wire import inet, noise

TICK = 20000  # microseconds between two datagrams of a flow, see wire.write()


def word(n, size=4):
    return (n & (1 << 8 * size) - 1).to_bytes(size, "big")


def each(make, count=9):
    return [make(n) for n in range(count)]


def netflow5(n):
    return b"\0\5\0\1" + word(n * 20) + word(1790000000) + bytes(4) + word(n) + bytes(4) + noise(48)


def ipfix(n):
    """RFC 7011 3.1."""
    return b"\0\x0a" + word(60, 2) + word(1790000000) + word(n) + word(1) + b"\1\0" + word(44, 2) + noise(40)


def sflow(n):
    return word(5) + word(1) + inet("192.0.2.1") + word(0) + word(n) + word(n * 20) + word(1) + word(1) + word(88) + noise(88)


def sunrpc(n):
    """RFC 5531 9: a call of portmap."""
    return noise(4) + word(0) + word(2) + word(100000) + word(2) + word(3) + bytes(16) + word(100005) + word(3) + word(17) + word(0)


def isakmp_like_diameter(n):
    """RFC 6733 3, as it is not sent over UDP."""
    return b"\1" + word(52, 3) + b"\x80" + word(257, 3) + bytes(4) + noise(8) + b"\0\0\1\x08\x40\0\0\x0ea.test\0\0" + noise(16)


def mqtt_sn(n):
    return b"\x0e\4\4\1\0\x3cclient01"


def bacnet(n):
    """ASHRAE 135: Who-Is."""
    return b"\x81\x0b\0\x0c\1\x20\xff\xff\0\xff\x10\x08"


def enip(n):
    """EtherNet/IP: List Identity."""
    return b"\x63\0\0\0\0\0\0\0\0\0\0\0" + noise(8) + bytes(4)


def knx(n):
    return b"\6\x10\2\1\0\x0e\x08\1" + inet("192.0.2.1") + word(3671, 2)


def hart_ip(n):
    return b"\1\0\0\0" + word(n, 2) + word(13, 2) + b"\1\0\0\x75\x30"


def dnp3(n):
    return b"\5\x64\x05\xc0\1\0\0\x04" + noise(2)


def ipmi(n):
    """RMCP, IPMI 2.0 13.1.3."""
    return b"\6\0\xff\7\0" + bytes(8) + b"\x09\x20\x18\xc8\x81\0\x38\x8e\4\xb5"


def slp(n):
    """RFC 2608 8."""
    return b"\2\1" + word(49, 3) + bytes(5) + word(n, 2) + b"\0\2en" + bytes(2) + b"\0\x12service:directory" + bytes(10)


def source_query(n):
    return b"\xff\xff\xff\xffTSource Engine Query\0"


def source_state(n):
    return struct.pack("<II", n + 1, n) + noise(60)


def quake(n):
    return b"\xff\xff\xff\xffgetstatus xxx\n"


def enet(n):
    """ENet: peer, a time of 16 bits in milliseconds, a reliable command."""
    return word(0x8001, 2) + word(n * 20, 2) + b"\x86\0" + word(n, 2) + word(30, 2) + noise(30)


def unreal(n):
    return noise(3) + bytes([n]) + noise(60)


def minecraft_query(n):
    return b"\xfe\xfd\x09" + word(1)


def steam_discovery(n):
    return b"\xff\xff\xff\xff\x21\x4c\x5f\xa0\x16\0\0\0\x08" + noise(16) + b"\x10\0\x18\0"


def teamspeak(n):
    return b"TS3INIT1" + word(101, 2) + bytes(2) + b"\x88" + noise(20)


def mumble_ping(n):
    return bytes(4) + noise(8)


def discord_voice(n):
    """IP discovery: 74 bytes."""
    return b"\0\1" + word(70, 2) + word(1234567) + bytes(66)


def zerotier(n):
    return noise(8) + bytes.fromhex("a1b2c3d4e5") + bytes.fromhex("0102030405") + b"\0" + noise(60)


def tailscale_disco(n):
    """TS and a mark, a key, a nonce, a box."""
    return b"TS\xf0\x9f\x92\xac" + noise(32) + noise(24) + noise(40)


def nebula(n):
    return b"\x11\0\0\0" + word(0x1234) + word(n, 8) + noise(80)


def tinc(n):
    return noise(6) + noise(6) + word(n) + noise(90)


def ethereum_discovery(n):
    return noise(32) + noise(65) + b"\1\xdd\4\xcb\x84\xcb\0\x71\x15\x82\x76\x5f\x80" + noise(20)


def kad(n):
    """eMule's Kad: 0xe4, an opcode."""
    return b"\xe4\x21" + b"\2" + noise(32)


def gnutella(n):
    return b"GND\2" + word(n, 2) + b"\1\1" + noise(20)


def jxta(n):
    return b"JXTA" + noise(40)


def upnp_notify(n):
    return b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\n\r\n"


def wsd(n):
    return b"<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"/>"


def rip(n):
    """RFC 2453 4."""
    return b"\2\2\0\0\0\2\0\0" + inet("192.0.2.0") + inet("255.255.255.0") + bytes(4) + word(1)


def hsrp(n):
    return b"\0\0\x10\3\x0a\x64\1\0cisco\0\0\0" + inet("192.0.2.1")


def ldap(n):
    """CLDAP: a search in BER."""
    return b"\x30\x25\2\1" + bytes([n + 1]) + b"\x63\x20\4\0\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0\x87\x0bobjectclass\x30\0"


def ws_sql(n):
    return b"\2"


def rdp_udp(n):
    """MS-RDPEUDP: SYN."""
    return word(0xffffffff) + word(64, 2) + word(1, 2) + noise(4) + word(1232, 2) + word(1232, 2) + bytes(1216)


def srt(n):
    """Secure Reliable Transport: a control packet with a time in microseconds since the connection began."""
    return b"\x80\0\0\0" + bytes(4) + word(n * TICK) + word(0x1122) + noise(48)


def udt(n):
    """UDT: data, a number and a time in microseconds, at another place than uTP's."""
    return word(1000 + n) + word(0xc0000000 + n) + word(n * TICK) + word(7) + noise(200)


def kcp(n):
    """KCP: a conversation, a command, a window, a time in milliseconds."""
    return struct.pack("<IBBHIIII", 0x01020304, 81, 0, 128, n * 20, n, 0, 60) + noise(60)


def stun_like(n):
    """A binding's type and length, but nothing behind them that is made of attributes."""
    return b"\0\1\0\x14" + noise(16) + noise(20)


def dns_like(n):
    """A header of DNS with something else behind it."""
    return noise(2) + b"\1\0\0\1\0\0\0\0\0\0" + b"\5hello" + noise(40)


ROWS = [
    ("NetFlow 5", 2055, each(netflow5)),
    ("IPFIX (RFC 7011)", 4739, each(ipfix)),
    ("sFlow 5", 6343, each(sflow)),
    ("Sun RPC (RFC 5531)", 111, each(sunrpc)),
    ("Diameter's header (RFC 6733)", 3868, each(isakmp_like_diameter)),
    ("MQTT-SN 1.2", 1883, each(mqtt_sn)),
    ("BACnet/IP", 47808, each(bacnet)),
    ("EtherNet/IP", 44818, each(enip)),
    ("KNXnet/IP", 3671, each(knx)),
    ("HART-IP", 5094, each(hart_ip)),
    ("DNP3", 20000, each(dnp3)),
    ("IPMI (RMCP)", 623, each(ipmi)),
    ("SLP (RFC 2608)", 427, each(slp)),
    ("Source, a query", 27015, each(source_query)),
    ("Source, its state", 27016, each(source_state)),
    ("Quake 3", 27960, each(quake)),
    ("ENet", 17091, each(enet)),
    ("Unreal", 7790, each(unreal)),
    ("Minecraft's query", 25565, each(minecraft_query)),
    ("Steam's discovery", 27036, each(steam_discovery)),
    ("TeamSpeak 3", 9987, each(teamspeak)),
    ("Mumble's ping", 64738, each(mumble_ping)),
    ("Discord's discovery", 50001, each(discord_voice)),
    ("ZeroTier", 9993, each(zerotier)),
    ("Tailscale's disco", 41641, each(tailscale_disco)),
    ("Nebula", 4242, each(nebula)),
    ("tinc 1.1", 655, each(tinc)),
    ("Ethereum's discovery", 30303, each(ethereum_discovery)),
    ("eMule's Kad", 4672, each(kad)),
    ("Gnutella", 6346, each(gnutella)),
    ("JXTA", 9701, each(jxta)),
    ("SSDP's notice", 1901, each(upnp_notify)),
    ("WS-Discovery", 3702, each(wsd)),
    ("RIP (RFC 2453)", 520, each(rip)),
    ("HSRP (RFC 2281)", 1985, each(hsrp)),
    ("CLDAP (RFC 1798)", 389, each(ldap)),
    ("SQL Server's browser", 1434, each(ws_sql)),
    ("RDP over UDP", 3389, each(rdp_udp)),
    ("SRT", 9000, each(srt)),
    ("UDT", 9001, each(udt)),
    ("KCP", 29900, each(kcp)),
    ("what begins like classic STUN", 10000, each(stun_like)),
    ("what begins like DNS", 5354, each(dns_like)),
]
