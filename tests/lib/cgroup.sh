# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The lab's cgroups: one tree per lab, so that all its processes can be found and ended by it.
#
#   $LAB/client           the audited host: what a test gives to --cgroup
#   $LAB/client/app       its applications (in_client, spawn_client)
#   $LAB/client/openvpn   its VPN daemon
#   $LAB/world            the servers outside, tcpdump
#   $LAB/watcher          leakaudit itself

# cgroup v2 is not at /sys/fs/cgroup where v1 is mounted beside it.
cgroup_mount() {
	awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts
}

cgroup_tree_up() {
	CGROUP_MOUNT=$(cgroup_mount)
	[ -n "$CGROUP_MOUNT" ] || skip "cgroup v2 is not mounted"
	LAB_CGROUP=$CGROUP_MOUNT/$LAB
	mkdir "$LAB_CGROUP" || skip "cannot make a cgroup in $CGROUP_MOUNT"
	mkdir -p "$LAB_CGROUP"/{client/app,client/openvpn,world,watcher}
	SCOPE=$LAB_CGROUP/client
	APP=$SCOPE/app
}

# lab_cgroup NAME: makes a cgroup of the lab (NAME may be client/...) and prints its path.
lab_cgroup() {
	mkdir -p "$LAB_CGROUP/$1"
	echo "$LAB_CGROUP/$1"
}

# cgroup_path CGROUP: as the kernel and the events name it, from the root of the hierarchy.
cgroup_path() {
	echo "${1#"$CGROUP_MOUNT"}"
}

cgroup_move() {
	local cgroup=$1 pid=$2

	echo "$pid" >"$cgroup/cgroup.procs"
}

# refuse CGROUP ONE_IN: another program on a cgroup, which goes with it.
refuse() {
	python3 "$LAB_LIB/refuse.py" cgroup "$1" "$2"
}

cgroup_tree_down() {
	local root end=$((SECONDS + LAB_DEADLINE))

	root=$(cgroup_mount)/$LAB
	! grep -qs "^populated 1" "$root/cgroup.events" || writers_are_killed
	while [ -d "$root" ]; do
		echo 1 2>/dev/null >"$root/cgroup.kill"
		find "$root" -depth -type d -exec rmdir {} + 2>/dev/null && break
		((SECONDS < end)) || { echo "cgroup $root does not go away" >&2; break; }
		sleep 0.02
	done
}
