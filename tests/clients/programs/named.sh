# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
PACKAGE=bind9 NEEDS="cmd:named cmd:dig" PROCESSES=named BEHALF=dig
LAB_WORDS=dns EXPECT=dns/udp

prepare() {
	cat >"$LAB_DIR/named.conf" <<-END
		options {
			directory "$LAB_DIR";
			pid-file none;
			session-keyfile none;
			listen-on { 127.0.0.1; };
			listen-on-v6 { none; };
			forward only;
			forwarders { $DNS4; };
			dnssec-validation no;
			empty-zones-enable no;
		};
		controls { };
	END
	resolver_start named named -g -n 1 -c "$LAB_DIR/named.conf"
	until_ok "named" udp_listens client 53
	sends "${RESOLVER_PID[named]}"
}

traffic() {
	ask_resolver 127.0.0.1
}
