# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: gso_max_size.py INTERFACE SIZE: how long a packet may be that the kernel cuts only then (BIG TCP, of IPv4 too).

iproute2 can say so since 6.3. Fails with the kernel's error where it has no such thing."""

import os
import socket
import struct
import sys

RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK = 16, 1, 4
IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE = 41, 63

index, size = socket.if_nametoindex(sys.argv[1]), int(sys.argv[2])
attributes = b"".join(struct.pack("=HHI", 8, kind, size) for kind in (IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE))
body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 0, 0) + attributes
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
(error,) = struct.unpack_from("=i", s.recv(4096), 16)
if error:
    sys.exit(os.strerror(-error))
