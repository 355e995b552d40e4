#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# musl 1.2.3 (Debian 12; also Alpine's C library, so that of most small container images) and glibc 2.36: /etc/resolv.conf
# names the VPN's name server first and the provider's second, "for when the tunnel is down". One would expect the second
# to be asked only when the first does not answer, as glibc does. musl sends each question to all of them at once and takes
# the first answer: with the tunnel up and its server answering, the provider sees every name all the same.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages musl-tools=1.2.3-1 dash=0.5.12-2 gcc=4:12.2.0-3 libc6-dev=2.36-9+deb12u14 dnsmasq-base=2.90-4~deb12u2
lab
cat >"$root/tmp/lookup.c" <<'END'
#include <netdb.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_INET }, *found;

	puts(argc > 1 && !getaddrinfo(argv[1], NULL, &hints, &found) ? "found" : "not found");
	return 0;
}
END
chroot "$root" musl-gcc -o /tmp/musl /tmp/lookup.c
chroot "$root" gcc -o /tmp/glibc /tmp/lookup.c
printf 'nameserver 10.8.0.1\nnameserver 192.0.2.1\n' >"$root/etc/resolv.conf"
server vpn --listen-address=10.8.0.1 --address=/example/198.51.100.10
server isp --listen-address=192.0.2.1 --address=/example/198.51.100.10

for libc in glibc musl; do
	expect "$libc: looked up" "$(client "/tmp/$libc" "$libc.example")" found
	expect "$libc: the tunnel's server was asked" "$(asked vpn "$libc.example")" 1
done
expect "glibc: the provider's server was asked as well" "$(asked isp glibc.example)" 0
expect "musl: the provider's server was asked as well" "$(asked isp musl.example)" 1
finish
