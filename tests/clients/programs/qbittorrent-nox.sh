# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=qbittorrent-nox NEEDS=cmd:qbittorrent-nox PROCESSES=qbittorrent-nox
LAB_WORDS=torrent EXPECT="torrent/tracker torrent/handshake"
MAY="dns/udp torrent/bulk torrent/utp torrent/dht torrent/portmap torrent/lsd"

traffic() {
	local config=$LAB_DIR/qbittorrent/qBittorrent/config

	rm -rf "$LAB_DIR/download" "$LAB_DIR/qbittorrent"
	mkdir -p "$config" "$LAB_DIR/download"
	cat >"$config/qBittorrent.conf" <<-END
		[LegalNotice]
		Accepted=true
		[BitTorrent]
		Session\DefaultSavePath=$LAB_DIR/download
		Session\AddTorrentStopped=false
		[Preferences]
		Downloads\SavePath=$LAB_DIR/download/
		WebUI\Address=127.0.0.1
	END
	client_start env HOME="$LAB_DIR" qbittorrent-nox --profile="$LAB_DIR/qbittorrent" --save-path="$LAB_DIR/download" "$TORRENT"
	until_ok "the download" downloaded
}
