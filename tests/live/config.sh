# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Options from a file: a watch, a guard and a command by the same one, and what the command line says instead.

# options_file LINE...: the file becomes those lines; OPTIONS is its path.
options_file() {
	OPTIONS=$LAB_DIR/options.conf
	printf '%s\n' "$@" >"$OPTIONS"
	chmod 755 "$LAB_DIR"
}

test_watch_by_a_file() {
	lab_up
	options_file "# the lab's" "cgroup = $SCOPE" "tunnel = tun0" "allow = $PEER4:7001/udp  # ours" "interval = 1" "wait"
	start_leakaudit --config "$OPTIONS"
	assert_event '.event.action == "ready" and .leakaudit.scope == "'"${SCOPE#"$(cgroup_mount)"}"'"'
	in_client "$LAB_BIN/send" udp "$PEER4" 7001
	in_client "$LAB_BIN/send" udp "$PEER4" 7002
	wait_for_leak '.destination.port == 7002'
	stop_leakaudit
	assert_leaks '.destination.port == 7002'

	mv "$OUT" "$LAB_DIR/first.json"
	# What the line says of an option is instead of the file's.
	start_leakaudit --config "$OPTIONS" --allow "$PEER4:7002/udp"
	in_client "$LAB_BIN/send" udp "$PEER4" 7002
	in_client "$LAB_BIN/send" udp "$PEER4" 7001
	wait_for_leak '.destination.port == 7001'
	stop_leakaudit
	assert_leaks '.destination.port == 7001'
}

# The guard's policy is the file's, so that the watch by the same file contradicts nothing.
test_guard_and_its_watch_by_one_file() {
	lab_up tunnel
	options_file "cgroup = $SCOPE" "tunnel = tun0" "drop = stun,torrent" "ttl = 600" "output = json:/nowhere/at/all"
	guard_needs_bpffs
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --config "$OPTIONS") >"$LAB_DIR/guard.log" 2>&1 ||
		fail "guard: $(cat "$LAB_DIR/guard.log")"
	grep -q "holds, for stun, torrent:" "$LAB_DIR/guard.log" || fail "it is another one: $(cat "$LAB_DIR/guard.log")"
	grep -q "expires in 600 s" "$LAB_DIR/guard.log" || fail "it does not expire: $(cat "$LAB_DIR/guard.log")"
	start_leakaudit --config "$OPTIONS"
	assert_event ".event.action == \"ready\" and .leakaudit.guard == \"$LAB\""
	stop_leakaudit
	# an option of the line does contradict it
	! "$LEAKAUDIT" watch --guard "$LAB" --drop --duration 1 2>"$LAB_DIR/log.line" || fail "it is followed"
	grep -q 'its own policy' "$LAB_DIR/log.line" || fail "$(cat "$LAB_DIR/log.line")"
	guard_release
}

test_file_that_is_wrong() {
	options_file "tunnel = tun0" "alow = 192.0.2.1"
	refused 2 "$OPTIONS:2: there is no option 'alow'; the nearest is 'allow'" watch --config "$OPTIONS"
	refused 2 "$OPTIONS:2: there is no option 'alow'" guard --config "$OPTIONS"
	refused 2 "$OPTIONS:2: there is no option 'alow'" run --config "$OPTIONS" -- true
	options_file "tunnel = tun0" "" "allow = 192.0.2.1.4"
	refused 2 "$OPTIONS:3: " watch --config "$OPTIONS"
	options_file "replace"
	refused 2 "$OPTIONS:1: 'replace' is for the command line only" watch --config "$OPTIONS"
	refused 2 "no-such-file" watch --config "$LAB_DIR/no-such-file"
	refused 2 "--instance '../x'" watch --instance ../x
	options_file "tunnel = tun0"
	chmod o+w "$OPTIONS"
	refused 2 "others may write it" watch --config "$OPTIONS"
	refused 2 "others may write it" guard --config "$OPTIONS"
}

test_check_config() {
	local said

	options_file "tunnel = no-such-if" "unit = no-such-unit" "output = json" "wait" "ttl = 60" "drop = dns"
	said=$("$LEAKAUDIT" check-config "$OPTIONS") || fail "it is wrong: $said"
	for line in "$OPTIONS: right" "$OPTIONS:1: no interface is called no-such-if" "$OPTIONS:2: no unit is called no-such-unit" \
		"leakaudit watch --tunnel=no-such-if --unit=no-such-unit --output=json --wait --drop=dns" \
		"leakaudit guard --tunnel=no-such-if --unit=no-such-unit --ttl=60 --drop=dns"; do
		[[ $said == *"$line"* ]] || fail "no '$line' in: $said"
	done
	"$LEAKAUDIT" check-config -o json "$OPTIONS" | jq -e '.valid and .errors == [] and (.warnings | length) == 2 and
		.runs[1].command[2] == "--tunnel=no-such-if"' >"$LAB_DIR/found" || fail "not in JSON"
	options_file "tunnel = lo" "output = jsn"
	! said=$("$LEAKAUDIT" check-config "$OPTIONS") || fail "it is right: $said"
	[[ $said == *"$OPTIONS:2: no output is called 'jsn'; the nearest is 'json'"* ]] || fail "$said"
	! "$LEAKAUDIT" check-config -o json "$OPTIONS" >"$LAB_DIR/wrong" || fail "it is right"
	jq -e '(.valid | not) and (.errors | length) == 1 and .runs == []' "$LAB_DIR/wrong" >"$LAB_DIR/found" || fail "$(cat "$LAB_DIR/wrong")"
}
