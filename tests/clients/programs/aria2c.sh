# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=aria2 NEEDS=cmd:aria2c PROCESSES=aria2c
LAB_WORDS=torrent EXPECT="torrent/tracker torrent/handshake" MAY="dns/udp torrent/bulk torrent/dht"

traffic() {
	rm -rf "$LAB_DIR/download"
	aria2c_start
	client_is "$CLIENT_PID"
	until_ok "the download" downloaded
}
