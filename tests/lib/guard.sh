# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Guards: kill switches that are pinned in bpffs, and outlive whoever made them. All that a lab makes carry its name.

GUARD_ROOT=/sys/fs/bpf/leakaudit

# Processes of the lab see a mount that was there before them, and none that they make themselves is left.
guard_needs_bpffs() {
	grep -q ' /sys/fs/bpf bpf ' /proc/self/mounts || mount -t bpf bpf /sys/fs/bpf || skip "bpffs cannot be mounted"
}

# guard_make [ARG...]: of the audited cgroup, named after the lab; returns when it holds.
guard_make() {
	guard_needs_bpffs
	(enter client "$LAB_CGROUP/watcher" "$LEAKAUDIT" guard --name "$LAB" --cgroup "$SCOPE" "$@") >"$LAB_DIR/guard.log" 2>&1 ||
		fail "guard: $(cat "$LAB_DIR/guard.log")"
}

# guard_follow: a watch of the guard that holds; as start_leakaudit.
guard_follow() {
	start_leakaudit --guard "$LAB" "$@"
}

guard_release() {
	"$LEAKAUDIT" guard --release "${1:-$LAB}" >>"$LAB_DIR/guard.log" 2>&1 || fail "release: $(cat "$LAB_DIR/guard.log")"
}

guard_holds() { [ -e "$GUARD_ROOT/${1:-$LAB}/meta" ]; }

guards_down() {
	local dir

	for dir in "$GUARD_ROOT/$LAB" "$GUARD_ROOT/$LAB+new" "$GUARD_ROOT/$LAB+old"; do
		[ ! -d "$dir" ] || rm -r "$dir"
	done
	rmdir "$GUARD_ROOT" 2>/dev/null || true
}
