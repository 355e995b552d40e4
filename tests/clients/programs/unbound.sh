# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=unbound NEEDS="cmd:unbound cmd:dig" PROCESSES=unbound BEHALF=dig
LAB_WORDS=dns EXPECT=dns/udp

prepare() {
	unbound_conf unbound <<-END
		server:
			interface: 127.0.0.1
			do-not-query-localhost: no
		forward-zone:
			name: "."
			forward-addr: $DNS4
	END
	resolver_start unbound unbound -d -c "$LAB_DIR/unbound.conf"
	until_ok "unbound" udp_listens client 53
	sends "${RESOLVER_PID[unbound]}"
}

traffic() {
	ask_resolver 127.0.0.1
}
