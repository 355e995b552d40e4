#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tshark 4.0.17 (Debian 12), as it is installed: it names BitTorrent's DHT and local discovery on any port, so a capture
# without "bittorrent" in it looks like proof that the client is still. But uTP, which carries most of a client's bytes,
# and the UDP tracker protocol are "UDP" to it. For uTP the heuristic bt_utp_udp must be enabled; for the tracker there is none.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages tshark=4.0.17-0+deb12u3
cat >"$dir/make.py" <<'END'
import struct
import sys

NODE, PEER = bytes([192, 0, 2, 2]), bytes([198, 51, 100, 7])


def packet(source, destination, ports, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 64, 17, 0, source, destination)
    return header + struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload


def utp(kind, clock, sequence, acknowledged):
    return struct.pack("!BBHIIIHH", kind << 4 | 1, 0, 1000, clock, 0, 1 << 20, sequence, acknowledged)


PORTS, BACK = (51413, 40123), (40123, 51413)
PACKETS = [
    packet(NODE, PEER, PORTS, b"d1:ad2:id20:abcdefghijklmnopqrste1:q4:ping1:t2:aa1:y1:qe"),
    packet(NODE, PEER, PORTS, utp(4, 5_000_000, 1, 0)),
    packet(PEER, NODE, BACK, utp(2, 5_020_000, 1, 1)),
    packet(NODE, PEER, (51413, 6969), struct.pack("!QII", 0x41727101980, 0, 77)),
]
with open(sys.argv[1], "wb") as capture:
    capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for count, data in enumerate(PACKETS):
        capture.write(struct.pack("<IIII", 1_700_000_000, count * 20_000, len(data), len(data)) + data)
END
python3 "$dir/make.py" "$root/tmp/torrent.pcap"

# named OPTION...: what it calls the four packets.
named() {
	chroot "$root" tshark "$@" -r /tmp/torrent.pcap -T fields -e _ws.col.Protocol 2>/dev/null | paste -sd' '
}

chroot "$root" tshark --version 2>/dev/null | head -n 1
expect "a DHT ping, two packets of uTP, a tracker's connect" "$(named)" "BT-DHT UDP UDP UDP"
expect "with --enable-heuristic bt_utp_udp" "$(named --enable-heuristic bt_utp_udp)" "BT-DHT BT-uTP BT-uTP UDP"
finish
