# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # what tests/lib sets
# leakaudit@NAME, as its users start it, and what it tells systemd.

WATCH=leakaudit@client

test_watch_unit_without_a_tunnel() {
	machine_with tell
	machine_on
	watch_life
}

# A process that holds a tun is asked for its sockets.
test_watch_unit_with_a_tun_held() {
	machine_with tell
	machine_on
	systemctl_on start vpn
	watch_life
}

# Everything that is done with it.
watch_life() {
	capture_far
	systemctl_on enable "$WATCH"
	assert_equal "its state before" inactive "$(property "$WATCH" ActiveState)"
	systemctl_on start client # which wants it
	until_ok "the watcher" is_state "$WATCH" active
	until_ok "the client to be followed" watches_client
	sent 1001
	is_reopened
	sent 1002
	systemctl_on stop client
	assert_state "$WATCH" active
	systemctl_on start client
	until_ok "the client to be followed" watches_client
	sent 1003

	systemctl_on stop "$WATCH"
	assert_state "$WATCH" inactive
	assert_equal "its end" success "$(property "$WATCH" Result)"
	assert_equal "last event" '"summary"' "$(tail -n 1 "$OUT" | jq .event.action)"
	systemctl_on disable "$WATCH"
	assert_equal "links of what is disabled" "" "$(find "$MACHINE_ROOT/etc/systemd/system" -name 'leakaudit@*')"
	assert_all_well
}

# sent PORT: the client sends there, by the tunnel or as a leak that is told.
sent() {
	tell "$1"
	if is_state vpn active; then
		until_ok "packet $1 in the tunnel" tunnel_saw "$1"
		assert_equal "packets to $1 that left" 0 "$(far_packets "$1")"
		assert_no_event "$LEAK and .destination.port == $1"
	else
		until_ok "packet $1 that left" far_saw "$1"
		until_ok "its event" leak_to "$1" ".leakaudit.cgroup.id == \"$(client_cgroup_id)\""
	fi
}

# Its file is begun anew, as logrotate wants it.
is_reopened() {
	mv "$OUT" "$OUT.1"
	systemctl_on reload "$WATCH"
	until_ok "a new file" test -e "$OUT"
	mv "$OUT" "$OUT.2"
	cat "$OUT.1" "$OUT.2" >"$OUT"
	systemctl_on reload "$WATCH"
}

# --- Type=notify

# When it has been started, nothing is missed from then on.
test_watch_unit_is_started_when_the_hooks_hang() {
	machine_with tell
	machine_on
	capture_far
	systemctl_on start client
	until_ok "the client's first packet" far_saw 20001
	systemctl_on start "$WATCH"
	assert_event '.event.action == "ready"'
	tell 1001
	until_ok "a packet that left" far_saw 1001
	until_ok "its event" leak_to 1001
}

# And when it has been started before there is anything to watch, it says so.
test_watch_unit_waits_for_its_service() {
	machine_with tell
	machine_on
	systemctl_on start "$WATCH"
	assert_state "$WATCH" active
	assert_event '.event.action == "ready"'
	status_says '^waiting for '
	systemctl_on start client
	until_ok "the client to be followed" watches_client
	until_ok "its status" status_lacks waiting
}

test_watch_unit_says_how_it_stands() {
	machine_with tell
	machine_on
	capture_far
	systemctl_on start client
	until_ok "the packet of its start" far_saw 20001
	systemctl_on start "$WATCH"
	until_ok "the client to be followed" watches_client
	until_ok "its status" status_says 'client.service: there is no tunnel, no leak'
	systemctl_on start vpn
	until_ok "its status" status_says 'tunnel tun0 is up, no leak'
	systemctl_on stop vpn
	until_ok "its status" status_says 'no tunnel, no leak'
	tell 1001
	until_ok "a packet that left" far_saw 1001
	until_ok "its status" status_says 'no tunnel, 1 packet .* leaked'
	on_machine systemctl status "$WATCH" | says 'Status: "' || fail "no status for people"
}

status_says() {
	property "$WATCH" StatusText | grep -qiE "$1"
}

status_lacks() {
	! status_says "$1"
}

# A watcher that serves its watchdog lives on; one that hangs is ended, and another one follows the service.
test_watch_unit_is_watched_itself() {
	local first

	machine_with tell
	machine_on
	systemctl_on start "$WATCH"
	assert_equal "its watchdog" 30s "$(property "$WATCH" WatchdogUSec)"
	mkdir "$MACHINE_ROOT/etc/systemd/system/$WATCH.service.d"
	printf '%s\n' '[Service]' WatchdogSec=1s RestartSec=100ms >"$MACHINE_ROOT/etc/systemd/system/$WATCH.service.d/soon.conf"
	systemctl_on daemon-reload
	systemctl_on restart "$WATCH"
	systemctl_on start client
	until_ok "the client to be followed" watches_client
	first=$(property "$WATCH" MainPID)
	sleep 3
	assert_equal "its process" "$first" "$(property "$WATCH" MainPID)"

	on_machine kill -STOP "$first"
	until_ok "another watcher" is_restarted
	journal --unit "$WATCH" | says 'Watchdog timeout' || fail "it is not the watchdog that has ended it"
	capture_far
	tell 1001
	until_ok "a packet that left" far_saw 1001
	until_ok "its event" leak_to 1001
}

is_restarted() {
	(($(property "$WATCH" NRestarts) > 0)) && is_state "$WATCH" active
}

# Within the unit's confines, by a user without any privilege.
test_watch_unit_runs_a_command() {
	machine_with tell
	printf '%s\n' 'output = json:/var/log/leakaudit/client.json' "on-leak = $PROGRAMS/on-leak" | options_file
	machine_on
	systemctl_on start "$WATCH"
	systemctl_on start client
	tell 1001
	until_ok "its event" leak_to 1001
	until_ok "the command" command_has_run
	assert_all_well
}

command_has_run() {
	journal --identifier on-leak | says '^user 65534, capabilities 0000000000000000: leak$'
}

# --- what it may be started with

# It is not tried for ever.
test_watch_unit_with_a_wrong_option() {
	machine_with tell
	echo "tunel = tun0" | options_file
	machine_on
	! systemctl_on start "$WATCH" 2>/dev/null || fail "it is started"
	assert_state "$WATCH" failed
	assert_equal "status" 2 "$(property "$WATCH" ExecMainStatus)"
	journal --unit "$WATCH" | says "/etc/leakaudit/client.conf:1: there is no option 'tunel'; the nearest is 'tunnel'" || fail "it does not say why"
	on_machine leakaudit check-config && fail "check-config finds nothing wrong"
	systemctl_on start client
	assert_state client active
}

# What systemd says of how far it is confined, and said when that was last looked at.
test_units_stay_confined() {
	machine_with tell
	machine_on
	exposure leakaudit@client 3.8 # 3.6, and what it takes to become who runs --on-leak
	exposure leakaudit-guard@client 3.8
}

# exposure UNIT HIGHEST
exposure() {
	local is

	is=$(on_machine systemd-analyze security --no-pager "$1.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
	note "$1: $is"
	awk "BEGIN { exit !($is > 0 && $is <= $2) }" || fail "$1 is exposed by $is, which was $2"
}
