# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Real torrent clients, from the first announce on.

test_transmission_through_the_tunnel() {
	lab_up tunnel torrent
	watch_client
	transmission_start
	download_without_leak
}

test_aria2c_through_the_tunnel() {
	lab_up tunnel torrent
	watch_client
	aria2c_start
	download_without_leak
}

download_without_leak() {
	until_ok "the download" downloaded
	world_silence
	watch_end
	assert_equal "packets past the tunnel" "0 0" "$(captured "not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR")"
	assert_no_leak
	assert_transport_exact
}

# The user's client runs for days before he looks.
test_transmission_started_before_the_tunnels_fall() {
	TORRENT_SIZE=$((16 << 20))
	lab_up tunnel torrent
	transmission_start
	until_ok "a download under way" downloading
	watch_client
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	server_late_seed
	transmission_pause_and_resume
	leaks_after_the_fall transmission-daemon
}

test_aria2c_torn_down_during_the_download() {
	TORRENT_SIZE=$((16 << 20))
	lab_up tunnel torrent
	watch_client
	aria2c_start
	until_ok "a download under way" downloading
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	server_late_seed
	leaks_after_the_fall aria2c
	assert_leaks_where "$(class torrent tracker)" '.leakaudit.remedy == "start aria2 with --interface and the tunnel'"'"'s name"'
}

# leaks_after_the_fall NAME: the client asks the tracker in clear, and connects to the peer that it is told of.
leaks_after_the_fall() {
	wait_for_leak "$(class torrent tracker) and .destination.ip == \"$TRACKER4\""
	wait_for_leak ".leakaudit.class == \"torrent\" and .destination.ip == \"$LATE_PEER4\" and .network.packets > 20"
	world_silence
	watch_end
	assert_leaks "$(by "$CLIENT_PID" "$1")" "$(cause tunnel-down)" \
		".observer.egress.interface.name == \"eth0\" and .source.ip == \"$CLIENT4\"" \
		".leakaudit.cgroup.path == \"$(cgroup_path "$APP")\""
	# A connection is told of before its payload shows what it is, if that takes long: its last event knows. One that the silence
	# has cut off has no payload.
	assert_leaks_where ".destination.ip == \"$TRACKER4\" and .leakaudit.flow == \"close\" and .network.bytes > 300" \
		"$(class torrent tracker)"
	assert_leaks_where ".destination.ip == \"$LATE_PEER4\" and .leakaudit.flow == \"close\"" \
		'.leakaudit.class == "torrent"'
	assert_all_exact
}

# The link stays, and with it the address: connections go on by themselves, outside. Nobody has seen their handshakes,
# so their class is not asked for.
test_transmission_goes_on_with_the_tunnels_address() {
	TORRENT_SIZE=$((16 << 20))
	lab_up tunnel torrent
	transmission_start
	until_ok "a download under way" downloading
	watch_client
	tunnel_link_down
	wait_for_leak ".source.ip == \"$TUNNEL4\""
	world_silence
	watch_end
	assert_leaks "$(by "$CLIENT_PID" transmission-daemon)" '.observer.egress.interface.name == "eth0"'
	assert_leaks_where ".source.ip == \"$TUNNEL4\" and .destination.ip == \"$PEER4\"" \
		'.leakaudit.cause == "tunnel-address" or .leakaudit.cause == "tunnel-down"'
	assert_all_exact
}

test_transmission_tries_utp_past_the_tunnel() {
	UTP=true
	lab_up torrent
	watch_client
	transmission_start
	wait_for_leak "$(class torrent utp) and .destination.ip == \"$PEER4\""
	world_silence
	watch_end
	assert_leaks_where '.leakaudit.class == "torrent"' "$(by "$CLIENT_PID" transmission-daemon)" "$(cause no-tunnel)"
	assert_leaks_where "$(class torrent utp)" '(.leakaudit.remedy // "") | test("^in Transmission, set bind-address-ipv4 ")'
	assert_all_exact
}
