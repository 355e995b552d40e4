#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libtorrent 2.0.8 (Debian 12; in qBittorrent and Deluge): "bound to the VPN's interface" is two settings, and whoever knows one of
# them thinks that he is done. With the default route by the provider and the tunnel up, and no less once tun0 is removed:
#
#   outgoing_interfaces alone   DHT, UDP trackers, local discovery and port maps leave by the provider: they have the listening sockets
#   listen_interfaces alone     TCP connections to peers leave
#   both                        names (DNS) leave, and in the two cases above they do as well: nothing covers these
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"
# shellcheck source=findings/lib/torrent.sh
. "$(dirname "$0")/lib/torrent.sh"

packages python3-libtorrent=2.0.8-1+b1 mktorrent=1.1-3 dnsmasq-base=2.90-4~deb12u2 tcpdump=4.99.3-1
torrent_file
cat >"$root/tmp/client.py" <<'END'
import sys
import time

import libtorrent

settings = {
    "dht_bootstrap_nodes": "198.51.100.77:6881",
    "announce_to_all_tiers": True,
    "enable_outgoing_utp": False,
}
if "listen" in sys.argv:
    settings["listen_interfaces"] = "tun0:6881"
if "outgoing" in sys.argv:
    settings["outgoing_interfaces"] = "tun0"
session = libtorrent.session(settings)
torrent = session.add_torrent({"ti": libtorrent.torrent_info("/tmp/it.torrent"), "save_path": "/tmp/content"})
for _ in range(16):
    time.sleep(1)
    torrent.force_reannounce()
    torrent.connect_peer(("198.51.100.20", 51413))
END

# bound WANTED SETTING...: what leaves by the provider before and after tun0 is removed, after 6 of 17 seconds.
bound() {
	lab
	split
	names
	trackers
	capture
	client_for 17 python3 /tmp/client.py "${@:2}" >/dev/null 2>&1 &
	sleep 6
	expect "${*:2}: before, by the provider" "$(left_by isp)" "$1"
	ip -n "$client" link del tun0
	sleep 11
	expect "${*:2}: after" "$(left_by isp)" "$1"
	lab_down
}

bound "dht dns lsd port-map udp-tracker" outgoing
bound "dns peers" listen
bound dns listen outgoing
finish
