#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# DHCP's classless routes (option 121, RFC 3442) pull packets out of a tunnel: a /24 of the provider's is more specific
# than the VPN's two /1. RFC 3442 has a client that asks for routers (option 3) ask for 121 as well, and take it in their
# place. isc-dhcp-client 4.4.3-P1 and dhcpcd 9.4.1 (Debian 12) do, as they are installed. udhcpc 1.35.0 does not: it neither asks
# for the option, nor has its script a word for it when a server sends it unasked. So the same network pulls one machine out of its tunnel
# and not the next one, and a test with busybox says nothing of the others.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages isc-dhcp-client=4.4.3-P1-2 dhcpcd-base=9.4.1-24~deb12u5 udhcpc=1:1.35.0-4+deb12u1+b1 dnsmasq-base=2.90-4~deb12u2 \
	iproute2=6.1.0-3 dash=0.5.12-2 coreutils=9.1-1 sed=4.9-1+deb12u1 grep=3.8-5 hostname=3.23+nmu1 debianutils=5.7-0.5~deb12u1
mkdir -p "$root"/var/lib/{dhcp,dhcpcd,misc} "$root/sys"
: >"$root/etc/fstab"

# lease NAME COMMAND...: what becomes of the route to 198.51.100.10 when NAME gets a lease.
lease() {
	lab
	ip -n "$client" addr flush dev eth0
	server isp --port=0 --interface=wan --dhcp-leasefile=/tmp/leases --dhcp-range=192.0.2.100,192.0.2.150,2m --log-dhcp \
		--dhcp-option=3,192.0.2.1 --dhcp-option-force=121,198.51.100.0/24,192.0.2.1,0.0.0.0/0,192.0.2.1
	client_for 20 "${@:2}" >"$dir/$1.out" 2>&1 || true
	grep -q 'DHCPACK' "$dir/isp.log" || { cat "$dir/$1.out" >&2; status=1; }
	asks=$(grep -q 'requested options:.*121:' "$dir/isp.log" && echo yes || echo no)
	way=$(ip -n "$client" route get 198.51.100.10 | grep -oE 'dev [a-z0-9]+')
	lab_down
}

lease dhclient dhclient -1 -pf /tmp/dhclient.pid -lf /tmp/dhclient.leases eth0
expect "isc-dhcp-client: asks for option 121" "$asks" yes
expect "isc-dhcp-client: 198.51.100.10 is now reached by" "$way" "dev eth0"
lease dhcpcd dhcpcd -1 -4 -B --noarp eth0
expect "dhcpcd: asks for option 121" "$asks" yes
expect "dhcpcd: 198.51.100.10 is now reached by" "$way" "dev eth0"
lease udhcpc udhcpc -n -q -i eth0
expect "udhcpc: asks for option 121" "$asks" no
expect "udhcpc: 198.51.100.10 is now reached by" "$way" "dev tun0"
finish
