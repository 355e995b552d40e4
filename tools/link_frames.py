# SPDX-License-Identifier: GPL-2.0-or-later
"""One and the same DNS query behind every link header that replay knows, for tools/link-types.py.

A frame is a function of the IP packet and of whether the machine that captured has sent it.
"""

import struct

SELF, GATEWAY = bytes.fromhex("02000000000a"), bytes.fromhex("020000000001")
CLIENT, SERVER = bytes([192, 168, 1, 10]), bytes([203, 0, 113, 53])


def ip(source, target, proto, body):
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(body), 1, 0, 64, proto)
    words = sum(struct.unpack(">9H", head + source + target))
    return head + struct.pack(">H", 0xFFFF - (words + (words >> 16) & 0xFFFF)) + source + target + body


def query():
    name = b"".join(bytes([len(part)]) + part for part in (b"tracker", b"example")) + b"\0"
    dns = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    udp = struct.pack(">HHHH", 40000, 53, 8 + len(dns), 0) + dns
    return ip(CLIENT, SERVER, 17, udp)


def h(text):
    return bytes.fromhex(text)


def pad(data, n=4):
    return data + b"\0" * (-len(data) % n)


MACS = GATEWAY + SELF
SNAP = h("aaaa030000000800")
LABEL = h("00011140")


def eth(kind, packet):
    return MACS + h(kind) + packet


def sll(kind, packet, sent=True, arphrd=1):
    return struct.pack(">HHH", 4 if sent else 0, arphrd, 6) + SELF + b"\0\0" + h(kind) + packet


def sll2(kind, packet, sent=True, arphrd=1):
    return h(kind) + struct.pack(">HIHBB", 0, 2, arphrd, 4 if sent else 0, 6) + SELF + b"\0\0" + packet


def wlan(packet, flags="0801", rest=b""):
    return h(flags) + b"\0\0" + GATEWAY + SELF + GATEWAY + b"\0\0" + rest + SNAP + packet


def radiotap(frame):
    return h("0000080000000000") + frame


def nflog(packet, sent):
    hook = struct.pack("<HHHBB", 8, 1, 0x0008, 4 if sent else 1, 0)
    return h("02000000") + hook + pad(struct.pack("<HH", 4 + len(packet), 9) + packet)


def pktap(packet, sent):
    head = struct.pack("<III24sI", 108, 1, 12, b"en0", 2 if sent else 1)
    return head + b"\0" * (108 - len(head)) + packet


def pflog(packet, sent):
    return h("3d020000") + b"pppoe0".ljust(16, b"\0") + b"\0" * 40 + bytes([2 if sent else 1]) + b"\0\0\0" + packet


def ipnet(packet, sent):
    return h("0202") + struct.pack(">HIIIII", sent, len(packet), 2, 0, 0, 0) + packet


