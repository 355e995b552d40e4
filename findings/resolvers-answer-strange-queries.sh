#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dnsmasq 2.90, unbound 1.17.1, BIND 9.18.49, Knot Resolver 5.6.0 (Debian 12): a query has a known opcode, no response code,
# and a zero where RFC 1035 has one reserved; one would expect FORMERR or NOTIMP for what has not. All four answer one with a
# response code, with that bit, or marked as authoritative, as if it were in order. Knot Resolver also looks up the name of an
# update, and of an opcode that nobody has defined. What knows DNS by a tidy header lets such queries out, and they are answered.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages dnsmasq-base=2.90-4~deb12u2 unbound=1.17.1-2+deb12u4 bind9=1:9.18.49-1~deb12u3 knot-resolver=5.6.0-1+deb12u1 \
	python3-minimal=3.11.2-1+b1
cat >"$root/tmp/ask.py" <<'END'
import select
import socket
import struct

# Flags that are not in order; recursion is wanted in each.
STRANGE = [("response-code", 0x0103), ("reserved", 0x0140), ("authoritative", 0x0500), ("update", 0x2900),
           ("opcode-15", 0x7900)]
answered = []
for what, flags in STRANGE:
    query = struct.pack("!6H", 4711, flags, 1, 0, 0, 0) + b"\7strange\7example\0" + b"\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.connect(("127.0.0.1", 53))
        end.send(query)
        if select.select([end], [], [], 2)[0] and socket.inet_aton("198.51.100.10") in end.recv(4096):
            answered.append(what)
print(*answered)
END
cat >"$root/etc/names.conf" <<'END'
server:
	interface: 198.51.100.53
	access-control: 0.0.0.0/0 allow
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	module-config: "iterator"
	local-zone: "example." static
	local-data: "strange.example. A 198.51.100.10"
remote-control:
	control-enable: no
END
cat >"$root/etc/unbound.conf" <<'END'
server:
	interface: 127.0.0.1
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	module-config: "iterator"
	local-zone: "example." nodefault
forward-zone:
	name: "."
	forward-addr: 198.51.100.53
remote-control:
	control-enable: no
END
cat >"$root/etc/named.conf" <<'END'
options {
	directory "/tmp"; pid-file none; session-keyfile none;
	listen-on { 127.0.0.1; }; listen-on-v6 { none; };
	forwarders { 198.51.100.53; }; forward only; dnssec-validation no;
};
controls { };
END
cat >"$root/etc/kresd.conf" <<'END'
net.listen('127.0.0.1', 53, { kind = 'dns' })
policy.add(policy.all(policy.FORWARD('198.51.100.53')))
trust_anchors.remove('.')
cache.size = 10*MB
END

# strange WANTED COMMAND...: what that resolver answers of it, with the address that the name has.
strange() {
	lab
	in_vpn chroot "$root" unbound -d -c /etc/names.conf 2>/dev/null &
	client "${@:2}" >/dev/null 2>&1 &
	until in_vpn ss -Hlun | grep -q 198.51.100.53:53 && in_client ss -Hlun | grep -q 127.0.0.1:53; do sleep 0.1; done
	sleep 0.5
	expect "$2 answers" "$(client python3 /tmp/ask.py)" "$1"
	lab_down
}

headers="response-code reserved authoritative"
strange "$headers" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root \
	--bind-interfaces --listen-address=127.0.0.1 --server=198.51.100.53
strange "$headers" unbound -d -c /etc/unbound.conf
strange "$headers" named -g -c /etc/named.conf
strange "$headers update opcode-15" kresd -n -c /etc/kresd.conf /tmp
finish
