# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=rsync NEEDS=cmd:rsync PROCESSES=rsync
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	server_web
	printf 'use chroot = no\nuid = 0\ngid = 0\n[web]\npath = %s\n' "$LAB_DIR/web" >"$LAB_DIR/rsyncd.conf"
	spawn rsyncd outside "$LAB_CGROUP/world" rsync --daemon --no-detach --config "$LAB_DIR/rsyncd.conf"
	SERVER_WAITS+=("tcp_listens outside 873")
}

traffic() {
	rm -rf "$LAB_DIR/copy"
	client rsync -a "rsync://www.$LAB_DOMAIN/web/" "$LAB_DIR/copy/"
}
