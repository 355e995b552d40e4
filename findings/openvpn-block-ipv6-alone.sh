#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# openvpn 2.6.14 (Debian 12): "block-ipv6", or a server that pushes it, with "redirect-gateway def1" reads as if IPv6 were
# blocked on the client. What it does is to answer IPv6 packets that are routed *into* the tunnel with "no route"; and
# without an IPv6 address and "redirect-gateway ipv6" no route leads there. So everything with an AAAA record goes out by
# the provider, as without a VPN, and openvpn says nothing. With both of these it keeps its word.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages openvpn=2.6.14-0+deb12u2 iproute2=6.1.0-3 iputils-ping=3:20221126-1+deb12u1 tcpdump=4.99.3-1
mkdir -p "$root/sys"
client_options=(--dev tun9 --remote 192.0.2.1 --ifconfig 10.9.0.2 10.9.0.1 --secret /tmp/key --cipher AES-256-CBC --redirect-gateway)

# connected OPTION...: a lab whose client is connected with these options besides.
connected() {
	lab
	ip -n "$client" link del tun0
	in_isp chroot "$root" openvpn --dev tun --ifconfig 10.9.0.1 10.9.0.2 --secret /tmp/key --cipher AES-256-CBC >/dev/null 2>&1 &
	client openvpn "${client_options[@]}" "$@" >"$dir/openvpn.log" 2>&1 &
	for _ in $(seq 50); do
		ip -n "$client" route get 198.51.100.10 | grep -q tun9 && break
		sleep 0.1
	done
	capture
}

reach() {
	client ping -6 -n -c 1 -W 1 2001:db8:99::10 2>&1 | grep -oE 'bytes from|unreachable|100% packet loss' | head -n 1
}

lab
lab_down
chroot "$root" openvpn --genkey secret /tmp/key
connected def1 --block-ipv6
expect "block-ipv6: an IPv4 address is reached by" "$(ip -n "$client" route get 198.51.100.10 | grep -oE 'dev [a-z0-9]+')" "dev tun9"
expect "block-ipv6: ping of an IPv6 address" "$(reach)" "bytes from"
expect "block-ipv6: on the provider's line" "$(captured isp 'icmp6[0] = 128')" 1
lab_down

connected def1 ipv6 --block-ipv6 --ifconfig-ipv6 fd00:9::2/64 fd00:9::1
expect "with ifconfig-ipv6 and redirect-gateway ipv6: ping" "$(reach)" unreachable
expect "with these: on the provider's line" "$(captured isp 'icmp6[0] = 128')" 0
finish
