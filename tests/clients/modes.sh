# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # what the lab and a program's file read, set and call
# One program in each of three modes: with the tunnel whole, with --drop until the tunnel has fallen, and without a tunnel.
# tests/clients/run gives PROGRAM, its file, and reads what is found from $LAB_DIR/found.

. "$TOP/tests/clients/servers.sh"

# What a program's file sets
PACKAGE=''   # Debian's package of it
NEEDS=''     # what it is made of, as tools/deps.sh names it
LAB_WORDS='' # for lab_up, beside the tunnel
EXPECT=''    # as what it must leak: CLASS or CLASS/DETAIL
MAY=''       # as what it may leak, too
PROCESSES='' # the names of its processes that send
FORKS=''     # set if children of its own send, whose pids nobody knows
BEHALF=''    # on behalf of which process of the scope it must be told to send, if it is outside of the scope
POSSIBLE=''  # set if nobody can tell for sure that it sends for the scope: the run is then not complete
DIFFERS=''   # by what the counts differ from the wire's, for a reason that its file gives
WATCH=()     # the scope, where it is not the client's cgroup

# What it defines, where that differs. With a way out traffic must succeed, as often as it is called.
servers() { :; }
prepare() { :; } # before the watch begins
traffic() { fail "no traffic"; }
cleanup() { :; }
tunnel() { tunnel_up; }
fall() { tunnel_fall; }

# shellcheck disable=SC1090
. "$PROGRAM"

CLIENT_PIDS=()

# client CMD...: runs the program on the audited host, to its end.
client() {
	client_start "$@"
	wait "$SPAWNED" || fail "it has ended with status $?: $(tail -n 3 "$LAB_DIR/client.log" | cut -c 1-300)"
}

# client_tries CMD...: whatever its status.
client_tries() {
	client_start "$@"
	wait "$SPAWNED" || true
}

# client_start CMD...: and leaves it running. Its output is in client.log.
client_start() {
	spawn_client client "$@"
	client_is "$SPAWNED"
}

# client_is PID: of one that is started otherwise.
client_is() {
	CLIENT_PIDS+=("$1")
	sends "$1"
}

# sends PID: that process may be told as the sender, and does not end before the lab does.
sends() {
	echo "$1" >>"$LAB_DIR/pids"
}

client_says() {
	until_ok "'$1' of it" client_said "$1"
}

client_said() {
	grep -qE "$1" "$LAB_DIR/client.log" && return
	alive "$SPAWNED" || fail "it has ended: $(tail -n 3 "$LAB_DIR/client.log" | cut -c 1-300)"
	return 1
}

clients_end() {
	local pid end=$((SECONDS + 10))

	for pid in "${CLIENT_PIDS[@]}"; do
		kill -TERM "$pid" 2>/dev/null || true
		until dead "$pid"; do
			((SECONDS < end)) || kill -KILL "$pid" 2>/dev/null || true
			sleep 0.02
		done
	done
	CLIENT_PIDS=()
}

cgroup_is_empty() {
	grep -qx "populated 0" "$1/cgroup.events"
}

# found KEY VALUE...: a line of what the table is made of.
found() {
	echo "$*" >>"$LAB_DIR/found"
}

# world [tunnel]
world() {
	local need

	for need in $NEEDS; do
		"$TOP/tools/deps.sh" has "$need" || skip "${need#*:} is not installed"
	done
	# shellcheck disable=SC2086 # words
	lab_up $LAB_WORDS
	: >"$LAB_DIR/pids"
	servers
	server_wait
	((!$#)) || "$1"
	prepare
	((${#WATCH[@]})) || WATCH=(--cgroup "$SCOPE")
}

# watch_program NAME [ARG]...
watch_program() {
	start_leakaudit "${WATCH[@]}" "${@:2}"
	capture_start "$1"
}

# The kernel's errors answer what comes for a socket that is gone: they are nobody's.
WIRE="not $CAPTURE_NEIGHBOUR and not $CAPTURE_MULTICAST and not (icmp[icmptype] = icmp-unreach)"
# An address inside is no packet that left.
ALARM='((.event.action | IN("leak", "possible-leak")) and .leakaudit.detail != "address-inside")'

# "PACKETS BYTES" of what the summary has as leaked, and as possibly leaked.
told() {
	summary '.summary | [.leaks, .possible // empty] | "\(map(.packets) | add) \(map(.bytes) | add)"'
}

found_complete() {
	[ "$(summary .complete)" = true ] || found "$1.incomplete" "$(summary .incomplete)"
}

test_tunnel() {
	world tunnel
	whole
	dropping
}

# What is told and not on the wire is a false alarm.
whole() {
	watch_program whole
	traffic
	clients_end
	until_ok "silence" wire_is_quiet
	stop_leakaudit
	capture_stop whole
	found whole.left "$(captured "$WIRE and not $TUNNEL_OUTER" whole)"
	found whole.told "$(told)"
	found whole.alarms "$(events "$ALARM" | wc -l)"
	found whole.transport "$(captured "$TUNNEL_OUTER" whole) $(summary_exempt transport)"
	found_complete whole
	mv "$OUT" "$LAB_DIR/whole.json"
}

# What it has to do is done while the tunnel is whole. Then it falls.
dropping() {
	local again

	watch_program dropping --drop
	traffic
	clients_end
	found dropping.alarms "$(events "$ALARM" | wc -l)"
	captured_some "$TUNNEL_OUTER" dropping || fail "the tunnel was not used"
	fall
	(traffic) >"$LAB_DIR/again.log" 2>&1 &
	again=$!
	until_ok "something to be stopped" was_stopped "$again"
	kill -KILL "$again" 2>/dev/null || true
	until_ok "its end" ended
	capture_stop dropping
	stop_leakaudit
	cleanup
	found dropping.left "$(captured "$WIRE and not $TUNNEL_OUTER" dropping)"
	found dropping.stopped "$(summary '.summary | .dropped.packets + .refused')"
	found_complete dropping
}

was_stopped() {
	has_event "$LEAK and .leakaudit.verdict == \"dropped\" and .network.direction == \"egress\"" || dead "$1"
}

ended() {
	echo 1 >"$APP/cgroup.kill"
	cgroup_is_empty "$APP"
}

test_leaking() {
	world
	watch_program leaking
	traffic
	clients_end
	world_silence
	stop_leakaudit
	capture_stop leaking
	cleanup
	found leaking.left "$(captured "$WIRE" leaking)"
	found leaking.told "$(told)"
	found_labels
	found_complete leaking
}

# found_labels: as what each flow was told at its end, and whose.
found_labels() {
	local pids

	events "$ALARM" | jq -r 'select(.event.type | index("end")) | .leakaudit |
		"class \(.class)\(if .detail then "/" + .detail else "" end)"' | sort -u >>"$LAB_DIR/found"
	events "$ALARM" | jq -r '"process \(.process.name // "none")"' | sort -u >>"$LAB_DIR/found"
	[ -z "$BEHALF" ] || found askers "$(events "$ALARM" | jq -r '.leakaudit.on_behalf_of[0].process.name // "none"' | sort -u | paste -sd ' ')"
	pids=$(jq -sc . "$LAB_DIR/pids")
	[ -n "$FORKS" ] || found strangers "$(events "$ALARM and (.process.pid | IN(${pids}[]) | not)" | wc -l)"
}
