# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # what tests/lib sets
# What is asked for are capabilities and not root: as a user that is made for it, with those that are needed and no other.

# Without one of these it does not run.
NEEDED=(CAP_BPF CAP_PERFMON CAP_NET_ADMIN)
# And without one of these it knows less.
USEFUL=(CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_DAC_READ_SEARCH)
# A guard is pinned where only root may write, and is root's then.
PINNING=(CAP_DAC_OVERRIDE CAP_CHOWN)

test_watch_without_root() {
	machine_with tell
	machine_on
	systemctl_on start vpn client # which is root's, as is what holds the tun
	as_nobody "${NEEDED[*]} ${USEFUL[*]}" --unit watcher --property Type=notify --property LogsDirectory=leakaudit \
		leakaudit watch --unit client --wait --output json:/var/log/leakaudit/client.json
	assert_not_root watcher
	until_ok "the client to be followed" watches_client
	tell 1001
	until_ok "packet 1001 in the tunnel" tunnel_saw 1001
	systemctl_on stop vpn
	capture_far
	tell 1002
	until_ok "packet 1002 that left" far_saw 1002
	until_ok "its event" leak_to 1002 '.process.name == "send" and .leakaudit.cause == "tunnel-down"'
	systemctl_on restart client
	until_ok "the client to be followed" watches_client
	tell 1003
	until_ok "the event of packet 1003" leak_to 1003
	systemctl_on stop watcher
	assert_all_well
}

test_guard_without_root() {
	machine_with tell
	client_is_guarded
	rm "$MACHINE_ROOT/etc/systemd/system/client.service.d/leakaudit.conf"
	unit_client tell Slice=leakaudit-client.slice
	machine_on
	systemctl_on start leakaudit-client.slice
	as_nobody "${NEEDED[*]} ${USEFUL[*]} ${PINNING[*]}" --wait leakaudit guard --name client --unit leakaudit-client.slice
	assert_guards "client "
	capture_far
	systemctl_on start client
	tell 1001
	until_ok "a refused packet" test -s "$MACHINE_ROOT$STATE/refused"
	assert_equal "packets that left" 0 "$(far_packets)"
	as_nobody "${NEEDED[*]} ${USEFUL[*]} ${PINNING[*]}" --wait leakaudit guard --release client
	tell 1002
	until_ok "packet 1002 that left" far_saw 1002
}

test_what_is_lacked_is_named() {
	local lacked others

	machine_with tell
	machine_on
	systemctl_on start client
	for lacked in "${NEEDED[@]}"; do
		others=" ${NEEDED[*]} "
		! watches_with "${others/ $lacked / }" || fail "it runs without $lacked"
		says "needs $lacked,"
	done
	! watches_with "" || fail "it runs with none"
	says "needs ${NEEDED[*]},"
	for lacked in "${USEFUL[@]}"; do
		others=" ${NEEDED[*]} ${USEFUL[*]} "
		watches_with "${others/ $lacked / }" || true # it is incomplete, as it may be
		says '"action":"summary"'
		says "without $lacked "
	done
	watches_with "${NEEDED[*]} ${USEFUL[*]}"
	! grep -q without "$MACHINE_DIR/said" || fail "nothing is missing: $(cat "$MACHINE_DIR/said")"
}

watches_with() {
	as_nobody "$1" --wait --pipe leakaudit watch --unit client --duration 0.1 >"$MACHINE_DIR/said" 2>&1
}

says() {
	grep -q -- "$1" "$MACHINE_DIR/said" || fail "it does not say '$1': $(cat "$MACHINE_DIR/said")"
}

# as_nobody CAPABILITIES ARG...: systemd-run, as a user of its own.
as_nobody() {
	on_machine systemd-run --quiet --collect --property DynamicUser=yes --property "AmbientCapabilities=$1" --property "CapabilityBoundingSet=$1" \
		--property NoNewPrivileges=yes "${@:2}"
}

assert_not_root() {
	local uid

	uid=$(on_machine stat -c %u "/proc/$(property "$1" MainPID)")
	((uid > 0)) || fail "$1 is root's"
}
