# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# By HTTP, which is a process of its own.
PACKAGE=git NEEDS=cmd:git PROCESSES="git-remote-http" FORKS=1
LAB_WORDS=dns EXPECT="dns/udp ipv4"

servers() {
	server_web
	git init -q --bare "$LAB_DIR/web/it.git"
	git -C "$LAB_DIR/web/it.git" -c user.name=lab -c user.email=lab@lab.example commit-tree -m lab \
		"$(git -C "$LAB_DIR/web/it.git" hash-object -w -t tree /dev/null)" >"$LAB_DIR/commit"
	git -C "$LAB_DIR/web/it.git" update-ref HEAD "$(cat "$LAB_DIR/commit")"
	git -C "$LAB_DIR/web/it.git" update-server-info
}

traffic() {
	rm -rf "$LAB_DIR/clone"
	client git clone -q "http://www.$LAB_DOMAIN:8080/it.git" "$LAB_DIR/clone"
}
