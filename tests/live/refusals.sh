# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Connections that are refused before they are made: those that can only leak, and no others.

# try_tcp ADDRESS PORT [INTERFACE]: "connected", or the error's name; says it to TRIED, and that it took less than a second.
try_tcp() {
	TRIED=$(in_client python3 -c "$TRY_TCP" "$@")
}

TRY_TCP='
import errno, os, socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM)
s.settimeout(2)
if len(sys.argv) > 3:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[3].encode())
began = time.monotonic()
try:
    s.connect((sys.argv[1], int(sys.argv[2])))
    said = "connected"
except socket.timeout:
    said = "timeout"
except OSError as e:
    said = errno.errorcode[e.errno]
print(said if time.monotonic() - began < 1 else said + " late")
'

# refusals_end HOW [N]: ends the run; connections were refused (N of them), all of them by that. Nothing was on the wire.
refusals_end() {
	capture_stop # first, so that nothing is sent again that nobody stops any more
	stop_leakaudit
	[ -z "${2:-}" ] || assert_equal "refused" "$2" "$(summary .summary.refused)"
	[ "${2:-}" = 0 ] || assert_leaks_where '.leakaudit.hook == "connect"' ".leakaudit.refused_by == \"$1\""
	assert_equal "packets that left" "0 0" "$(captured "not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR")"
}

watch_drop() {
	capture_start
	start_leakaudit --cgroup "$APP" --drop
}

# nat_on FAMILY: what comes to port 80 goes to this machine's own port 4711, as to a transparent proxy.
nat_on() {
	in_netns client nft -f - 2>"$LAB_DIR/nft.log" <<-END || skip "this kernel's nftables has no nat: $(cat "$LAB_DIR/nft.log")"
		table $1 proxy {
			chain output {
				type nat hook output priority -100;
				tcp dport 80 redirect to :4711
			}
		}
	END
}

needs_nft() {
	command -v nft >/dev/null || skip "nft is not installed"
}

proxy_start() {
	needs_nft
	spawn_client proxy "$LAB_BIN/discard" 4711
	until_ok "the proxy" tcp_listens client 4711
}

until_tried() {
	until_ok "$1" tried "$@"
}

tried() {
	local what=$1

	shift
	try_tcp "$@" && [ "$TRIED" = "$what" ]
}

# A tun has an fe80 address of its own accord, and carries no IPv6 by that.
test_ipv6_beside_an_ipv4_tunnel_is_refused_at_once() {
	lab_up tunnel ipv6
	ip_in client -6 addr show dev tun0 | grep -q fe80 || ip_in client addr add fe80::2/64 dev tun0
	watch_drop
	try_tcp "$PEER6" 9
	assert_equal "connect" EPERM "$TRIED"
	wait_for_leak '.leakaudit.hook == "connect"'
	refusals_end family 1
	assert_leaks "$(cause family)"
}

# By routes, as they come and go. A route for the LAN alone does not carry the internet.
test_ipv6_that_the_tunnel_routes_is_not_refused() {
	lab_up tunnel ipv6
	ip_in client -6 route add fd00:8::/64 dev tun0
	watch_drop
	try_tcp "$PEER6" 9
	assert_equal "with a route of private addresses" EPERM "$TRIED"
	ip_in client -6 route add 2000::/3 dev tun0
	until_tried "timeout late" "$PEER6" 9
	ip_in client -6 route del 2000::/3 dev tun0
	until_tried EPERM "$PEER6" 9
	refusals_end family
}

# In a table that a rule leads to, and only as long as one does.
test_ipv6_by_a_rules_table_is_not_refused() {
	lab_up tunnel ipv6
	ip_in client -6 route add default dev tun0 table 77
	watch_drop
	try_tcp "$PEER6" 9
	assert_equal "without a rule" EPERM "$TRIED"
	ip_in client -6 rule add fwmark 0x77 lookup 77
	until_tried "timeout late" "$PEER6" 9
	refusals_end family
}

# A transparent proxy takes what is marked by a route to this machine itself.
test_ipv6_that_a_mark_may_keep_here_is_not_refused() {
	lab_up tunnel ipv6
	ip_in client -6 route add local default dev lo table 77
	ip_in client -6 rule add fwmark 0x77 lookup 77
	watch_drop
	try_tcp "$PEER6" 9
	assert_equal "connect" "timeout late" "$TRIED"
	refusals_end family 0
}

# Without a route the kernel itself says so, and nothing would have left.
test_ipv6_without_a_route_is_no_leak() {
	lab_up tunnel
	watch_drop
	try_tcp "$PEER6" 9
	[[ $TRIED = ENETUNREACH || $TRIED = EADDRNOTAVAIL ]] || fail "connect: $TRIED"
	refusals_end family 0
	assert_no_leak
}

