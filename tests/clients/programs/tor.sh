# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# It connects to the directory that it knows, which is no relay: more than its beginning is not seen.
PACKAGE=tor NEEDS=cmd:tor PROCESSES=tor
EXPECT=ipv4

servers() {
	tunnel_certificate relay
	spawn relay outside "$LAB_CGROUP/world" openssl s_server -quiet -accept "$PEER4:9001" -cert "$LAB_DIR/relay.crt" -key "$LAB_DIR/relay.key"
	SERVER_WAITS+=("tcp_listens outside 9001")
}

traffic() {
	rm -rf "$LAB_DIR/tor"
	client_start tor -f /dev/null --defaults-torrc /dev/null --ignore-missing-torrc --DataDirectory "$LAB_DIR/tor" --SocksPort 0 \
		--DirAuthority "lab orport=9001 v3ident=0123456789012345678901234567890123456789 $PEER4:9030 0123456789012345678901234567890123456789" \
		--TestingTorNetwork 1
	client_says "Bootstrapped [1-9]"
}
