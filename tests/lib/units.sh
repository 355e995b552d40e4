# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The services on a machine (machine.sh), what they say of themselves, and what the far side saw of them.

PROGRAMS=/usr/local/lib/leakaudit-tests
STATE=/var/lib/leakaudit-tests
GUARDS=/sys/fs/bpf/leakaudit

# unit_file NAME: standard input becomes that unit.
unit_file() {
	cat >"$MACHINE_ROOT/etc/systemd/system/$1"
}

# machine_with CLIENT_MODE: the machine's services are there, none of them runs. The client's is "client", the VPN's "vpn".
machine_with() {
	mkdir -p "$MACHINE_ROOT$STATE"
	mkfifo "$MACHINE_ROOT$STATE/ports"
	unit_network
	unit_client "$1"
	unit_file vpn.service <<-END
		[Unit]
		After=network.target
		[Service]
		Type=notify
		ExecStart=$PROGRAMS/vpn
	END
	EVENTS=$MACHINE_ROOT/var/log/leakaudit/client.json
	OUT=$EVENTS
	printf '%s\n' '# of both units' 'output = journal' 'output = json:/var/log/leakaudit/client.json' | options_file
}

# options_file: standard input becomes the options of the client's two units.
options_file() {
	mkdir -p "$MACHINE_ROOT/etc/leakaudit"
	cat >"$MACHINE_ROOT/etc/leakaudit/client.conf"
}

# Its neighbour is known ahead and for good: no packet waits for, or is lost to, resolution.
unit_network() {
	unit_file network.service <<-END
		[Unit]
		DefaultDependencies=no
		Wants=network.target network-pre.target
		After=network-pre.target
		Before=network.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=ip addr add $MACHINE4/24 dev eth0
		ExecStart=ip link set eth0 up
		ExecStart=ip neigh replace $FAR4 lladdr $FAR_MAC dev eth0 nud permanent
		ExecStart=ip route add default via $FAR4 dev eth0 metric 100
		[Install]
		WantedBy=multi-user.target
	END
	ln -sfn ../network.service "$MACHINE_ROOT/etc/systemd/system/multi-user.target.wants/network.service"
}

# unit_client MODE [LINE]...: with further lines of its [Service].
unit_client() {
	local mode=$1

	shift
	unit_file client.service <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		ExecStart=$PROGRAMS/client $mode
		$(printf '%s\n' "$@")
		[Install]
		WantedBy=multi-user.target
	END
}

# client_is_guarded [PREFIX]: as guarded.conf says.
client_is_guarded() {
	mkdir -p "$MACHINE_ROOT/etc/systemd/system/client.service.d"
	cp "$MACHINE_ROOT${1:-/usr/local}/share/doc/leakaudit/guarded.conf" "$MACHINE_ROOT/etc/systemd/system/client.service.d/leakaudit.conf"
}

systemctl_on() {
	on_machine systemctl "$@"
}

# property UNIT NAME
property() {
	on_machine systemctl show --value --property "$2" "$1"
}

assert_state() {
	assert_equal "state of $1" "$2" "$(property "$1" ActiveState)"
}

is_state() {
	[ "$(property "$1" ActiveState)" = "$2" ]
}

# journal ARG...: of this boot, the bare messages.
journal() {
	on_machine journalctl --sync
	on_machine journalctl --boot --no-pager --output cat "$@"
}

# assert_all_well: no unit has failed, and nothing was ended by a system call that its unit forbids.
assert_all_well() {
	local said

	said=$(on_machine systemctl --failed --plain --no-legend)
	[ -z "$said" ] || fail "units that failed: $said"
	said=$(journal --grep 'status=31/SYS|SIGSYS' 2>/dev/null | grep -v '^-- ' || true)
	[ -z "$said" ] || fail "a forbidden system call: $said"
}

guards() {
	on_machine sh -c "cd $GUARDS 2>/dev/null && ls" | tr '\n' ' '
}

assert_guards() {
	assert_equal "guards" "$1" "$(guards)"
}

# tell PORT: the client sends a packet there.
tell() {
	echo "$1" >"$MACHINE_ROOT$STATE/ports"
}

# says PATTERN: whether its input has the line. It is read to its end: grep -q would leave the writer with a broken pipe.
says() {
	grep "$1" >/dev/null
}

# capture_far: from now on, what the machine sends is written to $MACHINE_DIR/far.tcpdump, a line each.
capture_far() {
	: >"$MACHINE_DIR/far.log"
	(
		cgroup_move "$FAR_CGROUP" "$BASHPID"
		exec nsenter --net="/run/netns/$MACHINE-far" -- tcpdump -i far0 -Q in -nn -l -tt
	) >"$MACHINE_DIR/far.tcpdump" 2>"$MACHINE_DIR/far.log" </dev/null &
	FAR_PID=$!
	until_ok "tcpdump" grep -q listening "$MACHINE_DIR/far.log"
}

# tcpdump has then written all that it has received.
capture_far_end() {
	until_ok "tcpdump to write its packets" far_is_written
	end_process "$FAR_PID" INT
}

far_is_written() {
	kill -USR1 "$FAR_PID"
	awk '/ captured, / { done = $2 == $5 } END { exit !done }' "$MACHINE_DIR/far.log"
}

# Packets by the exposed line: all, or those to a port.
far_packets() {
	grep -c "> $PEER4.${1:-.*}: UDP" "$MACHINE_DIR/far.tcpdump" || true
}

far_saw() {
	(($(far_packets "$1") > 0))
}

# By the device's own counter, which nothing can be lost from.
far_counted() {
	ip_in far -j -s link show dev far0 | jq '.[0].stats64.rx.packets'
}

tunnel_saw() {
	grep -qx "$1" "$MACHINE_ROOT$STATE/tunnel" 2>/dev/null
}

client_cgroup_id() {
	stat -c %i "$MACHINE_CGROUP$(property client ControlGroup)"
}

# watches_client: the last that the watcher has said of what it watches is the cgroup that the client has now.
watches_client() {
	local id path

	path=$(property client ControlGroup)
	[ -n "$path" ] || return
	id=$(stat -c %i "$MACHINE_CGROUP$path") || return
	grep -E '"action":"(ready|scope-[a-z]+)"' "$OUT" 2>/dev/null | tail -n 1 | jq -e ".event.action as \$what | .leakaudit |
		(\$what == \"scope-back\" and .cgroup.id == \"$id\") or (\$what == \"ready\" and .scope == \"$path\" and (.waiting | not))" >/dev/null
}

# leak_to PORT [FILTER]: such an event is there. By grep first: a watcher of many restarts has told much.
leak_to() {
	grep "\"port\":$1}" "$OUT" 2>/dev/null | jq -en "[inputs | select($LEAK and .destination.port == $1 and (${2:-true}))] != []" >/dev/null
}

client_has_been_refused() {
	[ -s "$MACHINE_ROOT$STATE/refused" ]
}

starts() {
	cat "$MACHINE_ROOT$STATE/starts" 2>/dev/null || echo 0
}

note() {
	echo "NOTE: $*"
}
