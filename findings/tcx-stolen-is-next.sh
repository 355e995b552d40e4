#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 6.18: a tc program at clsact that returns TC_ACT_STOLEN (4) or TC_ACT_TRAP (8) has consumed the packet. One would expect
# the same of the same program at tcx (Linux 6.6), which has the numbers of clsact. There they are no verdict: the packet goes
# on to the next program, and on the line. Only TC_ACT_SHOT (2) ends it.
#
# So what a firewall or a meter stole at clsact leaves once its loader attaches by tcx.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages tcpdump=4.99.3-1 iproute2=6.1.0-3
lab
in_client ping -q -n -c 1 192.0.2.1 >/dev/null

# attach.py VERDICT PIN: "mov r0, VERDICT; exit" for both places; at tcx as long as this process lives.
cat >"$root/tmp/attach.py" <<'END'
import ctypes
import os
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, OBJ_PIN, LINK_CREATE = 5, 6, 28
SCHED_CLS, TCX_EGRESS = 3, 47


def bpf(command, attributes):
    attributes = ctypes.create_string_buffer(attributes.ljust(128, b"\0"))
    done = libc.syscall(BPF, command, attributes, 128)
    if done < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    return done


verdict, pin = int(sys.argv[1]), sys.argv[2]
code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, verdict, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b"GPL")
program = bpf(PROG_LOAD, struct.pack("<IIQQ", SCHED_CLS, 2, ctypes.addressof(code), ctypes.addressof(licence)))
if pin != "tcx":
    path = ctypes.create_string_buffer(pin.encode())
    bpf(OBJ_PIN, struct.pack("<QI", ctypes.addressof(path), program))
    sys.exit()
link = bpf(LINK_CREATE, struct.pack("<IIII", program, socket.if_nametoindex("eth0"), TCX_EGRESS, 0))
print("attached", flush=True)
time.sleep(600)
END

# end NAMESPACE: what runs there.
end() {
	local pid

	for pid in $(ip netns pids "$1"); do
		kill "$pid" 2>/dev/null || true
	done
}

# left: whether a datagram of the client comes to the provider.
left() {
	capture
	in_client bash -c 'echo x >/dev/udp/192.0.2.1/9' 2>/dev/null || true
	some "$(captured isp 'udp port 9')"
	end "$isp"
	end "$vpn"
}

# begin_clsact VERDICT: the program at clsact. A file system of its own has its name, until tc has it.
begin_clsact() {
	mkdir -p "$dir/bpf"
	mount -t bpf bpf "$dir/bpf"
	in_client python3 "$root/tmp/attach.py" "$1" "$dir/bpf/it"
	in_client tc qdisc add dev eth0 clsact
	in_client tc filter add dev eth0 egress bpf direct-action object-pinned "$dir/bpf/it"
	umount "$dir/bpf"
}

for verdict in 2 4 8; do
	begin_clsact "$verdict"
	expect "clsact, verdict $verdict: what is on the line" "$(left)" none
	in_client tc qdisc del dev eth0 clsact

	exec 3< <(ip netns exec "$client" python3 "$root/tmp/attach.py" "$verdict" tcx)
	read -r -u 3 _
	expect "tcx, verdict $verdict: what is on the line" "$(left)" "$([ "$verdict" = 2 ] && echo none || echo some)"
	end "$client"
done
finish
