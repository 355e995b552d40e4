#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# curl 7.88.1, wget 1.21.3 and ssh 9.2 (Debian 12) can be bound to an interface or an address ("--interface", "--bind-address",
# "-B"), and one would expect nothing of them to leave elsewhere. The connection does not; the name of its server is asked on the
# provider's line all the same, since the C library asks for it, also when the tunnel is gone and no connection can follow.
# curl's --dns-interface would help; Debian's curl is built without c-ares and refuses it.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"
# shellcheck source=findings/lib/torrent.sh
. "$(dirname "$0")/lib/torrent.sh"

packages curl=7.88.1-10+deb12u15 wget=1.21.3-1+deb12u1 openssh-client=1:9.2p1-2+deb12u10 dnsmasq-base=2.90-4~deb12u2 \
	tcpdump=4.99.3-1
echo "hosts: files dns" >"$root/etc/nsswitch.conf"
lab
split
names
capture

# bound PROGRAM NAME COMMAND...: what becomes of the server's name and of the connection.
bound() {
	client_for 8 "${@:3}" >/dev/null 2>&1 || true
	expect "$1: its server's name was asked of the provider" "$(some "$(asked isp "$2")")" some
}

bound curl curl.example curl -s --interface tun0 http://curl.example/
bound wget wget.example wget -q --tries=1 --bind-address=10.8.0.2 -O /dev/null http://wget.example/
bound ssh ssh.example ssh -o BatchMode=yes -o ConnectTimeout=2 -B tun0 ssh.example true
expect "connections in the tunnel" "$(some "$(captured vpn 'tcp port 80 or tcp port 22')")" some
ip -n "$client" link del tun0
bound "curl, tun0 is gone" curl-gone.example curl -s --interface tun0 http://curl-gone.example/
bound "wget, tun0 is gone" wget-gone.example wget -q --tries=1 --bind-address=10.8.0.2 -O /dev/null http://wget-gone.example/
bound "ssh, tun0 is gone" ssh-gone.example ssh -o BatchMode=yes -o ConnectTimeout=2 -B tun0 ssh-gone.example true
expect "connections by the provider" "$(captured isp 'tcp port 80 or tcp port 22')" 0
expect "curl --dns-interface" "$(client curl --dns-interface tun0 http://x.example/ 2>&1 | grep -o "doesn't support this" || true)" \
	"doesn't support this"
finish
