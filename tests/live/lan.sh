# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What keeps the link alive wherever it goes, and what goes to the LAN and is a leak all the same.

# --- DHCP: a real client, whose server may be anywhere (RFC 2131 4.4.5)

# lease_from SERVER: udhcpc has a lease from SERVER; pid to DHCP_PID.
lease_from() {
	busybox --list | grep -qx udhcpc || skip "there is no busybox with udhcpc"
	spawn dhcp-server isp "$LAB_CGROUP/world" python3 "$LAB_LIB/dhcp_server.py" isp0 192.0.2.77 "$1" "$ISP4"
	until_ok "the DHCP server" grep -q ready "$LAB_DIR/dhcp-server.log"
	cat >"$LAB_DIR/udhcpc.sh" <<-'END'
		#!/bin/sh
		[ "$1" != bound ] || ip addr replace "$ip/25" dev "$interface"
	END
	chmod +x "$LAB_DIR/udhcpc.sh"
	neighbours isp isp0 "$CLIENT_MAC" 192.0.2.77
	spawn_client udhcpc busybox udhcpc -f -i eth0 -s "$LAB_DIR/udhcpc.sh"
	DHCP_PID=$SPAWNED
	until_ok "a lease" grep -q "lease of 192.0.2.77 obtained" "$LAB_DIR/udhcpc.log"
}

# renew_with SERVER: it asks SERVER alone, by the link.
renew_with() {
	kill -USR1 "$DHCP_PID"
	until_ok "a renewal" captured_some "src host 192.0.2.77 and dst host $1 and udp dst port 67"
}

assert_dhcp_is_exempt() {
	assert_no_leak
	assert_equal "exempt as neighbour" "$(captured "udp port 67")" "$(summary_exempt neighbour)"
}

test_dhcp_renewal_with_a_server_on_the_link() {
	lab_up tunnel
	watch_client
	lease_from "$ISP4"
	renew_with "$ISP4"
	watch_end
	assert_dhcp_is_exempt
}

test_dhcp_renewal_through_a_relay() {
	lab_up tunnel
	watch_client
	lease_from "$PEER4"
	renew_with "$PEER4"
	watch_end
	assert_dhcp_is_exempt
}

# The lease is older than the watch.
test_dhcp_renewal_is_not_stopped() {
	lab_up tunnel
	capture_start
	lease_from "$PEER4"
	start_leakaudit --cgroup "$SCOPE" --drop
	renew_with "$PEER4"
	watch_end
	assert_no_leak
	assert_equal "exempt as neighbour" "$(captured "udp dst port 67 and dst host $PEER4")" "$(summary_exempt neighbour)"
}

