# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# What breaks a kill switch, one after the other, under traffic. The wire stays silent.

# The VPN's daemon is not in the guarded cgroup here, as a torrent client's guard would have it.
guarded_lab() {
	lab_up tunnel "$@"
	GUARD_SCOPE=$APP
}

# storm_start: processes that come, try to leak in every way, and go, until storm_end; pid to STORM_PID.
storm_start() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn_client storm bash -c '
		send=$1 peer=$2 mac=$3 source=$4
		while :; do
			"$send" udp "$peer" 9 &
			"$send" udp "$peer" 9 --bind-device eth0 &
			timeout 0.2 "$send" tcp "$peer" 9 &
			"$send" packet "$peer" 9 --interface eth0 --mac "$mac" --source "$source" --source-port 7 &
			wait
		done </dev/null >/dev/null 2>&1' bash "$LAB_BIN/send" "$PEER4" "$ISP_MAC" "$CLIENT4"
	STORM_PID=$SPAWNED
}

storm_end() {
	alive "$STORM_PID" || fail "the storm has ended: $(cat "$LAB_DIR/storm.log")"
	end_process "$STORM_PID" KILL
}

# tunnel_traffic_start: pings by the tunnel; tunnel_traffic_end: of those before the last answer, each was answered.
tunnel_traffic_start() {
	spawn_client traffic ping -i 0.01 "$PEER4"
	TRAFFIC_PID=$SPAWNED
	until_ok "traffic" grep -q 'icmp_seq=5 ' "$LAB_DIR/traffic.log"
}

tunnel_traffic_end() {
	end_process "$TRAFFIC_PID" INT
	sed -n 's/.* icmp_seq=\([0-9]*\) .*/\1/p' "$LAB_DIR/traffic.log" | sort -n |
		awk '$1 != NR { print "lost in the tunnel: " NR; exit 1 }' || fail "$(tail -n 3 "$LAB_DIR/traffic.log")"
}

test_daemon_killed_during_a_download() {
	TORRENT_SIZE=$((16 << 20))
	guarded_lab torrent
	guard_make
	capture_start
	transmission_start
	until_ok "a download under way" downloading
	# its server first: the kernel, which is not in the scope, would answer that one's packets with ICMP errors
	end_process "$VPN_SERVER_PID" KILL
	end_process "$OPENVPN_PID" KILL
	until_ok "the end of tun0" no_interface client tun0
	server_late_seed
	transmission_pause_and_resume
	try_to_leak
	guard_follow
	wait_for_leak "$(by "$CLIENT_PID" transmission-daemon) and .leakaudit.verdict == \"dropped\""
	stop_leakaudit
	capture_stop
	assert_silent
}

test_tunnel_deleted_renamed_and_flapped() {
	local n

	guarded_lab
	guard_follow_start
	capture_start
	storm_start
	for ((n = 0; n < 100; n++)); do
		ip_in client link set tun0 down
		ip_in client link set tun0 up
	done
	ip_in client link set tun0 down
	ip_in client link set tun0 name eth9
	ip_in client link set eth9 up
	ip_in client link set eth9 name tun0 2>/dev/null || true
	ip_in client link delete dev tun0 2>/dev/null || ip_in client link delete dev eth9
	sleep 0.2
	storm_end
	stop_leakaudit
	capture_stop
	assert_silent
}

test_followers_killed_at_random_moments() {
	local n

	guarded_lab
	guard_make
	tunnel_link_down
	capture_start
	storm_start
	for ((n = 0; n < 60; n++)); do
		spawn follower client "$LAB_CGROUP/watcher" "$LEAKAUDIT" watch --guard "$LAB" --output "json:$LAB_DIR/killed.json"
		sleep "0.$((RANDOM % 8))$((RANDOM % 10))"
		end_process "$SPAWNED" KILL
	done
	storm_end
	try_to_leak
	guard_follow
	stop_leakaudit
	capture_stop
	assert_silent
	grep -qs '"ready"' "$LAB_DIR/killed.json" || fail "none of them lived to see it hold"
}

test_makers_killed_at_random_moments() {
	local n

	guarded_lab
	guard_make
	tunnel_link_down
	capture_start
	storm_start
	for ((n = 0; n < 30; n++)); do
		spawn maker client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$GUARD_SCOPE" --replace
		sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
		end_process "$SPAWNED" KILL
	done
	guard_make --replace
	storm_end
	capture_stop
	assert_silent
	! guard_holds "$LAB+new" || fail "one is left in the making"
	! guard_holds "$LAB+old" || fail "one is left on its way out"
	guard_release
}

test_replaced_under_traffic() {
	local n

	guarded_lab
	guard_make
	capture_start
	tunnel_traffic_start
	storm_start_bound
	for ((n = 0; n < ${REPLACEMENTS:-100}; n++)); do
		guard_make --replace
	done
	storm_end
	tunnel_traffic_end
	capture_stop
	assert_silent
}

# Only past the tunnel: the rest would go through it.
storm_start_bound() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn_client storm bash -c '
		while :; do
			"$1" udp "$2" 9 --bind-device eth0
			"$1" packet "$2" 9 --interface eth0 --mac "$3" --source "$4" --source-port 7
		done </dev/null >/dev/null 2>&1' bash "$LAB_BIN/send" "$PEER4" "$ISP_MAC" "$CLIENT4"
	STORM_PID=$SPAWNED
}

test_follower_dies_and_the_tunnel_carries_on() {
	guarded_lab
	guard_follow_start
	tunnel_traffic_start
	end_process "$LEAKAUDIT_PID" KILL
	in_client ping -c 5 -i 0.1 "$PEER4"
	tunnel_traffic_end
	guard_holds || fail "the guard is gone"
}

