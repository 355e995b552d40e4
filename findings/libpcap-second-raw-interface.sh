#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libpcap 1.10.3 (Debian 12), read by tcpdump 4.99.3: a pcapng file may have several interfaces, and libpcap reads it as long
# as all have one link type. Of LINKTYPE_RAW (101) it refuses the second one as different from the first, though both say
# 101:
#
#   an interface has a type 101 different from the type of the first interface
#
# The type in the file (LINKTYPE_RAW, 101) is compared with what the first one was translated to (DLT_RAW, 12 on Linux).
# Ethernet and Linux cooked have one number for both, and are read. So a writer of IP packets from several interfaces (the
# evidence of an audit, say) takes LINKTYPE_LINUX_SLL (113) if tcpdump is to read them.
#
# Fails where that is so no more.
set -euo pipefail
export LC_ALL=C

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq tcpdump=4.99.3-1 libpcap0.8=1.10.3-1 >/dev/null
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done

# A section, two interfaces of one link type, a packet on each: UDP without payload between documentation addresses.
cat >make.py <<'END'
import struct


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def capture(path, linktype, header):
    packet = header + bytes.fromhex("4500001c0000000040110000c0000201c633640703e8000900080000")
    blocks = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for interface in range(2):
        blocks += block(1, struct.pack("<HHI", linktype, 0, 65535))
    for interface in range(2):
        blocks += block(6, struct.pack("<IIIII", interface, 0, interface, len(packet), len(packet)) + packet)
    with open(path, "wb") as file:
        file.write(blocks)


capture("raw.pcapng", 101, b"")
capture("ethernet.pcapng", 1, bytes(12) + b"\x08\x00")
capture("cooked.pcapng", 113, bytes.fromhex("0004000100000000000000000000") + b"\x08\x00")
END
python3 make.py

tcpdump=$(find "$dir/root" -name tcpdump -type f -perm -1 | head -n 1)
LD_LIBRARY_PATH=$(dirname "$(find "$dir/root" -name 'libpcap.so.0.8' | head -n 1)")
export LD_LIBRARY_PATH

status=0
expect() {
	local said

	said=$("$tcpdump" -nr "$1" 2>&1) || true
	echo "$1: $(tail -n 1 <<<"$said")"
	grep -qE "$2" <<<"$said" || { echo "  expected: $2" >&2; status=1; }
}

"$tcpdump" --version 2>&1 | head -n 2
expect raw.pcapng 'type 101 different from the type of the first interface'
expect ethernet.pcapng '192\.0\.2\.1\.1000 > 198\.51\.100\.7\.9'
expect cooked.pcapng '192\.0\.2\.1\.1000 > 198\.51\.100\.7\.9'
exit $status
