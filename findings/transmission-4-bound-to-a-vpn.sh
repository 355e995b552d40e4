#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# transmission 4.1.0~beta2 (Debian 13), bound by bind-address-ipv4, with the default route the provider's. Of 3.00 it is known
# that names, local discovery and port mapping leave all the same (torrent-clients-bound-to-a-vpn.sh), and one would expect the
# rewritten version to keep all of it in the VPN. Local discovery is bound now, and UPnP; NAT-PMP is not. It also asks at each
# start, in clear text and by the provider, for names that no other program has: ip4.transmissionbt.com, ip6.transmissionbt.com
# (to learn its public address) and dht.transmissionbt.com.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"
# shellcheck source=findings/lib/torrent.sh
. "$(dirname "$0")/lib/torrent.sh"

release trixie
packages transmission-daemon=4.1.0~beta2+dfsg-3+deb13u2 mktorrent dnsmasq-base tcpdump
torrent_file
mkdir -p "$root/tmp/transmission/torrents" "$root/tmp/watched"
cp "$root/tmp/it.torrent" "$root/tmp/watched"
cat >"$root/tmp/transmission/settings.json" <<'END'
{
	"bind-address-ipv4": "10.8.0.2", "lpd-enabled": true, "dht-enabled": true, "port-forwarding-enabled": true,
	"rpc-enabled": false, "download-dir": "/tmp/transmission", "watch-dir": "/tmp/watched", "watch-dir-enabled": true
}
END
lab
split
for side in isp vpn; do
	server "$side" --listen-address=198.51.100.53 --address=/example/transmissionbt.com/198.51.100.10
done
trackers
capture
client_for 16 transmission-daemon -f -g /tmp/transmission >/dev/null 2>&1 || true

expect "its tracker is asked in the tunnel" "$(left_by vpn | grep -o http-tracker)" http-tracker
expect "on the provider's line" "$(left_by isp)" "dns port-map"
expect "NAT-PMP on the provider's line" "$(some "$(captured isp 'udp port 5351')")" some
for name in ip4 ip6 dht; do
	expect "the provider was asked for $name.transmissionbt.com" "$(some "$(asked isp "$name.transmissionbt.com")")" some
done
finish
