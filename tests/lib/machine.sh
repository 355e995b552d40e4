# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153 # what one file sets, others and the tests read
# A machine: a root of debian.sh's in which systemd is process 1, with processes, mounts, cgroups, network and host name of its
# own. Sourced by tests/systemd/run, in a mount namespace of its own, with which the mounts end. It sets
#
#   MACHINE       a name that is unique on this host; all that the machine has carries it
#   MACHINE_DIR   a directory for its files: root/ is its root as it sees it, but for /run and /tmp
#
# The root itself is never written to: what a machine changes lies beside it, and outlives its reboots. Its network is a cable
# to the far side, another namespace: what is captured there has left.
#
#   machine                         far
#   eth0 192.0.2.10 -------------- far0 192.0.2.1    behind it 203.0.113.0/24, which takes everything and answers nothing

MACHINE4=192.0.2.10   MACHINE_MAC=02:00:00:00:00:0a
FAR4=192.0.2.1        FAR_MAC=02:00:00:00:00:01
PEER4=203.0.113.10

# machine_make ROOT: everything but the power.
machine_make() {
	MACHINE_CGROUP=$(cgroup_mount)/$MACHINE/machine
	FAR_CGROUP=$(cgroup_mount)/$MACHINE/far
	mkdir -p "$MACHINE_CGROUP" "$FAR_CGROUP" || skip "cannot make a cgroup of version 2"
	mkdir -p "$MACHINE_DIR"/{root,disk}
	# Not in the host's directory: that may be an overlay itself.
	mount -t tmpfs disk "$MACHINE_DIR/disk"
	mkdir "$MACHINE_DIR"/disk/{upper,work}
	mount -t overlay -o "lowerdir=$1,upperdir=$MACHINE_DIR/disk/upper,workdir=$MACHINE_DIR/disk/work" "$MACHINE" "$MACHINE_DIR/root" ||
		skip "no overlay file system"
	MACHINE_ROOT=$MACHINE_DIR/root
	echo "$MACHINE" >"$MACHINE_ROOT/etc/hostname"
	echo "127.0.0.1 localhost $MACHINE" >"$MACHINE_ROOT/etc/hosts" # which rsyslogd asks for, and then a name server
	rm -f "$MACHINE_ROOT/etc/resolv.conf"
	machine_quiet
	machine_plug
}

# What would look at the host's kernel, or wait for hours.
machine_quiet() {
	local unit

	for unit in sys-kernel-debug.mount sys-kernel-tracing.mount systemd-modules-load.service systemd-sysctl.service \
		systemd-udevd.service getty.target apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer; do
		ln -sfn /dev/null "$MACHINE_ROOT/etc/systemd/system/$unit"
	done
}

# The machine's end is left without an address: its network is a unit of its own, as any machine's.
machine_plug() {
	local host

	for host in machine far; do
		ip netns add "$MACHINE-$host"
		# shellcheck disable=SC2016 # expanded by the inner shell
		in_netns $host sh -c 'cd /proc/sys/net/ipv6/conf && echo 1 >all/disable_ipv6 && echo 1 >default/disable_ipv6'
		ip_in $host link set lo up
	done
	ip_in machine link add eth0 address "$MACHINE_MAC" type veth peer name far0 address "$FAR_MAC" netns "$MACHINE-far"
	ip_in far addr add "$FAR4/24" dev far0
	ip_in far link set far0 up
	ip_in far route add blackhole 203.0.113.0/24
}

# With nsenter, because "ip netns exec" replaces /sys.
in_netns() {
	nsenter --net="/run/netns/$MACHINE-$1" -- "${@:2}"
}

ip_in() {
	ip -n "$MACHINE-$1" "${@:2}"
}

