# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # root, client, isp and vpn are of lab.sh
#
# What the scripts of findings/ about torrent clients share. Comes after lab.sh.
#
#   tracker_program            writes /tmp/tracker.py: a tracker by HTTP at 198.51.100.10:6969 and by UDP at :6970 that knows one
#                              peer, 198.51.100.20:51413
#   torrent_file               makes /tmp/it.torrent with both, of a file that nobody has
#   trackers                   starts the tracker on both sides
#   split                      the default route is the provider's, and what comes from 10.8.0.2 goes by tun0: as people set it up
#                              who want one program in the tunnel
#   left_by SIDE               what the client sent there, in words: dns dht http-tracker lsd peers port-map udp-tracker

tracker_program() {
	cat >"$root/tmp/tracker.py" <<'END'
import http.server
import socket
import struct
import threading

HOST = "198.51.100.10"
PEER = socket.inet_aton("198.51.100.20") + struct.pack("!H", 51413)


class Announce(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"d8:intervali3e12:min intervali3e5:peers6:" + PEER + b"e"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def by_udp():
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind((HOST, 6970))
    while True:
        request, sender = end.recvfrom(2048)
        action, transaction = struct.unpack("!II", request[8:16])
        if action == 0:
            end.sendto(struct.pack("!IIQ", 0, transaction, 12345), sender)
        elif action == 1:
            end.sendto(struct.pack("!IIIII", 1, transaction, 3, 1, 1) + PEER, sender)


threading.Thread(target=by_udp, daemon=True).start()
http.server.ThreadingHTTPServer((HOST, 6969), Announce).serve_forever()
END
}

torrent_file() {
	head -c 1000000 /dev/urandom >"$root/tmp/content"
	chroot "$root" mktorrent -a http://tracker.example:6969/announce -a udp://tracker.example:6970/announce \
		-o /tmp/it.torrent /tmp/content >/dev/null
	rm "$root/tmp/content"
	tracker_program
}

trackers() {
	in_isp python3 "$root/tmp/tracker.py" 2>/dev/null &
	in_vpn python3 "$root/tmp/tracker.py" 2>/dev/null &
	sleep 0.5
}

split() {
	ip -n "$client" route del 0.0.0.0/1
	ip -n "$client" route del 128.0.0.0/1
	ip -n "$client" rule add from 10.8.0.2 lookup 100
	ip -n "$client" rule add oif tun0 lookup 100
	ip -n "$client" route add default via 10.8.0.1 table 100
}

left_by() {
	local kind words=()
	local -A filters=([dns]='port 53' [dht]='host 198.51.100.77' [http-tracker]='tcp port 6969' [lsd]='udp port 6771'
		[peers]='tcp and host 198.51.100.20' [port-map]='udp port 1900 or udp port 5351' [udp-tracker]='udp port 6970')

	for kind in dht dns http-tracker lsd peers port-map udp-tracker; do
		(($(captured "$1" "${filters[$kind]}"))) && words+=("$kind")
	done
	echo "${words[*]:-nothing}"
}