# The client is up before any tunnel is.
test_client_starts_first() {
	lab_up torrent
	GUARD_SCOPE=$APP
	guard_follow_start
	capture_start
	transmission_start
	storm_start
	wait_for_leak '.process.name == "transmission-daemon"'
	storm_end
	capture_stop
	assert_silent
	tunnel_up
	wait_for '.event.action == "tunnel-up"'
	capture_start later
	until_ok "the download" downloaded
	capture_stop later
	assert_silent later
	stop_leakaudit
}

test_ipv6_router_that_appears_later() {
	guarded_lab
	guard_make
	capture_start
	ipv6_on client eth0
	ipv6_on isp isp0
	ip_in isp addr add 2001:db8:1::1/64 dev isp0 nodad
	spawn router isp "$LAB_CGROUP/world" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --port=0 \
		--interface=isp0 --enable-ra --dhcp-range=2001:db8:1::,ra-only,64 --log-facility=-
	until_ok "a router advertisement" has_ipv6_route
	in_client "$LAB_BIN/send" udp 2001:db8:2::10 9 </dev/null 2>"$LAB_DIR/v6.log" && fail "it was sent"
	grep -q "Operation not permitted" "$LAB_DIR/v6.log" || fail "$(cat "$LAB_DIR/v6.log")"
	in_client timeout 1 "$LAB_BIN/send" tcp 2001:db8:2::10 9 </dev/null 2>/dev/null && fail "it was connected"
	capture_stop
	assert_silent
}

ipv6_on() {
	in_netns "$1" sh -c "cd /proc/sys/net/ipv6/conf/$2; echo 0 >addr_gen_mode; echo 2 >accept_ra; echo 1 >autoconf
		echo 0 >disable_ipv6"
}

has_ipv6_route() {
	ip_in client -6 route show default proto ra | grep -q eth0 && ip_in client -6 addr show dev eth0 scope global | grep -v tentative | grep -q inet6
}

test_new_interface_with_a_default_route() {
	guarded_lab
	guard_follow_start
	world_plug_second
	capture_start second isp1
	ip_in client route replace default via "$SECOND_ISP4" dev eth1 metric 1
	storm_start
	wait_for_leak '.observer.egress.interface.name == "eth1"'
	storm_end
	in_client "$LAB_BIN/send" packet "$SECOND_ISP4" 9 --interface eth1 --mac "$SECOND_ISP_MAC" --source "$SECOND4" </dev/null 2>/dev/null &&
		fail "a frame was sent"
	stop_leakaudit
	capture_stop second
	assert_silent second
}

test_injected_routes() {
	guarded_lab
	guard_make
	capture_start
	ip_in client route add 128.0.0.0/1 via "$ISP4" dev eth0 proto dhcp
	ip_in client route add "$PEER4/32" via "$ISP4" dev eth0
	try_to_leak
	capture_stop
	assert_silent
}

# A hostile DHCP server says that the whole of a public range is on the link.
test_lan_claimed_on_a_public_range() {
	guarded_lab
	guard_make
	capture_start
	ip_in client addr add 203.0.113.200/24 dev eth0
	neighbours client eth0 "$ISP_MAC" "$PEER4"
	try_to_leak
	capture_stop
	assert_silent
}

test_vpn_server_addressed_by_another_process() {
	lab_up tunnel
	guard_make
	capture_start
	in_client ping -c 2 -i 0.2 "$PEER4"
	in_client "$LAB_BIN/send" udp "$VPN4" "$TUNNEL_PORT" --source "$CLIENT4" --source-port 7777 </dev/null 2>/dev/null && fail "it was sent"
	in_client ping -c 2 -i 0.2 "$PEER4"
	capture_stop
	assert_equal "packets that left in clear" "0 0" "$(captured "host $VPN4 and src port 7777")"
	assert_silent
}

# Its sockets are other cgroups', and known a moment after it came; what it opens from then on is the scope's.
test_process_moved_into_the_scope() {
	local before

	lab_up
	GUARD_SCOPE=$APP
	guard_follow_start
	before=$(lab_cgroup elsewhere)
	sender_start_in mover "$before" udp "$PEER4" 9 --lines
	cgroup_move "$APP" "${SENDER_PID[mover]}"
	until_ok "its socket to be known" mover_is_stopped
	capture_start
	echo "not any more" >&"${SENDER_FD[mover]}"
	wait_for_leak "$(by "${SENDER_PID[mover]}" send) and .leakaudit.verdict == \"dropped\""
	stop_leakaudit
	capture_stop
	assert_silent
}

mover_is_stopped() {
	echo "still?" >&"${SENDER_FD[mover]}"
	has_event "$LEAK and .leakaudit.verdict == \"dropped\" and .process.pid == ${SENDER_PID[mover]}"
}

test_sockets_opened_before_the_guard() {
	guarded_lab
	sender_start udp udp "$PEER4" 9 --connect --lines
	sender_start tcp tcp "$PEER4" 9 --lines
	guard_make
	capture_start
	tunnel_link_down
	echo "not any more" >&"${SENDER_FD[udp]}"
	echo "nor this" >&"${SENDER_FD[tcp]}"
	until_ok "the error" grep -q "Operation not permitted" "$LAB_DIR/udp.log"
	sleep 0.5 # retransmissions
	end_process "${SENDER_PID[tcp]}" KILL
	sleep 0.3 # FIN and RST
	capture_stop
	assert_silent
}
