# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What packets say, and what is kept of them: names, evidence, addresses told inside the tunnel.

# Every leaked packet is there, whole, with who sent it; Wireshark's reader takes it.
test_evidence_is_what_crossed_the_wire() {
	lab_up
	watch_client --output "pcap:$LAB_DIR/leaks.pcapng,snaplen=9216"
	sender_start plain udp "$PEER4" 9 --lines
	sender_line plain "the first"
	sender_line plain "the second one"
	sender_start stream tcp "$PEER4" 9 --lines
	sender_line stream "over a stream"
	wait_for_leak "$(by "${SENDER_PID[stream]}" send)"
	watch_end
	assert_all_exact
	assert_equal "packets kept" "$(summary .summary.leaks.packets)" \
		"$(tcpdump -r "$LAB_DIR/leaks.pcapng" -nn 2>/dev/null | wc -l)"
	assert_equal "mode" 600 "$(stat -c %a "$LAB_DIR/leaks.pcapng")"
	"$LEAKAUDIT" replay --local "$CLIENT4" --output json "$LAB_DIR/leaks.pcapng" >"$LAB_DIR/again.json" || [ $? = 1 ]
	assert_equal "bytes in the evidence" "$(summary .summary.leaks.bytes)" \
		"$(jq -r 'select(.event.action == "summary").leakaudit.summary.leaks.bytes' "$LAB_DIR/again.json")"
	grep -aq "send\[${SENDER_PID[plain]}\] ipv4 leaked over eth0" "$LAB_DIR/leaks.pcapng" ||
		fail "no comment: $(strings "$LAB_DIR/leaks.pcapng" | grep leaked | head -n 3)"
}

test_evidence_without_payload() {
	lab_up
	watch_client --no-payload --output "pcap:$LAB_DIR/leaks.pcapng"
	sender_start plain udp "$PEER4" 9 --lines
	sender_line plain "a secret that nobody may read"
	in_client dig +tries=1 +time=1 "@$PEER4" "hidden.$LAB_DOMAIN" >/dev/null || true
	wait_for_leak '.leakaudit.class == "dns"'
	watch_end
	assert_no_event '.dns.question.name'
	! grep -aq "secret\|hidden" "$LAB_DIR/leaks.pcapng" || fail "the evidence holds payload"
	assert_equal "packets kept" "$(summary .summary.leaks.packets)" \
		"$(tcpdump -r "$LAB_DIR/leaks.pcapng" -nn 2>/dev/null | wc -l)"
}

test_tls_server_is_named() {
	lab_up
	watch_client
	hello_to www.example.org
	wait_for_leak '.tls.client.server_name'
	watch_end
	assert_leaks_where .tls.client '.tls.client.server_name == "www.example.org"' "$(class ipv4)"
	assert_all_exact
}

test_dns_over_https_by_name() {
	lab_up
	watch_client
	hello_to dns.google -alpn h2
	wait_for_leak '.tls.client.server_name'
	watch_end
	assert_leaks_where .tls.client '.tls.client.server_name == "dns.google"' "$(class dns doh)"
	assert_all_exact
}

test_encrypted_dns_of_ones_own() {
	lab_up
	printf '%s\n' 'doh dns.home.example' "dnscrypt $PEER4:8443" >"$LAB_DIR/resolvers"
	watch_client --resolvers "$LAB_DIR/resolvers"
	hello_to dns.home.example
	in_client bash -c "head -c 512 /dev/zero | tr '\\0' '\\356' >/dev/udp/$PEER4/8443"
	wait_for_leak '.tls.client.server_name'
	wait_for_leak .destination.port==8443
	watch_end
	assert_leaks_where .tls.client "$(class dns doh)"
	assert_leaks_where .destination.port==8443 "$(class dns dnscrypt)"
}

# hello_to NAME [OPTION]...: a client that says hello to a server that says nothing.
hello_to() {
	in_client timeout 1 openssl s_client -connect "$PEER4:9" -servername "$@" </dev/null >/dev/null 2>&1 || true
}

test_dns_over_quic_by_protocol() {
	lab_up
	watch_client
	assert_equal "the library of ciphers, mapped before it is needed" 0 "$(ciphers_mapped)"
	say_hello_quic
	wait_for_leak '.tls.client.server_name'
	((0 < $(ciphers_mapped))) || fail "the ciphers are not libcrypto's"
	watch_end
	assert_leaks_where .tls.client '.tls.client.server_name == "dns.example"' "$(class dns doq)"
	assert_all_exact
}

test_quic_without_the_library_of_ciphers() {
	local file

	lab_up
	file=$(ldconfig -p | awk '!file && /libcrypto[.]so[.]/ { file = $NF } END { print file }')
	printf '#!/bin/sh\nmount --bind /dev/null %s && exec %s "$@"\n' "$(realpath "$file")" "$LEAKAUDIT" >"$LAB_DIR/without"
	chmod +x "$LAB_DIR/without"
	printf '#!/bin/sh\nexec unshare -m %s "$@"\n' "$LAB_DIR/without" >"$LAB_DIR/leakaudit"
	chmod +x "$LAB_DIR/leakaudit"
	LEAKAUDIT=$LAB_DIR/leakaudit watch_client
	say_hello_quic
	wait_for_leak .destination.port==9
	watch_end
	assert_leaks_where .destination.port==9 '(.tls | not)'
	grep -q "server names in QUIC were not read.*$(basename "$file")" "$LAB_DIR/leakaudit.log" || fail "no word of it"
}

# In leakaudit and in the process that reads payloads for it.
ciphers_mapped() {
	local pid

	for pid in "$LEAKAUDIT_PID" $(cat "/proc/$LEAKAUDIT_PID/task/$LEAKAUDIT_PID/children"); do
		cat "/proc/$pid/maps"
	done | grep -c libcrypto || true
}

say_hello_quic() {
	PYTHONPATH=tests/score python3 -c 'import sys, tls
sys.stdout.buffer.write(tls.quic("dns.example", ["doq"])[0])' >"$LAB_DIR/initial"
	in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(open(sys.argv[1], "rb").read(), (sys.argv[2], 9))' "$LAB_DIR/initial" "$PEER4"
}

test_tracker_is_told_the_address_inside_the_tunnel() {
	lab_up tunnel
	watch_client
	sender_start announce tcp "$PEER4" 9 --lines
	sender_line announce "GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-TR3000-abcdefghijkl&port=51413&ip=$CLIENT4 HTTP/1.1"
	wait_for '.leakaudit.detail == "address-inside"'
	watch_end
	assert_leaks ".leakaudit.address_inside == \"$CLIENT4\"" "$(by "${SENDER_PID[announce]}" send)" \
		"$(class torrent address-inside)" '.observer.egress.interface.name == "tun0"'
	assert_equal "messages that told it" 1 "$(summary .summary.inside.packets)"
	assert_equal "leaks" 0 "$(summary .summary.leaks.packets)"
}
