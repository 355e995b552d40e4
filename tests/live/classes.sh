# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What leaks: one test per class and form, each sent by a real client where there is one.

test_no_tunnel_is_said() {
	lab_up
	watch_client
	sender_start plain udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[plain]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[plain]}" send)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" \
		"$(cause no-tunnel)" '.leakaudit.hook == "cgroup"' '.network.transport == "udp"' \
		'.network.type == "ipv4"' ".leakaudit.cgroup.path == \"$(cgroup_path "$APP")\""
	assert_all_exact
}

test_tcp_connection_is_counted() {
	lab_up
	watch_client
	sender_start stream tcp "$PEER4" 9 --lines --size 5000
	sender_line stream "more"
	wait_for_leak "$(by "${SENDER_PID[stream]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[stream]}" send)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 9)" \
		'.network.transport == "tcp"'
	assert_all_exact
}

# The whole life of a connection. The last ACK is sent by the kernel when the socket is gone already.
test_tcp_connection_is_counted_to_its_end() {
	lab_up
	watch_client
	sender_start stream tcp "$PEER4" 9
	sender_stop stream
	until_ok "the connection's last ACK" no_tcp_peer "$PEER4"
	watch_end
	assert_leaks "$(to eth0 "$CLIENT4" "$PEER4" 9)" "$(by "${SENDER_PID[stream]}" send)"
	assert_all_exact
}

# The peer has no connection of its own left once the last ACK is there.
no_tcp_peer() {
	! in_netns outside ss -Htn state all "src $1" | grep -qv LISTEN
}

test_dns_resolver_outside_the_tunnel() {
	lab_up tunnel resolver
	lab_names "$ISP4"
	watch_client
	spawn_client dig dig +short "TrAcKeR.$LAB_DOMAIN" AAAA
	wait_for_leak '.leakaudit.class == "dns"'
	wait "$SPAWNED"
	watch_end
	assert_leaks "$(by "$SPAWNED" dig)" "$(class dns udp)" "$(to eth0 "$CLIENT4" "$ISP4" 53)" "$(cause resolver)" \
		'.network.protocol == "dns"'
	assert_leaks_where .dns.question ".dns.question.name == \"TrAcKeR.$LAB_DOMAIN\"" '.dns.question.type == "AAAA"'
	assert_all_exact
}

test_dns_over_tcp() {
	lab_up tunnel resolver
	watch_client
	spawn_client dig dig +short +tcp "@$ISP4" "tracker.$LAB_DOMAIN"
	wait_for_leak '.dns.question.name'
	wait "$SPAWNED"
	watch_end
	assert_leaks "$(by "$SPAWNED" dig)" "$(to eth0 "$CLIENT4" "$ISP4" 53)"
	assert_leaks_where .dns.question "$(class dns tcp)" ".dns.question.name == \"tracker.$LAB_DOMAIN\"" \
		'.dns.question.type == "A"'
	assert_all_exact
}

test_stun_request_past_the_tunnel() {
	lab_up tunnel stun
	watch_client
	sender_start stun udp "$STUN4" 3478 --payload stun --bind-device eth0
	wait_for_leak '.leakaudit.class == "stun"'
	watch_end
	assert_leaks "$(by "${SENDER_PID[stun]}" send)" "$(class stun binding)" "$(to eth0 "$CLIENT4" "$STUN4" 3478)" \
		"$(cause bound)"
	assert_all_exact
}

test_stun_client_without_tunnel() {
	lab_up stun
	watch_client
	spawn_client stun turnutils_stunclient "$STUN4"
	wait_for_leak '.leakaudit.class == "stun"'
	wait "$SPAWNED"
	grep -q "$CLIENT4" "$LAB_DIR/stun.log" || fail "no answer: $(cat "$LAB_DIR/stun.log")"
	watch_end
	assert_leaks "$(class stun binding)" ".process.pid == $SPAWNED" "$(to eth0 "$CLIENT4" "$STUN4")"
	assert_all_exact
}

# By its magic cookie, whatever the port.
test_stun_on_any_port() {
	lab_up
	watch_client
	sender_start stun udp "$PEER4" 9 --payload stun
	wait_for_leak '.leakaudit.class == "stun"'
	watch_end
	assert_leaks "$(class stun binding)" "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_all_exact
}

# Met in its middle: by its clock, which goes on by as many microseconds as time does. Another's does not.
test_utp_by_its_clock() {
	lab_up
	watch_client
	in_client python3 -c '
import socket, struct, sys, time
s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for n in range(4):
    for sock, port, rate in zip(s, (51413, 51414), (1000000, 1000)):
        clock = int(time.monotonic() * rate) & 0xffffffff
        sock.sendto(struct.pack(">BBHIIIHH", 1, 0, 900, clock, 7, 1 << 20, 70 + n, 9) + bytes(range(60)), (sys.argv[1], port))
    time.sleep(0.02)' "$PEER4"
	wait_for_leak "$(class torrent utp)"
	watch_end
	assert_leaks_where '.destination.port == 51414' "$(class ipv4)"
	assert_all_exact
}

test_ipv6_beside_an_ipv4_only_tunnel() {
	lab_up tunnel ipv6
	watch_client
	sender_start six udp "$PEER6" 9
	sender_start four udp "$PEER4" 9
	wait_for_leak "$(by "${SENDER_PID[six]}" send)"
	watch_end
	assert_leaks "$(by "${SENDER_PID[six]}" send)" "$(class ipv6)" "$(to eth0 "$CLIENT6" "$PEER6" 9)" \
		"$(cause family)" '.network.type == "ipv6"'
	assert_all_exact
}

test_ipv6_tcp_and_dns() {
	lab_up tunnel ipv6 dns
	watch_client
	sender_start six tcp "$PEER6" 9 --size 5000
	spawn_client dig dig +short "@$DNS6" "tracker.$LAB_DOMAIN"
	wait_for_leak '.dns.question.name'
	wait "$SPAWNED"
	watch_end
	assert_leaks '.network.type == "ipv6"'
	assert_leaks_where '.leakaudit.class == "dns"' "$(by "$SPAWNED" dig)" "$(to eth0 "$CLIENT6" "$DNS6" 53)"
	assert_leaks_where '.leakaudit.class != "dns"' "$(by "${SENDER_PID[six]}" send)" "$(class ipv6)" "$(cause family)"
	assert_all_exact
}

test_icmp_echo() {
	lab_up
	watch_client
	spawn_client ping ping -c 2 -i 0.2 "$PEER4"
	wait "$SPAWNED"
	watch_end
	assert_leaks "$(by "$SPAWNED" ping)" "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4")" \
		'.network.transport == "icmp"'
	assert_all_exact
}
