# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# It encrypts: that its question is the scope's is only possible.
PACKAGE=stubby NEEDS="cmd:stubby cmd:unbound cmd:dig" PROCESSES=stubby BEHALF=dig
EXPECT=dns/dot MAY="" POSSIBLE=1

servers() { server_dot; }

prepare() {
	cat >"$LAB_DIR/stubby.yml" <<-END
		resolution_type: GETDNS_RESOLUTION_STUB
		dns_transport_list:
		  - GETDNS_TRANSPORT_TLS
		tls_authentication: GETDNS_AUTHENTICATION_NONE
		idle_timeout: 60000
		listen_addresses:
		  - 127.0.0.1
		upstream_recursive_servers:
		  - address_data: $DNS4
	END
	resolver_start stubby stubby -C "$LAB_DIR/stubby.yml"
	until_ok "stubby" udp_listens client 53
	sends "${RESOLVER_PID[stubby]}"
}

traffic() {
	ask_resolver 127.0.0.1
}
