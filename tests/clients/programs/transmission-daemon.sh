# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# It prefers to encrypt what it says to peers.
PACKAGE=transmission-daemon NEEDS=cmd:transmission-daemon PROCESSES=transmission-da
LAB_WORDS=torrent EXPECT="torrent/tracker torrent/bulk" MAY="dns/udp torrent/handshake torrent/utp torrent/dht"

traffic() {
	rm -rf "$LAB_DIR/download" "$LAB_DIR/transmission"
	transmission_start
	client_is "$CLIENT_PID"
	until_ok "the download" downloaded
}
