#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A line of JSON that is longer than rsyslog takes becomes two messages, none of which is JSON: the limit is 8096 bytes
# (maxMessageSize), by octet counting as well, and mmjsonparse says "FAIL" of both. Debian's shipped rsyslog.conf does not
# raise it. And a value that has \u0000 in it, which JSON allows, ends there, although mmjsonparse says "OK": json-c gives
# the string as one of C. rsyslog 8.2302 (Debian 12). So events have 8000 bytes at most, and no NUL.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages rsyslog=8.2302.0-1+deb12u2
lab
cat >"$root/etc/rsyslog.conf" <<'CONF'
global(workDirectory="/tmp")
module(load="imtcp")
module(load="mmjsonparse")
template(name="line" type="string" string="%parsesuccess% %$!value%\n")
ruleset(name="all") {
	action(type="mmjsonparse" cookie="")
	action(type="omfile" file="/tmp/out" template="line")
}
input(type="imtcp" port="514" ruleset="all")
CONF
client rsyslogd -n -f /etc/rsyslog.conf -i /tmp/pid >"$dir/rsyslog.log" 2>&1 &

# sends LENGTH VALUE: an event whose value is padded until its message has so many bytes.
sends() {
	in_client python3 -c '
import json, socket, sys, time
length, value = int(sys.argv[1]), sys.argv[2]
event = "{\"value\":\"" + value + "\",\"pad\":\"%s\"}"
message = "<25>1 - host leakaudit - - - " + event
message %= "x" * (length - len(message) + 2)
for _ in range(100):
    try:
        s = socket.create_connection(("127.0.0.1", 514))
        break
    except OSError:
        time.sleep(0.1)
s.sendall(b"%d %s" % (len(message), message.encode()))
s.close()' "$1" "$2"
}

# of N: what was written of the Nth message.
of() {
	for _ in {1..100}; do
		[ "$(wc -l 2>/dev/null <"$root/tmp/out" || echo 0)" -lt "$1" ] || break
		sleep 0.1
	done
	sed -n "$1p" "$root/tmp/out"
}

sends 8000 whole
expect "a message of 8000 bytes" "$(of 1)" "OK whole"
sends 9000 cut
expect "a message of 9000 bytes" "$(of 2)" "FAIL "
expect "its rest, as a message of its own" "$(of 3)" "FAIL "
sends 500 'before\u0000behind'
expect 'a value of "before\u0000behind"' "$(of 4)" "OK before"
finish
