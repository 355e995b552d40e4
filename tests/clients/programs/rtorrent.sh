# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=rtorrent NEEDS=cmd:rtorrent PROCESSES="rtorrent rtorrent main"
LAB_WORDS=torrent EXPECT="torrent/tracker torrent/handshake" MAY="dns/udp torrent/bulk torrent/dht"

traffic() {
	rm -rf "$LAB_DIR/download" "$LAB_DIR/rtorrent"
	mkdir "$LAB_DIR/download" "$LAB_DIR/rtorrent"
	client_start rtorrent -n -o "directory.default.set=$LAB_DIR/download" -o "session.path.set=$LAB_DIR/rtorrent" \
		-o system.daemon.set=true -o dht.mode.set=on "$TORRENT"
	until_ok "the download" downloaded
}
