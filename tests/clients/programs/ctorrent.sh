# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=ctorrent NEEDS=cmd:ctorrent PROCESSES=ctorrent
LAB_WORDS=torrent EXPECT="torrent/tracker torrent/handshake" MAY="dns/udp torrent/bulk"

traffic() {
	rm -rf "$LAB_DIR/download"
	mkdir "$LAB_DIR/download"
	client_start ctorrent -s "$LAB_DIR/download/payload" -e 0 "$TORRENT"
	until_ok "the download" downloaded
}