# nat FAMILY ADDRESS: a connection by nat to this machine is made as it is without us, the rule being followed.
nat() {
	proxy_start
	watch_drop
	try_tcp "$2" 80
	assert_equal "without a rule" EPERM "$TRIED"
	nat_on "$1"
	until_tried connected "$2" 80
	in_netns client nft delete table "$1" proxy
	until_tried EPERM "$2" 80
	nat_on "$1"
	in_netns client nft add table "$1" proxy '{ flags dormant; }'
	in_netns client nft flush ruleset
	until_tried EPERM "$2" 80
}

test_nat_to_a_proxy_of_this_machine() {
	lab_up tunnel
	tunnel_link_down
	nat ip "$PEER4"
	refusals_end family
}

test_nat_of_ipv6_to_a_proxy_of_this_machine() {
	lab_up tunnel ipv6
	nat ip6 "$PEER6"
	refusals_end family
}

test_nat_of_both_families() {
	lab_up tunnel ipv6
	nat inet "$PEER6"
	refusals_end family
}

# It is there when we come; another destination is stopped on its way out.
test_nat_that_was_there_before() {
	lab_up tunnel
	proxy_start
	nat_on ip
	tunnel_link_down
	watch_drop
	try_tcp "$PEER4" 80
	assert_equal "to the proxy" connected "$TRIED"
	try_tcp "$PEER4" 9
	assert_equal "elsewhere" "timeout late" "$TRIED"
	wait_for_leak '.destination.port == 9'
	refusals_end family 0
	assert_leaks '.leakaudit.hook == "cgroup"' '.destination.port == 9' '.leakaudit.verdict == "dropped"'
}

# Other chains keep nothing inside: of filters, and of nat for what others send.
test_chains_that_are_no_nat_of_ours() {
	lab_up tunnel
	needs_nft
	in_netns client nft -f - 2>"$LAB_DIR/nft.log" <<-END || skip "nftables: $(cat "$LAB_DIR/nft.log")"
		table ip other {
			chain output { type filter hook output priority 0; counter; }
			chain postrouting { type nat hook postrouting priority 100; counter; }
			chain prerouting { type nat hook prerouting priority -100; counter; }
		}
		table ip6 other {
			chain output { type nat hook output priority -100; counter; }
		}
	END
	tunnel_link_down
	watch_drop
	try_tcp "$PEER4" 9
	assert_equal "connect" EPERM "$TRIED"
	refusals_end family 1
}

# It is reported to nobody; what is in the table is not looked at.
test_nat_of_legacy_iptables() {
	lab_up tunnel
	tunnel_link_down
	watch_drop
	try_tcp "$PEER4" 80
	assert_equal "without the table" EPERM "$TRIED"
	in_netns client python3 -c "$ASK_FOR_TABLE" || skip "this kernel has no iptables-legacy"
	until_tried "timeout late" "$PEER4" 80
	refusals_end family
}

# IPT_SO_GET_INFO: the kernel makes a table when it is first asked for.
ASK_FOR_TABLE='
import ctypes, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
info, size = ctypes.create_string_buffer(b"nat", 84), ctypes.c_uint32(84)
sys.exit(ctypes.CDLL(None).getsockopt(s.fileno(), socket.SOL_IP, 64, info, ctypes.byref(size)) != 0)
'

test_bound_past_the_tunnel() {
	lab_up tunnel
	watch_drop
	try_tcp "$PEER4" 9 eth0
	assert_equal "by eth0" EPERM "$TRIED"
	try_tcp "$PEER4" 9 tun0
	assert_equal "by tun0" connected "$TRIED"
	wait_for_leak '.leakaudit.hook == "connect"'
	refusals_end bound 1
	assert_leaks "$(cause bound)" '.observer.egress.interface.name == "eth0"'
}

# A guard alone knows what a socket is bound to, and what that device is. Of routes it knows nothing.
test_guard_alone_refuses_what_is_bound() {
	lab_up tunnel
	guard_make
	capture_start
	try_tcp "$PEER4" 9 eth0
	assert_equal "by eth0" EPERM "$TRIED"
	try_tcp "$PEER4" 9 tun0
	assert_equal "by tun0" connected "$TRIED"
	tunnel_link_down
	try_tcp "$PEER4" 9
	assert_equal "not bound" "timeout late" "$TRIED"
	guard_follow
	try_tcp "$PEER4" 9 eth0
	assert_equal "by eth0, followed" EPERM "$TRIED"
	wait_for_leak '.leakaudit.hook == "connect"'
	refusals_end bound
	capture_start
	guard_release
}

# The index is another device's now, of another kind.
test_guard_alone_refuses_by_no_reused_index() {
	local index

	lab_up tunnel
	world_plug_second
	index=$(ifindex client eth1)
	guard_make
	try_tcp "$PEER4" 9 eth1
	assert_equal "by eth1" EPERM "$TRIED"
	ip_in client link del eth1
	ip_in client link add eth1 index "$index" type bridge || skip "no bridge with an index of its own"
	ip_in client addr add "$SECOND4/25" dev eth1
	ip_in client link set eth1 up
	try_tcp "$PEER4" 9 eth1
	[ "$TRIED" != EPERM ] || fail "by another device"
	guard_release
}
