# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: xdp_send.py INTERFACE MAC OWN-MAC SOURCE DESTINATION: by AF_XDP, which no hook sees; for each line of stdin a datagram to port 9.

Says "ready" when its ring is there, and "sent" for each that the interface has taken."""

import ctypes
import mmap
import socket
import struct
import sys

AF_XDP, SOL_XDP = 44, 283
MMAP_OFFSETS, TX_RING, UMEM_REG, FILL_RING, COMPLETION_RING = 1, 3, 4, 5, 6
ENTRIES, CHUNK = 64, 2048
libc = ctypes.CDLL(None, use_errno=True)

name = sys.argv[1]
far, near = (bytes.fromhex(a.replace(":", "")) for a in sys.argv[2:4])
source, destination = map(socket.inet_aton, sys.argv[4:6])
s = socket.socket(AF_XDP, socket.SOCK_RAW, 0)
umem = mmap.mmap(-1, ENTRIES * CHUNK)
address = ctypes.addressof(ctypes.c_char.from_buffer(umem))
s.setsockopt(SOL_XDP, UMEM_REG, struct.pack("=QQIII4x", address, ENTRIES * CHUNK, CHUNK, 0, 0))
for ring in (FILL_RING, COMPLETION_RING, TX_RING):
    s.setsockopt(SOL_XDP, ring, ENTRIES)
offsets = struct.unpack("=16Q", s.getsockopt(SOL_XDP, MMAP_OFFSETS, 128))
producer, _, descriptors, _ = offsets[4:8]
tx = mmap.mmap(s.fileno(), descriptors + ENTRIES * 16, offset=0x80000000)

# Python has no address for it: family, flags (copy), interface, queue.
bind = struct.pack("=HHIII", AF_XDP, 2, socket.if_nametoindex(name), 0, 0)
if libc.bind(s.fileno(), bind, len(bind)):
    sys.exit(f"bind: errno {ctypes.get_errno()}")
print("ready", flush=True)

payload = struct.pack("!HHHH", 7, 9, 12, 0) + b"past"
head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0, source, destination)
total = sum(struct.unpack("!10H", head))
checksum = ~((total & 0xffff) + (total >> 16)) & 0xffff
frame = far + near + b"\x08\x00" + head[:10] + struct.pack("!H", checksum) + head[12:] + payload
umem[:len(frame)] = frame
for n, _ in enumerate(sys.stdin):
    tx[descriptors + n % ENTRIES * 16:descriptors + n % ENTRIES * 16 + 16] = struct.pack("=QII", 0, len(frame), 0)
    tx[producer:producer + 4] = struct.pack("=I", n + 1)
    if libc.sendto(s.fileno(), None, 0, socket.MSG_DONTWAIT, None, 0):
        sys.exit(f"sendto: errno {ctypes.get_errno()}")
    print("sent", flush=True)
