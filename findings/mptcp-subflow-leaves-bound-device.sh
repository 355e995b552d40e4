#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux (seen on 6.18), iproute2 6.1: a socket with SO_BINDTODEVICE "tun0" is expected to send on tun0 alone. Of an MPTCP
# socket (which mptcpize makes of any program's TCP) that is true of the first subflow only: where the machine has an
# address as an endpoint for subflows ("ip mptcp endpoint add ADDR dev eth0 subflow"), the kernel joins one from there,
# over eth0, and the peer learns that address.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages iproute2=6.1.0-3 python3-minimal=3.11.2-1+b1 tcpdump=4.99.3-1
lab
# The server is at the VPN's far end, and by the provider as well: one host with two ways to it.
ip -n "$isp" addr del 198.51.100.10/32 dev lo
ip -n "$isp" link add across type veth peer name across netns "$vpn"
ip -n "$isp" addr add 203.0.113.1/24 dev across
ip -n "$vpn" addr add 203.0.113.2/24 dev across
ip -n "$isp" link set across up
ip -n "$vpn" link set across up
ip -n "$isp" route add 198.51.100.10 via 203.0.113.2
ip -n "$vpn" route add 192.0.2.0/24 via 203.0.113.1
in_isp sysctl -qw net.ipv4.ip_forward=1
ip -n "$client" mptcp limits set subflow 2
ip -n "$vpn" mptcp limits set subflow 2
ip -n "$client" mptcp endpoint add 192.0.2.2 dev eth0 subflow

cat >"$root/tmp/bound.py" <<'END'
import socket
import sys
import time

IPPROTO_MPTCP = 262
SERVER = ("198.51.100.10", 7000)

end = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
if sys.argv[1] == "server":
    end.bind(SERVER)
    end.listen()
    connection, _ = end.accept()
    while connection.recv(65536):
        pass
else:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tun0")
    end.connect(SERVER)
    for _ in range(100):
        end.sendall(bytes(10000))
        time.sleep(0.005)
END
capture
in_vpn chroot "$root" python3 /tmp/bound.py server &
sleep 0.5
client python3 /tmp/bound.py client

echo "Linux $(uname -r)"
expect "packets of the bound socket on tun0" "$(some "$(captured vpn 'tcp port 7000')")" some
expect "connections joined from eth0's address, on eth0" "$(captured isp 'tcp port 7000 and tcp[tcpflags] & tcp-syn != 0')" 1
finish
