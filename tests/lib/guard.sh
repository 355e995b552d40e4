# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Guards: kill switches that are pinned in bpffs, and outlive whoever made them. All that a lab makes carry its name.

GUARD_ROOT=/sys/fs/bpf/leakaudit

# Processes of the lab see a mount that was there before them, and none that they make themselves is left. No guard is made in
# one that the first process does not have.
guard_needs_bpffs() {
	grep -q ' /sys/fs/bpf bpf ' /proc/self/mounts || mount -t bpf bpf /sys/fs/bpf || skip "bpffs cannot be mounted"
	grep -q ' /sys/fs/bpf .* - bpf ' /proc/1/mountinfo || skip "process 1 has no bpffs"
}

# guard_bpffs_of_our_own: one that nobody else uses, to GUARD_BPFFS. The first process has it, too; whoever is to use it binds it to
# /sys/fs/bpf.
guard_bpffs_of_our_own() {
	GUARD_BPFFS=/run/$LAB-bpf
	mkdir "$GUARD_BPFFS"
	mount -t bpf bpf "$GUARD_BPFFS" || skip "bpffs cannot be mounted"
	grep -q " $GUARD_BPFFS .* - bpf " /proc/1/mountinfo || skip "process 1 does not have what is mounted here"
}

# guard_make [ARG...]: of the audited cgroup (or GUARD_SCOPE), named after the lab; returns when it holds.
guard_make() {
	guard_needs_bpffs
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "${GUARD_SCOPE:-$SCOPE}" "$@") >"$LAB_DIR/guard.log" 2>&1 ||
		fail "guard: $(cat "$LAB_DIR/guard.log")"
}

# guard_follow: a watch of the guard that holds; as start_leakaudit.
guard_follow() {
	start_leakaudit --guard "$LAB" "$@"
}

# guard_follow_start [ARG...]: makes one and stays; as start_leakaudit.
guard_follow_start() {
	guard_needs_bpffs
	OUT=$LAB_DIR/events.json
	spawn leakaudit client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "${GUARD_SCOPE:-$SCOPE}" \
		--follow "$@" --output "json:$OUT"
	LEAKAUDIT_PID=$SPAWNED
	wait_for '.event.action == "ready"'
}

guard_release() {
	"$LEAKAUDIT" guard --release "${1:-$LAB}" >>"$LAB_DIR/guard.log" 2>&1 || fail "release: $(cat "$LAB_DIR/guard.log")"
}

guard_holds() { [ -e "$GUARD_ROOT/${1:-$LAB}/meta" ]; }

guards_down() {
	local dir

	for dir in "$GUARD_ROOT/$LAB" "$GUARD_ROOT/$LAB"[+-]*; do
		[ ! -d "$dir" ] || rm -r "$dir"
	done
	rmdir "$GUARD_ROOT" 2>/dev/null || true
	[ ! -d "/run/$LAB-bpf" ] || { umount "/run/$LAB-bpf"; rmdir "/run/$LAB-bpf"; }
}

# assert_silent [CAPTURE]: no packet of the client's on the ISP's side, but the tunnel's own and what keeps the link alive.
assert_silent() {
	local wire="not $TUNNEL_OUTER and not $CAPTURE_NEIGHBOUR and not $CAPTURE_MULTICAST"

	assert_equal "packets that left" "0 0" "$(captured "$wire" "${1:-wire}")"
}

# try_to_leak: a packet of each sort that would leave, were it let.
try_to_leak() {
	in_client "$LAB_BIN/send" udp "$PEER4" 9 >/dev/null 2>&1 </dev/null && fail "a datagram was sent"
	in_client timeout 1 "$LAB_BIN/send" tcp "$PEER4" 9 >/dev/null 2>&1 </dev/null && fail "it was connected"
	in_client "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" --source "$CLIENT4" --source-port 7 \
		>/dev/null 2>&1 </dev/null && fail "a frame was sent"
	return 0
}

# reuse_index INDEX: a way out that has the index of what was the tunnel.
reuse_index() {
	ip_in client link add uplink index "$1" type veth peer name uplink-peer || skip "no veth with an index of its own"
	ip_in client link set uplink up
	ip_in client link set uplink-peer up
	ip_in client route add "$PEER4/32" dev uplink
	neighbours client uplink "$ISP_MAC" "$PEER4"
}
