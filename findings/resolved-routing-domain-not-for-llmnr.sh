#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd-resolved 252.39 (Debian 12), as it is installed: "Domains=~." with the VPN's server is the usual way to have every
# name asked in the tunnel and nowhere else, and names of the DNS are. A name of one label (a NAS, a printer, a mistyped
# command) is not: it goes out by LLMNR as well, by multicast on every line that can, the provider's too. And so does the
# machine's own name at the start, to find out whether another one has it. LLMNR=no is what stops both.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages systemd-resolved=252.39-1~deb12u2 dnsmasq-base=2.90-4~deb12u2 bind9-dnsutils=1:9.18.49-1~deb12u3 tcpdump=4.99.3-1
echo 'systemd-resolve:x:990:990::/:/bin/false' >>"$root/etc/passwd"
echo 'systemd-resolve:x:990:' >>"$root/etc/group"
mkdir -p "$root/run/systemd" "$root/etc/systemd/resolved.conf.d"
printf '[Resolve]\nDNS=198.51.100.53%%tun0\nDomains=~.\n' >"$root/etc/systemd/resolved.conf.d/tunnel.conf"

# resolve: starts it as it is configured, and asks it for a name of each kind.
resolve() {
	lab
	names
	capture
	client /lib/systemd/systemd-resolved 2>/dev/null &
	sleep 2
	expect "$1: www.example" "$(client dig +short +tries=1 +timeout=5 @127.0.0.53 www.example)" 198.51.100.10
	client dig +short +tries=1 +timeout=5 @127.0.0.53 nas >/dev/null || true
	sleep 1
	expect "$1: questions on the provider's line by DNS" "$(some "$(captured isp 'udp port 53')")" none
	expect "$1: questions on the provider's line by LLMNR" "$(some "$(captured isp 'udp port 5355')")" "$2"
	lab_down
}

resolve "as installed" some
printf '[Resolve]\nLLMNR=no\n' >"$root/etc/systemd/resolved.conf.d/llmnr.conf"
resolve "LLMNR=no" none
finish
