# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=lftp NEEDS="cmd:lftp file:/usr/lib/python3/dist-packages/pyftpdlib" PROCESSES=lftp FORKS=1
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	server_web
	spawn ftpd outside "$LAB_CGROUP/world" /usr/bin/python3 -m pyftpdlib -p 21 -d "$LAB_DIR/web"
	SERVER_WAITS+=("tcp_listens outside 21")
}

traffic() {
	rm -rf "$LAB_DIR/copy"
	client lftp -c "set net:max-retries 1; mirror ftp://www.$LAB_DOMAIN/ $LAB_DIR/copy"
}
