# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # GUARDS and others are of tests/lib
# leakaudit-guard@NAME, as its users start it.

GUARD=leakaudit-guard@client

test_guard_unit_without_a_tunnel() {
	machine_with tell
	machine_on
	guard_life
}

# A process that holds a tun is asked for its sockets.
test_guard_unit_with_a_tun_held() {
	machine_with tell
	machine_on
	systemctl_on start vpn
	guard_life
	on_machine ip link show dev tun0 >/dev/null
}

# Everything that is done with it, and nothing out by the exposed line while it holds.
guard_life() {
	client_is_guarded
	systemctl_on enable "$GUARD"
	systemctl_on start "$GUARD"
	assert_state "$GUARD" active
	assert_guards "client "
	capture_far
	systemctl_on start client
	stopped 1001
	systemctl_on reload "$GUARD"
	assert_state "$GUARD" active
	assert_guards "client "
	stopped 1002
	systemctl_on stop client
	assert_equal "packets that left" 0 "$(far_packets)"

	systemctl_on stop "$GUARD"
	assert_guards ""
	systemctl_on start client # which needs it
	assert_state "$GUARD" active
	stopped 1003
	systemctl_on stop "$GUARD" # and so ends with it
	assert_state client inactive
	assert_guards ""
	systemctl_on disable "$GUARD"
	assert_equal "packets that left" 0 "$(far_packets)"
	assert_all_well
}

# stopped PORT: the client is told to send there, and with a tunnel it goes there.
stopped() {
	tell "$1"
	if is_state vpn active; then
		until_ok "packet $1 in the tunnel" tunnel_saw "$1"
	else
		tell $((30000 + $1)) # by when this one has been read, that one was sent
		until_ok "the client to go on" pipe_is_empty
	fi
}

pipe_is_empty() {
	local waiting

	waiting=$(on_machine python3 -c '
import fcntl, os, struct, sys
fd = os.open("/var/lib/leakaudit-tests/ports", os.O_RDWR | os.O_NONBLOCK)
print(struct.unpack("i", fcntl.ioctl(fd, 0x541B, b"\0" * 4))[0])')
	((waiting == 0))
}

# A guard is lifted when its unit is stopped, and the door is open then: what was stopped before is what the guard stopped.
test_guard_unit_lets_go_when_it_is_stopped() {
	machine_with tell
	machine_on
	capture_far
	systemctl_on start "$GUARD"
	systemctl_on stop "$GUARD"
	systemctl_on start client
	tell 1001
	until_ok "a packet that left" far_saw 1001
	assert_all_well
}

# --- a start that does not come to its end

test_guard_unit_killed_while_it_starts() {
	machine_with tell
	client_is_guarded
	machine_on
	systemctl_on start --no-block client
	until_ok "a guard in the making" guard_is_half
	on_machine systemctl kill --kill-whom main --signal KILL "$GUARD"
	until_ok "its end" is_state "$GUARD" failed
	assert_guards ""
	assert_state client inactive
	systemctl_on start client
	assert_guards "client "
	assert_all_well
}

guard_is_half() {
	[ -e "/proc/$MACHINE_PID/root$GUARDS/client+new" ]
}

# One that was made by hand holds on, whatever becomes of the unit's.
test_guard_unit_that_fails_lifts_no_other() {
	machine_with tell
	echo "tunnel" | options_file
	machine_on
	on_machine systemd-run --wait --quiet --slice leakaudit-client.slice /usr/local/bin/leakaudit guard --name client --unit leakaudit-client.slice
	! systemctl_on start "$GUARD" 2>/dev/null || fail "a guard of a wrong option is started"
	assert_state "$GUARD" failed
	assert_guards "client "
}

# The old guard holds on. What is left of the new one goes with the next reload, or when the unit is stopped.
test_guard_unit_killed_while_it_reloads() {
	machine_with tell
	machine_on
	systemctl_on start "$GUARD"
	reload_killed
	systemctl_on reload "$GUARD"
	assert_guards "client "
	reload_killed
	systemctl_on stop "$GUARD"
	assert_guards ""
	assert_all_well
}

reload_killed() {
	systemctl_on reload --no-block "$GUARD"
	until_ok "a guard in the making" guard_is_half
	on_machine systemctl kill --kill-whom control --signal KILL "$GUARD"
	until_ok "the end of the reload" not_reloading
	assert_state "$GUARD" active
	[[ " $(guards)" == *" client "* ]] || fail "the old guard is gone"
}

not_reloading() {
	! is_state "$GUARD" reloading
}