# dhcp_send WORDS...: a message of DHCP to a server of the world, or what WORDS, in Python, make of it, from the ports of DHCP.
DHCP_SEND='
import socket, struct, sys
message = struct.pack("!BBBBIHH4s", 1, 1, 6, 0, 1, 0, 0, socket.inet_aton("192.0.2.10")) + bytes(220) + b"\x63\x82\x53\x63\x35\x01\x03\xff"
exec(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.10", 68))
for one in message if isinstance(message, list) else [message]:
    s.sendto(one, (sys.argv[1], 67))
'

# Low ports are no proof: who may not set the line's addresses does no DHCP there.
test_dhcp_of_a_process_that_may_set_no_address() {
	lab_up
	watch_client
	in_client setpriv --bounding-set=-all,+net_bind_service --inh-caps=-all,+net_bind_service -- \
		python3 -c "$DHCP_SEND" "$PEER4" ""
	wait_for_leak ".destination.port == 67"
	watch_end
	assert_leaks "$(class ipv4 dhcp)" "$(to eth0 "$CLIENT4" "$PEER4" 67)"
	assert_all_exact
}

test_what_is_no_dhcp_on_its_ports() {
	lab_up
	watch_client
	in_client python3 -c "$DHCP_SEND" "$PEER4" "message = message[:236] + b'nothing of that kind'"
	wait_for_leak ".destination.port == 67"
	watch_end
	assert_leaks "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 67)"
	assert_all_exact
}

# However many renewals came before: each message is looked at.
test_what_comes_behind_dhcp() {
	lab_up
	watch_client
	in_client python3 -c "$DHCP_SEND" "$PEER4" "message = [message] * 12 + [b'nothing of that kind'] * 3"
	wait_for_leak ".destination.port == 67"
	watch_end
	assert_leaks "$(class ipv4)" "$(to eth0 "$CLIENT4" "$PEER4" 67)"
	assert_exact true "udp dst port 67 and udp[4:2] = 28"
	assert_equal "exempt as neighbour" "$(captured "udp dst port 67 and udp[4:2] != 28")" "$(summary_exempt neighbour)"
}

# --- port mappings: asked of the router on the link, they open the real address

# send_udp PORT BYTES: to the router, from a program that is no torrent client.
send_udp() {
	in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(eval(sys.argv[3]), (sys.argv[1], int(sys.argv[2])))' "$ROUTER4" "$@"
}

test_port_mapping_by_nat_pmp() {
	lab_up tunnel
	world_private_neighbour
	watch_client
	send_udp 5351 'bytes.fromhex("00010000c8d5c8d500000e10")'
	wait_for_leak '.destination.port == 5351'
	watch_end
	assert_leaks "$(class ipv4 portmap)" "$(to eth0 "$LAN4" "$ROUTER4" 5351)" "$(cause portmap)" \
		'.message | contains("a port mapping request")'
	assert_exact true "host $ROUTER4 and udp port 5351"
}

test_port_mapping_by_pcp() {
	lab_up tunnel
	world_private_neighbour
	watch_client --drop
	send_udp 5351 'bytes.fromhex("0201000000001c2000000000000000000000ffffc0a80702") + bytes(12) + bytes.fromhex("11000000c8d50000") + bytes(16)' &&
		fail "it was let out"
	wait_for_leak '.destination.port == 5351'
	watch_end
	assert_leaks "$(class ipv4 portmap)" "$(cause portmap)" '.leakaudit.verdict == "dropped"'
	assert_equal "on the wire" "0 0" "$(captured "host $ROUTER4 and udp port 5351")"
}

# The search for a router opens nothing, the request does, also one that is cut in the middle of what it asks for; from then on the
# connection is a leak.
test_port_mapping_by_upnp() {
	lab_up tunnel
	world_private_neighbour
	spawn router isp "$LAB_CGROUP/world" "$LAB_BIN/discard" 5000
	until_ok "the router" tcp_listens isp 5000
	watch_client
	send_udp 1900 'b"M-SEARCH * HTTP/1.1\r\nHOST: 192.168.7.1:1900\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n"'
	in_client python3 -c 'import socket, sys
s = socket.create_connection((sys.argv[1], 5000))
s.sendall(b"""POST /ctl/IPConn HTTP/1.1\r
Host: 192.168.7.1:5000\r
Content-Length: 4\r
SOAPAction: "urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"\r
\r
""")
s.sendall(b"body")
t = socket.create_connection((sys.argv[1], 5000), source_address=("", 40002))
t.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
t.sendall(b"POST /ctl/IPConn HTTP/1.1\r\nX-Long: " + bytes(900).replace(b"\0", b"x") + b"\r\nSOAPAction: \"urn:schemas-upnp-org:service:WANIPConnection:1#AddPortM")
t.sendall(b"apping\"\r\nContent-Length: 0\r\n\r\n")
# each line by itself; and late on a connection that was kept
for port, before, lines in ((40003, 0, 20), (40004, 12, 0)):
	u = socket.create_connection((sys.argv[1], 5000), source_address=("", port))
	u.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	for page in range(before):
		u.sendall(b"GET /igd.xml HTTP/1.1\r\nHost: 192.168.7.1\r\n\r\n")
	u.sendall(b"POST /ctl/IPConn HTTP/1.1\r\n")
	for line in range(lines):
		u.sendall(b"X-Line: 1\r\n")
	u.sendall(b"SOAPAction: \"urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping\"\r\n\r\n")' "$ROUTER4"
	wait_for_leak '.destination.port == 5000 and .source.port == 40002'
	wait_for_leak '.destination.port == 5000 and .source.port == 40003'
	wait_for_leak '.destination.port == 5000 and .source.port == 40004'
	wait_for_leak '.destination.port == 5000 and (.source.port < 40002 or .source.port > 40004)'
	watch_end
	assert_leaks "$(class ipv4 portmap)" "$(to eth0 "$LAN4" "$ROUTER4" 5000)" "$(cause portmap)"
	assert_complete
}

test_port_mapping_that_is_allowed() {
	lab_up tunnel
	world_private_neighbour
	watch_client --allow "$ROUTER4:5351/udp"
	send_udp 5351 'bytes.fromhex("00010000c8d5c8d500000e10")'
	until_ok "the packet" captured_some "udp port 5351"
	watch_end
	assert_no_leak
	assert_equal "exempt as allowed" "$(captured "udp port 5351")" "$(summary_exempt allowed)"
}

# --- questions to a resolver on the LAN, on a port that is not the resolvers'

# resolver_on PORT: at the router of the LAN.
resolver_on() {
	spawn "resolver-$1" isp "$LAB_CGROUP/world" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root \
		--no-resolv --no-hosts --bind-interfaces --except-interface=lo --listen-address="$ROUTER4" --port="$1" \
		--address="/#/" --log-facility=-
	until_ok "a resolver" udp_listens isp "$1"
}

# Also where the length is written alone.
test_dns_on_another_port_of_the_lan() {
	local port

	lab_up tunnel
	world_private_neighbour
	for port in 54 5300 5353; do
		resolver_on "$port"
	done
	watch_client
	for port in 54 5300 5353; do
		in_client dig +tries=1 +time=5 -p "$port" "@$ROUTER4" "port$port.$LAB_DOMAIN" >/dev/null
		in_client dig +tcp +tries=1 +time=5 -p "$port" "@$ROUTER4" "port$port.$LAB_DOMAIN" >/dev/null
		in_client dig +tries=1 +time=5 -p "$port" "@$ROUTER4" "printer.local" >/dev/null || true
		wait_for_leak ".dns.question.name == \"port$port.$LAB_DOMAIN\" and .network.transport == \"tcp\""
	done
	in_client python3 -c 'import socket, struct, sys
name = b"".join(bytes([len(l)]) + l for l in sys.argv[2].encode().split(b".")) + b"\0"
q = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + name + struct.pack("!HH", 1, 1)
s = socket.create_connection((sys.argv[1], 5300))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.sendall(struct.pack("!H", len(q)))
s.sendall(q)
s.recv(1000)' "$ROUTER4" "apart.$LAB_DOMAIN"
	wait_for_leak ".dns.question.name == \"apart.$LAB_DOMAIN\""
	watch_end
	assert_leaks '.leakaudit.class == "dns" and (.leakaudit.detail == "udp" or .leakaudit.detail == "tcp")' \
		"$(cause resolver)"
	assert_no_event "$LEAK and .dns.question.name == \"printer.local\""
	for port in 54 5300 5353; do
		assert_event "$LEAK and .destination.port == $port and .network.transport == \"udp\" and
			.dns.question.name == \"port$port.$LAB_DOMAIN\""
	done
	assert_complete
}

test_unicast_question_to_a_public_port_5353() {
	lab_up
	watch_client
	in_client dig +tries=1 +time=1 -p 5353 "@$PEER4" "www.$LAB_DOMAIN" >/dev/null || true
	wait_for_leak '.destination.port == 5353'
	watch_end
	assert_leaks "$(class dns udp)" "$(to eth0 "$CLIENT4" "$PEER4" 5353)"
	assert_all_exact
}
