# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# What the loader may still do once it is ready: no more than it needs, and that much still.

# As linux/capability.h numbers them.
CAP_DAC_OVERRIDE=1 CAP_DAC_READ_SEARCH=2 CAP_KILL=5 CAP_NET_ADMIN=12 CAP_SYS_PTRACE=19 CAP_SYS_ADMIN=21 CAP_SYSLOG=34 CAP_PERFMON=38 CAP_BPF=39
KEPT="$CAP_DAC_OVERRIDE $CAP_DAC_READ_SEARCH $CAP_NET_ADMIN $CAP_SYS_PTRACE $CAP_SYS_ADMIN $CAP_SYSLOG $CAP_PERFMON $CAP_BPF"

# status_of PID NAME: a line of /proc/PID/status
status_of() {
	sed -n "s/^$2:\t//p" "/proc/$1/status"
}

# kept_of SET NUMBER...: those capabilities, of what this shell has in SET.
kept_of() {
	local set=$1 bits=0 bit

	shift
	for bit in "$@"; do
		bits=$((bits | 1 << bit))
	done
	printf '%016x' $((bits & 16#$(status_of $$ "$set")))
}

# assert_given_up PID NUMBER...: has those capabilities and no other, and nothing to gain.
assert_given_up() {
	local pid=$1 set

	shift
	for set in CapPrm CapEff CapBnd; do
		assert_equal "$set" "$(kept_of "$set" "$@")" "$(status_of "$pid" "$set")"
	done
	for set in CapInh CapAmb; do
		assert_equal "$set" 0000000000000000 "$(status_of "$pid" "$set")"
	done
	assert_equal "NoNewPrivs" 1 "$(status_of "$pid" NoNewPrivs)"
	assert_equal "Seccomp" 2 "$(status_of "$pid" Seccomp)"
	! grep -q privileges "$LAB_DIR/leakaudit.log" || fail "$(cat "$LAB_DIR/leakaudit.log")"
}

test_watch_gives_up_what_it_does_not_need() {
	lab_up
	watch_client
	# shellcheck disable=SC2086 # a list of numbers
	assert_given_up "$LEAKAUDIT_PID" $KEPT
	watch_end
	assert_no_leak
}

# reader_of WHAT: the loader's process of that name; fails without.
reader_of() {
	local pid pids

	read -ra pids <"/proc/$LEAKAUDIT_PID/task/$LEAKAUDIT_PID/children" || true
	for pid in "${pids[@]}"; do
		[ "$(cat "/proc/$pid/comm")" != "read-$1" ] || echo "$pid"
	done | grep .
}

# assert_reads_only PID: what reads strangers' bytes has nothing left to give up.
assert_reads_only() {
	local set

	for set in CapPrm CapEff CapInh CapAmb; do
		assert_equal "$set" 0000000000000000 "$(status_of "$1" "$set")"
	done
	assert_equal "Seccomp" 2 "$(status_of "$1" Seccomp)"
	assert_equal "its files" 1 "$(find "/proc/$1/fd" -type l | wc -l)"
	! grep bpf-map "/proc/$1/maps" || fail "it shares the kernel's maps"
}

# And its end is told.
test_reader_of_payloads_has_no_privileges() {
	local reader

	lab_up tunnel
	watch_client
	describe_session
	wait_for '.leakaudit.detail == "address-inside"'
	reader=$(reader_of payload)
	assert_reads_only "$reader"
	kill -KILL "$reader"
	describe_session
	until_ok "word of it" grep -q "not every payload could be read" "$LAB_DIR/leakaudit.log"
	describe_session
	until_ok "another one" reader_of payload
	watch_end
	assert_equal "complete" false "$(summary .complete)"
}

# A description with the client's own address, through the tunnel, from a new socket.
describe_session() {
	(in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(f"v=0\r\no=- 1 1 IN IP4 {sys.argv[1]}\r\nc=IN IP4 {sys.argv[1]}\r\n".encode(), (sys.argv[2], 9))' "$CLIENT4" "$PEER4")
}

test_follower_gives_up_what_it_does_not_need() {
	lab_up tunnel
	GUARD_SCOPE=$APP # its daemon is the tunnel's, and has to come back
	guard_follow_start --tunnel tun0
	# shellcheck disable=SC2086 # a list of numbers
	assert_given_up "$LEAKAUDIT_PID" $KEPT
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	tunnel_up
	wait_for ".event.action == \"tunnel-up\" and .leakaudit.interface.id == \"$(ifindex client tun0)\""
	in_client ping -c 1 -W 2 "$PEER4" || fail "it is not opened"
	stop_leakaudit
}

# A hook on it, of the program that is there, and an event.
test_new_interface_after_the_privileges() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	world_plug_second
	second_leaks_from "$(netns client)"
}

# A program of its own is loaded for it, by who may do no more than that.
test_new_namespace_after_the_privileges() {
	local inner

	lab_up
	start_leakaudit --cgroup "$SCOPE"
	spawn_client inner unshare --net sleep 300
	inner=/proc/$SPAWNED/ns/net
	until_ok "a new namespace" left_netns "$SPAWNED" sleep
	world_plug_second_into "$SPAWNED"
	second_leaks_from "$inner"
}

# What reads the interfaces of others' namespaces: where it ends, or hangs, another one reads all of them again, and that is told.
test_reader_of_namespaces_has_no_privileges() {
	local inner reader how

	lab_up
	start_leakaudit --cgroup "$SCOPE" --drop=all
	spawn_client inner unshare --net sleep 300
	inner=$SPAWNED
	until_ok "a new namespace" left_netns "$inner" sleep
	until_ok "its reader" reader_of system
	for how in KILL STOP; do
		reader=$(reader_of system)
		assert_reads_only "$reader"
		kill "-$how" "$reader"
		nsenter --net="/proc/$inner/ns/net" ip link add "$how" type veth
		wait_for ".event.action == \"interface\" and .leakaudit.interface.name == \"$how\""
		[ "$(reader_of system)" != "$reader" ] || fail "it was read by $reader, which SIG$how had stopped"
	done
	until_ok "word of it" grep -q "not everything of other network namespaces could be read" "$LAB_DIR/leakaudit.log"
	! in_client "$LAB_BIN/send" udp "$PEER4" 9 || fail "it is not dropped any more"
	stop_leakaudit
	assert_equal "complete" false "$(summary .complete)"
}

# second_leaks_from NAMESPACE: a frame by eth1, which no cgroup hook sees, is a leak as soon as eth1 is known.
second_leaks_from() {
	wait_for '.event.action == "interface" and .leakaudit.interface.name == "eth1" and .leakaudit.interface.role == "exposed"'
	capture_start second isp1
	in_client nsenter --net="$1" -- "$LAB_BIN/send" packet "$SECOND_ISP4" 9 --interface eth1 --mac "$SECOND_ISP_MAC" \
		--source "$SECOND4" --source-port 7 --count 3 </dev/null
	wait_for_leak '.source.port == 7'
	stop_leakaudit
	capture_stop second
	assert_leaks "$(to eth1 "$SECOND4" "$SECOND_ISP4" 9)" '.leakaudit.hook == "tc"'
	assert_all_exact second
}

# Where the output is another user's, who keeps his directory to himself.
test_output_is_reopened_after_the_privileges() {
	local file=$LAB_DIR/theirs/events.json

	lab_up
	mkdir -m 700 "$LAB_DIR/theirs"
	chown 65534:65534 "$LAB_DIR/theirs"
	start_leakaudit --cgroup "$SCOPE" --output "json:$file"
	mv "$file" "$file.1"
	kill -HUP "$LEAKAUDIT_PID"
	until_ok "a new file" test -e "$file"
	stop_leakaudit
	assert_equal "last event" '"summary"' "$(tail -n 1 "$file" | jq .event.action)"
}

# --- begun with few

BPF_CAPS=+bpf,+perfmon,+net_admin

# with_caps CAPS: words before a command that is to run as another user than root, with these capabilities and no other.
with_caps() {
	echo "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,$1 --ambient-caps=-all,$1 --bounding-set=-all,$1"
}

# leakaudit_of_nobody: sets LEAKAUDIT to a copy that others than root may execute.
leakaudit_of_nobody() {
	chmod 755 "$LAB_DIR"
	install -m 755 "$LEAKAUDIT" "$LAB_DIR/leakaudit"
	mkdir -m 777 "$LAB_DIR/theirs"
	LEAKAUDIT_RUN=$LAB_DIR/theirs/run
	LEAKAUDIT=$LAB_DIR/leakaudit
}

test_capabilities_will_do() {
	lab_up
	leakaudit_of_nobody
	OUT=$LAB_DIR/theirs/events.json
	# shellcheck disable=SC2046 # words
	spawn leakaudit client "$LAB_CGROUP/watcher" $(with_caps "$BPF_CAPS,+sys_admin,+sys_ptrace,+dac_read_search") \
		"$LEAKAUDIT" watch --cgroup "$SCOPE" --output "json:$OUT"
	LEAKAUDIT_PID=$SPAWNED
	wait_for '.event.action == "ready"'
	capture_start
	spawn_client sender sh -c "sleep 300 | $LAB_BIN/send udp $PEER4 9 --count 3" # there still when its program is looked up
	wait_for_leak '.process.executable'
	stop_leakaudit
	capture_stop
	assert_all_exact
	assert_complete
	[ ! -s "$LAB_DIR/leakaudit.log" ] || fail "$(cat "$LAB_DIR/leakaudit.log")"
}

# A process whose namespace may not be read, of a cgroup that comes while it is waited for.
test_an_unreadable_namespace_is_no_complete_run() {
	lab_up
	leakaudit_of_nobody
	OUT=$LAB_DIR/theirs/events.json
	# shellcheck disable=SC2046 # words
	spawn leakaudit client "$LAB_CGROUP/watcher" $(with_caps "$BPF_CAPS") \
		"$LEAKAUDIT" watch --cgroup "$SCOPE/service" --wait --output "json:$OUT"
	LEAKAUDIT_PID=$SPAWNED
	wait_for '.event.action == "ready"'
	mkdir "$SCOPE/service"
	spawn sleeper isp "$SCOPE/service" sleep 300
	until_ok "a word of it" grep -q "not every network namespace" "$LAB_DIR/leakaudit.log"
	stop_leakaudit
	assert_equal "complete" false "$(events '.event.action == "summary"' | jq .leakaudit.complete)"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

test_a_missing_capability_is_named() {
	local command=(watch --duration 1) copy

	leakaudit_of_nobody
	copy=$LEAKAUDIT
	LEAKAUDIT="$(with_caps +bpf,+net_admin) $copy"
	refused 3 'needs CAP_PERFMON, ' "${command[@]}"
	LEAKAUDIT="$(with_caps +perfmon,+net_admin) $copy"
	refused 3 'needs CAP_BPF, ' "${command[@]}"
	LEAKAUDIT="$(with_caps +bpf,+perfmon) $copy"
	refused 3 'needs CAP_NET_ADMIN, ' "${command[@]}"
	LEAKAUDIT="unshare --user --map-root-user $copy"
	refused 3 'in a user namespace' "${command[@]}"
	# shellcheck disable=SC2046 # words
	$(with_caps "$BPF_CAPS") "$copy" watch --duration 1 >"$LAB_DIR/out" 2>"$LAB_DIR/err" || true # of this host, which may send
	grep -q 'without CAP_SYS_PTRACE ' "$LAB_DIR/err" || fail "$(cat "$LAB_DIR/err")"
}
