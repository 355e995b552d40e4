#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whether a number in JSON stays a number depends on the first line of syslog-ng's configuration, and not on the program: with
# "@version: 3.35" json-parser() and format-json make a string of it, with "@version: 4.0" they keep it, in the same 3.38.1
# (Debian 12). And a line that is longer than 64 KiB (log-msg-size) becomes several messages, none of which is JSON: what
# parses it has none of them.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages syslog-ng-core=3.38.1-5+deb12u1
lab
mkdir -p "$root/var/lib/syslog-ng"

# written VERSION EVENT...: what syslog-ng has made of these lines.
written() {
	cat >"$root/etc/syslog-ng.conf" <<CONF
@version: $1
source s { network(ip(127.0.0.1) port(601) transport(tcp) flags(no-parse)); };
parser p { json-parser(prefix(".e.")); };
destination d { file("/tmp/out" template("\$(format-json --key .e.n --shift-levels 2)\\n")); };
log { source(s); parser(p); destination(d); };
CONF
	rm -f "$root/tmp/out"
	client syslog-ng --foreground --no-caps --cfgfile=/etc/syslog-ng.conf --persist-file=/tmp/persist --control=/tmp/ctl \
		--pidfile=/tmp/pid >"$dir/syslog-ng.log" 2>&1 &
	printf '%s\n' "${@:2}" | in_client python3 -c '
import socket, sys, time
for _ in range(200):
    try:
        s = socket.create_connection(("127.0.0.1", 601))
        break
    except OSError:
        time.sleep(0.1)
s.sendall(sys.stdin.buffer.read())
s.close()'
	for _ in {1..100}; do
		! grep -qs '"last"' "$root/tmp/out" || break
		sleep 0.1
	done
	ip netns pids "$client" | xargs kill
	while [ "$(ip netns pids "$client")" ]; do
		sleep 0.1
	done
	tr '\n' ' ' <"$root/tmp/out"
}

expect "a number, by version 3.35" "$(written 3.35 '{"n":7}' '{"n":"last"}')" '{"n":"7"} {"n":"last"} '
expect "the same number, by version 4.0" "$(written 4.0 '{"n":7}' '{"n":"last"}')" '{"n":7} {"n":"last"} '
long="{\"n\":8,\"pad\":\"$(head -c 70000 /dev/zero | tr '\0' x)\"}"
expect "one of 70000 bytes" "$(written 4.0 '{"n":7}' "$long" '{"n":"last"}')" '{"n":7} {"n":"last"} '
finish
