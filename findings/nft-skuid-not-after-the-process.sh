#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nftables 1.0.6 (Debian 12; seen on Linux 6.18): a rule by user ("meta skuid") that drops what one user sends by the
# provider's line is a common kill switch, and one would expect it to hold for all that a program of that user has sent. It
# holds while the program is there. What its socket still has to send when the program has ended has no user for nftables any
# more, and is sent again and again, by whatever route there is by then: the tunnel falls, the program is ended for that, and
# the rest of its data leaves by the provider's line, in a packet with the tunnel's address. A rule for every user, by the
# interface alone, stops it.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages nftables=1.0.6-2+deb12u2 python3-minimal=3.11.2-1+b1 tcpdump=4.99.3-1
lab
cat >"$root/tmp/peer.py" <<'END'
import socket

end = socket.create_server(("198.51.100.10", 9))
end.accept()[0].recv(1)
END
cat >"$root/tmp/user.py" <<'END'
import os
import socket

os.setuid(1000)
end = socket.create_connection(("198.51.100.10", 9))
print("connected", flush=True)
input()
end.send(b"for the tunnel alone")
print("sent", flush=True)
input()
END

# switch RULE: as the firewall of the client.
switch() {
	client nft -f - <<-END
		flush ruleset
		table inet killswitch {
			chain output {
				type filter hook output priority 0;
				$1 oifname "eth0" drop
			}
		}
	END
}

data="tcp port 9 and tcp[tcpflags] & tcp-push != 0"

# ended RULE WANTED: what leaves while the program waits, and when it has ended, with the tunnel down.
ended() {
	in_vpn chroot "$root" python3 /tmp/peer.py 2>/dev/null &
	until in_vpn ss -Hltn | grep -q :9; do sleep 0.1; done
	switch "$1"
	capture
	rm -f "$dir/tell" && mkfifo "$dir/tell"
	: >"$dir/said"
	client python3 -u /tmp/user.py <"$dir/tell" >"$dir/said" &
	exec 3>"$dir/tell"
	until grep -q connected "$dir/said"; do sleep 0.1; done
	ip -n "$client" link set tun0 down
	echo >&3
	until grep -q sent "$dir/said"; do sleep 0.1; done
	sleep 2
	expect "${1:-every user}: data by the provider while the program runs" "$(some "$(captured isp "$data")")" none
	echo >&3
	exec 3>&-
	sleep 8
	expect "${1:-every user}: and after it has ended" "$(some "$(captured isp "$data")")" "$2"
}

echo "Linux $(uname -r)"
ended "meta skuid 1000" some
lab_down
lab
ended "" none
finish
