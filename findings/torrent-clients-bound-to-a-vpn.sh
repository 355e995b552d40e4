#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# transmission 3.00, aria2 1.36.0 and rtorrent 0.9.8 (Debian 12) each can be bound to an address or an interface, and
# with it one expects them to be in the VPN with all they do while the default route is the provider's. What they leave out,
# with the tunnel up and well:
#
#   bind-address-ipv4 of transmission    names of trackers (DNS), local discovery (LSD), port mapping (UPnP, NAT-PMP)
#   --interface of aria2                 names, local discovery
#   network.bind_address of rtorrent     names
#
# Local discovery tells the provider's network the info hash, port mapping opens the real address.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"
# shellcheck source=findings/lib/torrent.sh
. "$(dirname "$0")/lib/torrent.sh"

packages transmission-daemon=3.00-2.1+deb12u1 transmission-cli=3.00-2.1+deb12u1 aria2=1.36.0-1 rtorrent=0.9.8-1 mktorrent=1.1-3 \
	dnsmasq-base=2.90-4~deb12u2 tcpdump=4.99.3-1
torrent_file

# bound NAME WANTED COMMAND...: what leaves by the provider within 14 seconds of the command.
bound() {
	lab
	split
	names
	trackers
	capture
	client_for 16 "${@:3}" >/dev/null 2>&1 || true
	expect "$1: its tracker is asked in the tunnel" "$(left_by vpn | grep -o 'http-tracker')" http-tracker
	expect "$1: on the provider's line" "$(left_by isp)" "$2"
	lab_down
}

mkdir -p "$root/tmp/transmission/torrents" "$root/tmp/rtorrent" "$root/tmp/watched"
cp "$root/tmp/it.torrent" "$root/tmp/watched"
cat >"$root/tmp/transmission/settings.json" <<'END'
{
	"bind-address-ipv4": "10.8.0.2", "lpd-enabled": true, "port-forwarding-enabled": true, "rpc-enabled": false,
	"download-dir": "/tmp/transmission", "watch-dir": "/tmp/watched", "watch-dir-enabled": true
}
END
cat >"$root/tmp/rtorrent/rc" <<'END'
network.bind_address.set = 10.8.0.2
session.path.set = /tmp/rtorrent
directory.default.set = /tmp/rtorrent
dht.mode.set = on
schedule2 = node, 2, 5, "dht.add_node=198.51.100.77:6881"
schedule2 = announce, 4, 3, "d.multicall2=main,d.tracker_announce="
system.daemon.set = true
END
bound transmission "dns lsd port-map" transmission-daemon -f -g /tmp/transmission
bound aria2 "dns lsd" aria2c --interface=tun0 --dir=/tmp/aria2 --bt-enable-lpd=true --dht-entry-point=198.51.100.77:6881 /tmp/it.torrent
TERM=xterm bound rtorrent dns rtorrent -n -o import=/tmp/rtorrent/rc /tmp/it.torrent
finish
