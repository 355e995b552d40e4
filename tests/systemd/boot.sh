# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # what tests/lib sets
# A machine that is started anew. Its client sends from its first moment on, long before there is a network.

# boot_with [UNIT]...: these enabled, and then started with the machine.
boot_with() {
	local unit

	machine_with chatter
	machine_on
	for unit in "$@" client; do
		systemctl_on enable "$unit"
	done
	capture_far
	machine_reboot
}

# Without a guard it leaks from the first moment on that there is a line: what the others are silent about is worth telling.
test_boot_without_a_guard() {
	boot_with
	until_ok "a packet that left" far_saw 20001
}

test_boot_with_a_guard() {
	client_is_guarded_from_boot leakaudit-guard@client
	assert_order leakaudit-guard@client network-pre.target
	assert_order leakaudit-guard@client client
	until_ok "a refused packet" client_has_been_refused
	client_is_silent

	# Nobody follows: that tun0 is a tunnel is what the kernel says.
	systemctl_on start vpn
	until_ok "the tunnel to be used" tunnel_saw 20001
	tell 1001
	until_ok "a new packet in the tunnel" tunnel_saw 1001
	client_is_silent
	assert_all_well
	machine_off # the tunnel and its client in whatever order
	client_is_silent
}

# The service's own process ends with it and another goes on: to the last moment nothing of it is let out.
test_shutdown_with_a_guard() {
	client_is_guarded
	machine_with chatter
	unit_client chatter KillMode=process
	machine_on
	capture_far
	systemctl_on start leakaudit-guard@client client
	until_ok "a refused packet" client_has_been_refused
	machine_off
	client_is_silent
}

test_boot_with_a_guard_and_a_watcher() {
	client_is_guarded_from_boot leakaudit-guard@client leakaudit@client
	assert_order leakaudit-guard@client leakaudit@client
	assert_order leakaudit@client client
	until_ok "an event of what is stopped" has_event "$LEAK and .leakaudit.dropped > 0 and .destination.port == 20001"
	systemctl_on start vpn
	until_ok "the tunnel to be used" tunnel_saw 20001
	until_ok "its event" has_event '.event.action == "tunnel-up"'
	client_is_silent
	assert_all_well
}

# A service that a system begins with, as name services are: nothing has to be left out to resolve a circle.
test_boot_with_an_early_service() {
	mkdir -p "$MACHINE_ROOT/etc/systemd/system/client.service.d"
	printf '%s\n' '[Unit]' DefaultDependencies=no Before=sysinit.target >"$MACHINE_ROOT/etc/systemd/system/client.service.d/early.conf"
	client_is_guarded_from_boot leakaudit-guard@client leakaudit@client
	assert_order client sysinit.target
	assert_equal "circles" "" "$(journal --grep 'ordering cycle' | grep -v '^-- ' || true)"
	until_ok "an event of what is stopped" has_event "$LEAK and .leakaudit.dropped > 0 and .destination.port == 20001"
	client_is_silent
	assert_all_well
}

client_is_guarded_from_boot() {
	client_is_guarded
	boot_with "$@"
	until_ok "the client's first packet" is_first_start
	assert_guards "client "
}

is_first_start() {
	(($(starts) == 1))
}

# assert_order UNIT UNIT: the first was there before the second began.
assert_order() {
	local first second

	first=$(property "$1" ActiveEnterTimestampMonotonic)
	second=$(property "$2" InactiveExitTimestampMonotonic)
	((first > 0 && second > 0 && first <= second)) || fail "$1 was there at $first us, and $2 began at $second"
}

# By the line's own counter: not one packet, of whatever kind.
client_is_silent() {
	assert_equal "packets that left" 0 "$(far_counted)"
}
