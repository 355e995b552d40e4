#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dnsmasq 2.90 (Debian 12): "server=ADDR@tun0" keeps questions in the tunnel, and it does: none leaves otherwise when tun0
# is down or gone. When tun0 was only down it works again afterwards. When it was removed and made again, as most VPN
# clients do when they reconnect, it never does: each question is answered REFUSED until dnsmasq is started anew. One
# would expect a name to mean the interface that has it. "server=ADDR@10.8.0.2" comes back, but lets questions out by
# the provider's line while tun0 is down and still has its address.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages dnsmasq-base=2.90-4~deb12u2 bind9-dnsutils=1:9.18.49-1~deb12u3 tcpdump=4.99.3-1

# ask NAME: what the local dnsmasq says of it, in a word.
ask() {
	client dig +tries=1 +timeout=2 @127.0.0.1 "$1.example" 2>/dev/null | awk '/status:/ { sub(",", "", $6); print $6 }' | grep . || echo silent
}

# through SERVER: a lab with a dnsmasq that asks there.
through() {
	lab
	names
	client dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root --cache-size=0 \
		--listen-address=127.0.0.1 --bind-interfaces "--server=$1" >/dev/null 2>&1 &
	sleep 0.5
}

routes() {
	ip -n "$client" route add 0.0.0.0/1 via 10.8.0.1
	ip -n "$client" route add 128.0.0.0/1 via 10.8.0.1
}

through 198.51.100.53@tun0
expect "@tun0: tun0 is up" "$(ask up)" NOERROR
ip -n "$client" link set tun0 down
expect "@tun0: it is down: the provider was asked" "$(ask down >/dev/null; asked isp down.example)" 0
ip -n "$client" link set tun0 up
routes
expect "@tun0: it is up again" "$(ask again)" NOERROR
ip -n "$client" link del tun0
tunnel
sleep 0.5
expect "@tun0: it was removed and made again" "$(ask first)" REFUSED
sleep 2
expect "@tun0: and after a while" "$(ask second)" REFUSED
expect "@tun0: the provider was asked in all that time" "$(asked isp '[a-z.]+')" 0
lab_down

through 198.51.100.53@10.8.0.2
ip -n "$client" link set tun0 down
expect "@10.8.0.2: tun0 is down: the provider was asked" "$(ask down >/dev/null; some "$(asked isp down.example)")" some
ip -n "$client" link del tun0
tunnel
sleep 0.5
expect "@10.8.0.2: it was removed and made again" "$(ask again)" NOERROR
finish
