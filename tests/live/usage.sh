# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a user is told who asks for what cannot be: the reason, and the exit code for it.

test_unknown_option_names_the_nearest() {
	refused 2 '--tunnel' watch --tunel tun0
	refused 2 'exempt' watch --lan exmpt
	refused 2 'watch' wacth
	refused 2 'there are watch, run' bogus
	refused 2 ': --drop=dns' run --drop dns -- true
	refused 2 'leakaudit COMMAND -o' -o json watch
}

test_output_that_cannot_be_made() {
	refused 3 'name a file in that directory' watch -o "json:$LAB_DIR"
	refused 3 "mkdir -p" watch -o "json:$LAB_DIR/none/leaks.json"
	refused 3 "openssl rand" watch -o "http:9464,token=$LAB_DIR/none"
}

test_target_that_does_not_exist() {
	refused 3 "$(cgroup_mount)/no-such-cgroup" watch --cgroup "$(cgroup_mount)/no-such-cgroup"
	refused 3 /tmp watch --cgroup /tmp
	refused 3 4194999 watch --pid 4194999
}

test_resolver_drop_that_stops_nothing() {
	refused 2 'no dns query' watch --resolver drop
	refused 2 'no dns query' watch --resolver drop --drop=stun
	refused 2 'follow' guard --resolver folow
}

test_without_root() {
	local copy=$LAB_DIR/leakaudit # where nobody can read it

	chmod 755 "$LAB_DIR"
	install -m 755 "$LEAKAUDIT" "$copy"
	LEAKAUDIT="setpriv --reuid 65534 --regid 65534 --clear-groups $copy"
	refused 3 'root' watch
}

test_waiting_for_what_does_not_come_back() {
	refused 2 '--unit, --cgroup or --container' watch --wait
	refused 2 '--unit, --cgroup or --container' watch --wait --pid 1
}

test_more_targets_than_there_is_room_for() {
	local many=() i

	for ((i = 0; i < 65; i++)); do
		many+=(--unit "u$i")
	done
	refused 2 'at most 64' watch "${many[@]}"
	refused 2 'make a second guard' guard --name many "${many[@]}"
}

test_targets_where_fewer_are_meant() {
	refused 2 'needs a name' guard --unit a --pid 1
	refused 2 'one leakaudit test --during-drop for each' test --during-drop --unit a --unit b
	refused 2 'the command is whose traffic' run --unit a -- true
}

test_pattern_that_matches_nothing() {
	refused 2 "without its ']'" watch --tunnel 'wg[0'
	refused 2 "without its ']'" guard --exposed 'wg[0'
}

# Told at once, wherever a policy is: most often it is mistyped, and then there is no tunnel.
test_names_that_no_interface_has() {
	lab_up tunnel
	start_leakaudit --cgroup "$SCOPE" --tunnel tun1 --tunnel 'tun*' --exposed 'eth?0'
	stop_leakaudit
	assert_event '.event.action == "ready" and (.leakaudit.unmatched == [{option: "tunnel", value: "tun1", nearest: "tun0"},
		{option: "exposed", value: "eth?0", nearest: "eth0"}])
		and (.message | contains("no interface is called --tunnel tun1 (the nearest is tun0), --exposed eth?0 (the nearest is eth0)"))'
	guard_make --tunnel tun1
	grep -qF "no interface is called --tunnel tun1" "$LAB_DIR/guard.log" || fail "guard: $(cat "$LAB_DIR/guard.log")"
	guard_release
	OUT=$LAB_DIR/run.json
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" run --tunnel tun1 --output "json:$OUT" -- true || true
	assert_event '.event.action == "ready" and .leakaudit.unmatched[0].nearest == "tun0" and (.message | contains("no tunnel"))'
	in_cgroup "$LAB_CGROUP/watcher" "$LEAKAUDIT" test --tunnel tun1 --only=dns >"$LAB_DIR/test.log" 2>&1 || true
	grep -qF "no interface is called --tunnel tun1" "$LAB_DIR/test.log" || fail "test: $(cat "$LAB_DIR/test.log")"
}
