#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kill switch that drops in the output hook has the kernel say EPERM to whoever sends (nftables 1.0.6, Linux 6.18 and
# before). One would expect programs to tell the user so. What they make of it:
#
#   glibc 2.36      gives up at once
#   musl 1.2.3      takes no notice, and gives up after its 5 seconds
#   dig 9.18.49     says "timed out", after its time-out
#   ping 20221126   says nothing at all, and counts the packet as sent
#
# So "timed out" is no sign of a silent drop somewhere on the way, nor "transmitted" one that a packet left.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages nftables=1.0.6-2+deb12u2 libc-bin=2.36-9+deb12u14 musl-tools=1.2.3-1 dash=0.5.12-2 gcc=4:12.2.0-3 libc6-dev=2.36-9+deb12u14 \
	bind9-dnsutils=1:9.18.49-1~deb12u3 iputils-ping=3:20221126-1+deb12u1 tcpdump=4.99.3-1
lab
cat >"$root/tmp/lookup.c" <<'END'
#include <netdb.h>
#include <stddef.h>

int main(int argc, char **argv)
{
	struct addrinfo *found;

	return argc < 2 || getaddrinfo(argv[1], NULL, NULL, &found);
}
END
chroot "$root" musl-gcc -o /tmp/musl /tmp/lookup.c
echo 'table inet killswitch { chain output { type filter hook output priority 0; oifname "tun0" drop; }; }' >"$root/tmp/rules"
client nft -f /tmp/rules
capture

# seconds COMMAND...: how long it takes, whole seconds.
seconds() {
	local start=$SECONDS

	client "$@" >/dev/null 2>&1 || true
	echo $((SECONDS - start))
}

expect "glibc: gives up within a second or two" "$(($(seconds getent ahostsv4 a.example) <= 2))" 1
expect "musl: gives up after about 5 seconds" "$(($(seconds /tmp/musl b.example) / 5))" 1
expect "dig says" "$(client dig +tries=1 +timeout=2 c.example 2>&1 | grep -oE 'timed out|not permitted' | sort -u)" "timed out"
expect "ping says of its own error" "$(client ping -n -c 2 -i 0.2 -W 1 198.51.100.10 2>&1 | grep -ciE 'permitted|error' || true)" 0
expect "ping has transmitted" "$(client ping -n -c 2 -i 0.2 -W 1 198.51.100.10 2>&1 | grep -oE '[0-9]+ packets transmitted')" "2 packets transmitted"
expect "packets on the tunnel's line" "$(captured vpn 'udp or icmp')" 0
finish
