#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 6.18 and iproute2 6.1.0: the queue tbf and packets that are to be segmented later (GSO). One would expect that it passes
# all of them whole, or cuts all. It passes those that its burst holds, and cuts longer ones. So the device is handed one packet
# of four segments, and twenty of one, and that is what its counter has: neither packets as they left the stack nor packets as
# they are on the wire.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3 tcpdump=4.99.3-1
lab
in_client ping -q -n -c 1 192.0.2.1 >/dev/null
client tc qdisc add dev eth0 root tbf rate 1gbit burst 10kb limit 1mb

cat >"$dir/send.py" <<'END'
import socket
import sys

UDP_SEGMENT = 103
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
end.sendto(bytes(1000 * int(sys.argv[2])), ("192.0.2.1", int(sys.argv[1])))
END

# handed PORT SEGMENTS: what the device is handed for one send of so many; its peer, which is no card, gets it as it is.
handed() {
	in_client python3 "$dir/send.py" "$@"
	captured isp "udp port $1"
}

capture
expect "4 segments: handed to the device" "$(handed 4 4)" 1
expect "20 segments: handed to the device" "$(handed 20 20)" 20
client tc qdisc del dev eth0 root
expect "20 segments without the queue: handed to the device" "$(handed 7 20)" 1
finish
