# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Starting and ending processes on the lab's hosts. Whoever is started is in the lab's cgroup tree, so lab_down finds it.

# enter HOST CGROUP CMD...: becomes CMD, in that network and cgroup; the pid stays that of the calling (sub)shell.
# Names are resolved by the lab's resolver: resolv.conf is the client's, and nsswitch.conf asks nothing but DNS,
# since nss-resolve and others would ask a daemon of the real host. The cgroup comes last: no process of a scope
# is ever in the real host's network.
enter() {
	local host=$1 cgroup=$2

	shift 2
	# shellcheck disable=SC2016 # expanded by the inner shell
	exec nsenter --net="$(netns "$host")" -- unshare --mount --propagation private -- sh -c '
		dir=$1 cgroup=$2
		shift 2
		for file in resolv.conf nsswitch.conf; do
			[ ! -e /etc/$file ] || mount --bind "$dir/$file" /etc/$file
		done
		echo $$ >"$cgroup/cgroup.procs" && exec "$@"' sh "$LAB_DIR" "$cgroup" "$@"
}

# in_cgroup CGROUP CMD...: in the foreground, on the client host.
in_cgroup() {
	(enter client "$@")
}

in_client() {
	in_cgroup "$APP" "$@"
}

# spawn NAME HOST CGROUP CMD...: in the background; output to $LAB_DIR/NAME.log, pid to SPAWNED.
spawn() {
	local name=$1

	shift
	: >"$LAB_DIR/$name.log" # here, so that nobody waits for words of an earlier process of that name
	(enter "$@") </dev/null >"$LAB_DIR/$name.log" 2>&1 &
	SPAWNED=$!
}

# spawn_client NAME CMD...
spawn_client() {
	spawn "$1" client "$APP" "${@:2}"
}

# A process that has ended, but that this shell has not waited for, is not alive.
alive() {
	local state

	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[[ $state == [!ZX] ]]
}

dead() { ! alive "$1"; }

# left_netns PID NAME: that process, by now of that name, is in a network namespace that is not leakaudit's.
left_netns() {
	[[ "$(readlink "/proc/$1/ns/net")" != "$(readlink "/proc/$LEAKAUDIT_PID/ns/net")" && $(cat "/proc/$1/comm") == "$2" ]]
}

# What is killed may leave half a line in what it writes.
writers_are_killed() { [ ! -d "${LAB_DIR:-}" ] || : >"$LAB_DIR/writers_killed"; }

# end_process PID [SIGNAL]: of a process that this shell started; returns when it is gone.
end_process() {
	[ "${2:-}" != KILL ] || writers_are_killed
	kill -"${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

udp_listens() { in_netns "$1" ss -Hlun "sport = :$2" | grep -q .; }
tcp_listens() { in_netns "$1" ss -Hltn "sport = :$2" | grep -q .; }