# What firmware and initramfs do, in the machine's new namespaces: the kernel's file systems and devices, then systemd. What is
# not the machine's own but the host's kernel's is read-only.
machine_init() {
	set -e
	cd "$MACHINE_ROOT"
	mount --bind . .
	cd "$MACHINE_ROOT"
	mount -t proc -o nosuid,nodev,noexec proc proc
	mount --bind proc/sys proc/sys
	mount --bind proc/sys/net proc/sys/net
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
	mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
	mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf sys/fs/bpf
	machine_devices
	[ ! -e proc/sysrq-trigger ] || mount --bind dev/null proc/sysrq-trigger
	mount -t tmpfs -o nosuid,nodev,mode=755 run run
	mkdir run/host
	pivot_root . run/host
	umount -l /run/host
	hostname "$MACHINE"
	exec env -i container=other PATH="$MACHINE_PATH" SYSTEMD_LOG_TARGET=journal /lib/systemd/systemd
}

machine_devices() {
	local name major minor

	mount -t tmpfs -o nosuid,mode=755 dev dev
	mkdir -p dev/net dev/pts
	while read -r name major minor; do
		mknod -m 666 "dev/$name" c "$major" "$minor"
	done <<-END
		null 1 3
		zero 1 5
		full 1 7
		random 1 8
		urandom 1 9
		tty 5 0
		net/tun 10 200
	END
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
}

MACHINE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# machine_on: returns when it has come up. Process 1, as the host has it, to MACHINE_PID.
machine_on() {
	ip_in machine link set eth0 down
	ip_in machine addr flush dev eth0
	(
		cgroup_move "$MACHINE_CGROUP" "$BASHPID"
		export MACHINE MACHINE_ROOT MACHINE_PATH
		# shellcheck disable=SC2016 # expanded by the inner shell
		exec nsenter --net="/run/netns/$MACHINE-machine" -- unshare --mount --pid --uts --ipc --cgroup --fork --kill-child \
			--propagation private -- bash -c '. "$1" && machine_init' bash "$TOP/tests/lib/machine.sh"
	) </dev/null >"$MACHINE_DIR/console" 2>&1 &
	MACHINE_PARENT=$!
	until_ok "process 1" machine_has_first
	until_ok "the machine to come up" machine_is_up
}

machine_has_first() {
	alive "$MACHINE_PARENT" || fail "the machine does not start: $(cat "$MACHINE_DIR/console")"
	MACHINE_PID=$(pgrep -P "$MACHINE_PARENT" -x systemd)
}

machine_is_up() {
	alive "$MACHINE_PARENT" || fail "the machine has ended: $(cat "$MACHINE_DIR/console")"
	[[ $(on_machine systemctl is-system-running 2>/dev/null) == @(running|degraded) ]]
}

# on_machine CMD...: as root, in all that is the machine's but its cgroups' tree: systemd-run is the way there.
on_machine() {
	nsenter --target "$MACHINE_PID" --mount --pid --net --uts --ipc --cgroup -- env -i PATH="$MACHINE_PATH" LC_ALL=C.UTF-8 "$@"
}

# machine_off [poweroff|reboot]: in order. What came up with it ends with it; its disk and its network stay.
machine_off() {
	on_machine systemctl "${1:-poweroff}" --no-wall >/dev/null 2>&1 || true
	until_ok "the machine's end" dead "$MACHINE_PARENT"
	wait "$MACHINE_PARENT" || true
}

machine_reboot() {
	machine_off reboot
	machine_on
}

# Needs nothing but MACHINE, so that the runner can clear away what a killed test has left. With process 1 goes all that it has.
machine_down() {
	local host LAB=$MACHINE

	cgroup_tree_down
	for host in machine far; do
		[ ! -e "/run/netns/$MACHINE-$host" ] || ip netns del "$MACHINE-$host"
	done
	while mountpoint -q "$MACHINE_DIR/root"; do umount -l "$MACHINE_DIR/root"; done
	! mountpoint -q "$MACHINE_DIR/disk" || umount -l "$MACHINE_DIR/disk"
}
