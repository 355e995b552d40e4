#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BIND 9.18.49 and unbound 1.17.1 (Debian 12), each bound to the VPN's address ("query-source address", "outgoing-interface"),
# with a name server of the VPN and, by IPv6, the provider's. One would expect both to ask from that address or not at all.
# unbound does: with an IPv4 address alone it asks nobody by IPv6, and when the address is gone it answers SERVFAIL. BIND's is
# for IPv4 only (query-source-v6 is another setting): by IPv6 it asks on the provider's line, at the latest when the tunnel has
# fallen. While tun0 is down and still has its address, unbound asks from it on that line, several times for each name.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages dnsmasq-base=2.90-4~deb12u2 unbound=1.17.1-2+deb12u4 bind9=1:9.18.49-1~deb12u3 bind9-dnsutils=1:9.18.49-1~deb12u3
cat >"$root/etc/unbound.conf" <<'END'
server:
	interface: 127.0.0.1
	outgoing-interface: 10.8.0.2
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	module-config: "iterator"
	local-zone: "example." nodefault
forward-zone:
	name: "."
	forward-addr: 198.51.100.53
	forward-addr: 2001:db8:99::10
remote-control:
	control-enable: no
END
cat >"$root/etc/named.conf" <<'END'
options {
	directory "/tmp"; pid-file none; session-keyfile none;
	listen-on { 127.0.0.1; }; listen-on-v6 { none; };
	query-source address 10.8.0.2;
	forwarders { 198.51.100.53; 2001:db8:99::10; }; forward only; dnssec-validation no;
};
controls { };
END

# ask NAME: what the local resolver says of it, in a word.
ask() {
	client dig +tries=1 +timeout=4 @127.0.0.1 "$1.example" 2>/dev/null | awk '/status:/ { sub(",", "", $6); print $6 }' | grep . || echo silent
}

# bound COMMAND...: a lab with that resolver.
bound() {
	lab
	server isp --listen-address=198.51.100.53 --listen-address=2001:db8:99::10 --address=/example/198.51.100.10
	server vpn --listen-address=198.51.100.53 --address=/example/198.51.100.10
	client "$@" >/dev/null 2>&1 &
	until in_client ss -Hlun | grep -q 127.0.0.1:53; do sleep 0.1; done
	sleep 0.5
}

# told NAME WANTED PROVIDER: what it answers, and whether the provider was asked.
told() {
	expect "$1" "$(ask "$1"), the provider was asked: $(some "$(asked isp "$1.example")")" "$2, the provider was asked: $3"
}

echo "unbound"
bound unbound -d -c /etc/unbound.conf
told up NOERROR none
ip -n "$client" link set tun0 down
told down silent some
ip -n "$client" link del tun0
told gone SERVFAIL none
tunnel
sleep 0.5
told again NOERROR none
lab_down

echo "named"
bound named -g -c /etc/named.conf
ip -n "$client" link del tun0
told gone NOERROR some
told still NOERROR some
finish