def pppoe(protocol, packet):
    return h("11000001") + struct.pack(">H", len(protocol) // 2 + len(packet)) + h(protocol) + packet


# name, number, frame
LINK_TYPES = [
    ("NULL", 0, lambda p, s: h("02000000") + p),
    ("ETHERNET", 1, lambda p, s: eth("0800", p)),
    ("IEEE802_5", 6, lambda p, s: h("1040") + MACS + SNAP + p),
    ("SLIP", 8, lambda p, s: bytes([s]) + b"\0" * 15 + p),
    ("PPP", 9, lambda p, s: h("ff030021") + p),
    ("FDDI", 10, lambda p, s: h("57") + MACS + SNAP + p),
    ("RAW", 12, lambda p, s: p),
    ("RAW", 14, lambda p, s: p),
    ("PPP_HDLC", 50, lambda p, s: h("ff030021") + p),
    ("PPP_ETHER", 51, lambda p, s: pppoe("0021", p)),
    ("ATM_RFC1483", 100, lambda p, s: SNAP + p),
    ("RAW", 101, lambda p, s: p),
    ("C_HDLC", 104, lambda p, s: h("0f000800") + p),
    ("IEEE802_11", 105, lambda p, s: wlan(p)),
    ("FRELAY", 107, lambda p, s: h("184103cc") + p),
    ("LOOP", 108, lambda p, s: h("00000002") + p),
    ("ENC", 109, lambda p, s: h("020000000000000000000000") + p),
    ("LINUX_SLL", 113, lambda p, s: sll("0800", p, s)),
    ("PFLOG", 117, pflog),
    ("IEEE802_11_PRISM", 119, lambda p, s: h("4400000090000000") + b"\0" * 136 + wlan(p)),
    ("IP_OVER_FC", 122, lambda p, s: b"\0\0" + GATEWAY + b"\0\0" + SELF + SNAP + p),
    ("SUNATM", 123, lambda p, s: h("02000020") + SNAP + p),
    ("IEEE802_11_RADIOTAP", 127, lambda p, s: radiotap(wlan(p))),
    ("ARCNET_LINUX", 129, lambda p, s: h("01020000d4000001") + p),
    ("APPLE_IP_OVER_IEEE1394", 138, lambda p, s: b"\0" * 16 + h("0800") + p),
    ("DOCSIS", 143, lambda p, s: eth("0800", p)),
    ("PKTAP (as macOS writes it)", 149, pktap),
    ("IEEE802_11_AVS", 163, lambda p, s: h("8021100100000040") + b"\0" * 56 + wlan(p)),
    ("PPP_PPPD", 166, lambda p, s: bytes([s]) + h("030021") + p),
    ("JUNIPER_ETHER", 178, lambda p, s: b"MGC\0" + eth("0800", p)),
    ("BLUETOOTH_HCI_H4", 187, lambda p, s: h("02000000")),
    ("USB_LINUX", 189, lambda p, s: b"\0" * 64),
    ("PPI", 192, lambda p, s: h("0000080001000000") + eth("0800", p)),
    ("IEEE802_15_4_WITHFCS", 195, lambda p, s: b"\0" * 20),
    ("PPP_WITH_DIR", 204, lambda p, s: bytes([s]) + h("ff030021") + p),
    ("C_HDLC_WITH_DIR", 205, lambda p, s: bytes([s]) + h("0f000800") + p),
    ("FRELAY_WITH_DIR", 206, lambda p, s: bytes([s]) + h("184103cc") + p),
    ("MPLS", 219, lambda p, s: LABEL + p),
    ("USB_LINUX_MMAPPED", 220, lambda p, s: b"\0" * 64),
    ("IPNET", 226, ipnet),
    ("CAN_SOCKETCAN", 227, lambda p, s: b"\0" * 16),
    ("IPV4", 228, lambda p, s: p),
    ("IPV6", 229, lambda p, s: struct.pack(">IHBB", 6 << 28, len(p) - 20, 17, 64) + h("20010db8000100000000000000000010")
     + h("20010db8000200000000000000000053") + p[20:]),
    ("NFLOG", 239, nflog),
    ("NETANALYZER", 240, lambda p, s: b"\0" * 4 + eth("0800", p)),
    ("IPOIB", 242, lambda p, s: b"\0" * 40 + h("08000000") + p),
    ("MPEG_2_TS", 243, lambda p, s: b"\0" * 188),
    ("INFINIBAND", 247, lambda p, s: b"\0" * 40),
    ("USBPCAP", 249, lambda p, s: b"\0" * 64),
    ("WIRESHARK_UPPER_PDU", 252, lambda p, s: b"\0" * 16),
    ("NETLINK", 253, lambda p, s: b"\0" * 32),
    ("PKTAP", 258, pktap),
    ("OPENFLOW", 267, lambda p, s: b"\0" * 16),
    ("VSOCK", 271, lambda p, s: b"\0" * 32),
    ("ETHERNET_MPACKET", 274, lambda p, s: h("55555555555555d5") + eth("0800", p)),
    ("LINUX_SLL2", 276, lambda p, s: sll2("0800", p, s)),
    ("DSA_TAG_BRCM", 281, lambda p, s: MACS + b"\0" * 4 + h("0800") + p),
    ("DSA_TAG_BRCM_PREPEND", 282, lambda p, s: b"\0" * 4 + eth("0800", p)),
    ("DSA_TAG_DSA", 283, lambda p, s: MACS + b"\0" * 4 + h("0800") + p),
    ("DSA_TAG_EDSA", 284, lambda p, s: MACS + h("dada000000000000") + h("0800") + p),
]

ETH = 1
# what is in front of the packet, link type, frame
def mirrored(proto, header, packet):
    """As a collector gets it from a switch."""
    return eth("0800", ip(bytes([10, 0, 0, 1]), bytes([10, 0, 0, 9]), proto, h(header) + eth("0800", packet)))


FRAMES = [
    ("14 VLAN tags: 0x8100, 0x88a8, 0x9100 to 0x9300", ETH, lambda p: MACS + h("88a80005") + h("81000006") * 12
     + h("93000007") + h("0800") + p),
    ("MPLS labels", ETH, lambda p: eth("8847", h("00010040") + LABEL + p)),
    ("MPLS, multicast", ETH, lambda p: eth("8848", LABEL + p)),
    ("MPLS, a pseudowire with its control word", ETH, lambda p: eth("8847", LABEL + h("00000000") + eth("0800", p))),
    ("MPLS, a pseudowire without one", ETH, lambda p: eth("8847", LABEL + h("12345678") + eth("0800", p))),
    ("LLC and SNAP", ETH, lambda p: MACS + struct.pack(">H", 8 + len(p)) + SNAP + p),
    ("LLC of IP", ETH, lambda p: MACS + struct.pack(">H", 3 + len(p)) + h("060603") + p),
    ("LLC with a jumbo frame's ethertype", ETH, lambda p: eth("8870", SNAP + p)),
    ("LLC of another organisation", ETH, lambda p: MACS + struct.pack(">H", 8 + len(p)) + h("aaaa031234560800") + p),
    ("PPPoE", ETH, lambda p: eth("8864", pppoe("0021", p))),
    ("PPPoE, protocol field compressed", ETH, lambda p: eth("8864", pppoe("21", p))),
    ("PPPoE, multilink, whole packets", ETH, lambda p: eth("8864", pppoe("003dc00000010021", p))),
    ("PPPoE, multilink, parts of packets", ETH, lambda p: eth("8864", pppoe("003d800000010021", p))),
    ("PPPoE, MPLS", ETH, lambda p: eth("8864", pppoe("0281", LABEL + p))),
    ("PPPoE, compressed or encrypted data", ETH, lambda p: eth("8864", pppoe("00fd9000", p))),
    ("PPPoE discovery", ETH, lambda p: eth("8863", h("110900000000"))),
    ("PBB (IEEE 802.1ah)", ETH, lambda p: eth("88e7", h("00000001") + eth("0800", p))),
    ("MACsec that only protects", ETH, lambda p: eth("88e5", h("0000000000010800") + p + b"\0" * 16)),
    ("MACsec that encrypts", ETH, lambda p: eth("88e5", h("0c0000000001") + p + b"\0" * 16)),
    ("NSH", ETH, lambda p: eth("894f", h("0fc20201000001ff") + p)),
    ("HSR", ETH, lambda p: eth("892f", h("003400010800") + p)),
    ("PRP", ETH, lambda p: eth("0800", p + h("0001003488fb"))),
    ("Cisco metadata", ETH, lambda p: eth("8909", h("0101000100000800") + p)),
    ("DSA with an ethertype", ETH, lambda p: eth("dada", h("0000000000000800") + p)),
    ("batman-adv, unicast", ETH, lambda p: eth("4305", h("400f3f00") + GATEWAY + eth("0800", p))),
    ("TRILL", ETH, lambda p: eth("22f3", h("003f00010002") + eth("0800", p))),
    ("Ethernet in Ethernet (0x6558)", ETH, lambda p: eth("6558", eth("0800", p))),
    ("ARP", ETH, lambda p: eth("0806", h("0001080006040001") + b"\0" * 20)),
    ("IEEE 802.1X", ETH, lambda p: eth("888e", h("01000000"))),
    ("spanning tree", ETH, lambda p: MACS + h("0026424203") + b"\0" * 35),
    ("an ethertype that is not known", ETH, lambda p: eth("1234", p)),
    ("a mirror's header: ERSPAN I", ETH, lambda p: mirrored(47, "000088be", p)),
    ("a mirror's header: ERSPAN II", ETH, lambda p: mirrored(47, "100088be000000091000000100000000", p)),
    ("a mirror's header: ERSPAN III", ETH, lambda p: mirrored(47, "100022eb00000009200000010000000000000000", p)),
    ("a mirror's header: GRE", ETH, lambda p: mirrored(47, "00006558", p)),
    ("a mirror's header: VXLAN", ETH, lambda p: mirrored(17, "c00012b5005a00000800000000000500", p)),
    ("a mirror's header: GENEVE", ETH, lambda p: mirrored(17, "c00017c1005a00000000655800000500", p)),
    ("a mirror's header: TZSP", ETH, lambda p: mirrored(17, "c0009090005700000100000101", p)),
    ("cooked, LLC", 113, lambda p: sll("0004", SNAP + p)),
    ("cooked, MPLS", 113, lambda p: sll("8847", LABEL + p)),
    ("cooked, a VLAN tag", 113, lambda p: sll("8100", h("00050800") + p)),
    ("cooked v2, MPLS", 276, lambda p: sll2("8847", LABEL + p)),
    ("cooked v2, PPPoE", 276, lambda p: sll2("8864", pppoe("0021", p))),
    ("cooked, netlink", 113, lambda p: sll("0000", p, True, 824)),
    ("802.11 with QoS", 127, lambda p: radiotap(wlan(p, "8801", b"\0\0"))),
    ("802.11, aggregated packets", 127, lambda p: radiotap(wlan(p, "8801", b"\x80\0"))),
    ("802.11, encrypted", 127, lambda p: radiotap(wlan(p, "0841"))),
    ("802.11, a beacon", 127, lambda p: radiotap(wlan(p, "8000"))),
]
