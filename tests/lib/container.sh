# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Containers: namespaces on the client host, and what connects them to its network.

BOX_USER=(setpriv --reuid 2000 --regid 2000 --clear-groups --)

# box_up [CGROUP]: a user's namespace without a network, of a process in that cgroup; pid to BOX_PID.
box_up() {
	spawn box client "${1:-$APP}" "${BOX_USER[@]}" unshare --user --map-root-user --net -- sleep infinity
	BOX_PID=$SPAWNED
	until_ok "the box" box_is_apart
	in_box sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
		echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	in_box ip link set lo up
}

box_is_apart() {
	[[ $(cat "/proc/$BOX_PID/comm") == sleep &&
		"$(readlink "/proc/$BOX_PID/ns/net")" != "$(in_netns client readlink /proc/self/ns/net)" ]]
}

# in_box CMD...: in the box's network, but in nobody's cgroup.
in_box() {
	nsenter --net="/proc/$BOX_PID/ns/net" -- "$@"
}

# box_send NAME CGROUP ARG...: the packet sender in the box's network.
box_send() {
	spawn "$1" client "$2" nsenter --net="/proc/$BOX_PID/ns/net" -- "$LAB_BIN/send" "${@:3}"
}

# usernet_up slirp4netns|pasta CGROUP: connects the box to the client host by a process in that cgroup.
usernet_up() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	"usernet_$1" "$2"
	USERNET_PID=$SPAWNED
	until_ok "the network of the box" box_has_route
	until_ok "its gateway" box_has_gateway
}

# As on a machine with udev, where every user may open it.
WITH_TUN=(sh -c 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "$@"' sh)

usernet_slirp4netns() {
	spawn usernet client "$1" "${WITH_TUN[@]}" "${BOX_USER[@]}" slirp4netns --configure --mtu=1500 --disable-host-loopback "$BOX_PID" tap0
}

usernet_pasta() {
	spawn usernet client "$1" "${WITH_TUN[@]}" "${BOX_USER[@]}" pasta --foreground --config-net --ipv4-only --interface eth0 \
		-t none -u none -T none -U none "$BOX_PID"
}

# On a busy machine the process answers late, and a datagram that waits for the gateway's address is dropped after three seconds.
box_has_gateway() {
	local gateway

	gateway=$(in_box ip -j route show default | jq -r '.[0].gateway')
	in_box ip neigh show "$gateway" | grep -q lladdr && return
	in_box ping -c 1 -W 1 "$gateway" >/dev/null
	return 1
}

box_has_route() {
	alive "$USERNET_PID" || fail "it has ended: $(cat "$LAB_DIR/usernet.log")"
	in_box ip route show default | grep -q default
}

# box_wire [BRIDGE]: connects the box to the client host by a veth pair, as a container: the host forwards what it sends, with an
# address of its own. With a bridge the host's end is a port of that.
BOX4=10.7.0.2 BOX6=fd00:7::2 BOX_GATEWAY4=10.7.0.1

box_wire() {
	local host_end=box0

	ip_in client link add box0 type veth peer name eth0 netns "$BOX_PID"
	ip_in client link set box0 up
	if (($#)); then
		host_end=$1
		ip_in client link add "$1" type bridge
		ip_in client link set "$1" up
		ip_in client link set box0 master "$1"
	fi
	ip_in client addr add "$BOX_GATEWAY4/24" dev "$host_end"
	in_box ip link set eth0 up
	in_box ip addr add "$BOX4/24" dev eth0
	in_box ip route add default via "$BOX_GATEWAY4"
	in_netns client sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	command -v nft >/dev/null || skip "nft is not installed"
	in_netns client nft 'add table ip box; add chain ip box post { type nat hook postrouting priority srcnat; };
		add rule ip box post ip saddr 10.7.0.0/24 oifname { "eth0", "tun0" } masquerade' || skip "no nat here"
}

# --- virtual machines

# vm_up CGROUP [SOURCE MAC]: a process in that cgroup that holds tap0 and is to write frames of 10.9.0.2 (or SOURCE) into it, for the
# host (or MAC) and then for PEER4 (or VM_PEER4); pid to VM_PID, name to VM_NAME.
vm_up() {
	mkfifo "$LAB_DIR/vm.pipe"
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn vm client "$1" sh -c 'exec python3 "$@" <"$0"' "$LAB_DIR/vm.pipe" "$LAB_LIB/tap_vm.py" tap0 "${2:-10.9.0.2}" "${VM_PEER4:-$PEER4}" 8 "${@:3}"
	VM_PID=$SPAWNED
	exec {VM_FD}>"$LAB_DIR/vm.pipe"
	until_ok "the tap" grep -q held "$LAB_DIR/vm.log"
	VM_NAME=$(cat "/proc/$VM_PID/comm")
	ip_in client link set tap0 up
}

# vm_forwarded: the client host forwards what it sends, with an address of its own.
vm_forwarded() {
	ip_in client addr add 10.9.0.1/24 dev tap0
	in_netns client sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	in_netns client nft 'add table ip vm; add chain ip vm post { type nat hook postrouting priority srcnat; };
		add rule ip vm post ip saddr 10.9.0.0/24 oifname eth0 masquerade' || skip "no nat here"
}

# vm_sends: eight datagrams.
vm_sends() {
	local before

	before=$(vm_has_sent)
	echo >&"$VM_FD"
	until_ok "its datagrams" vm_has_sent_more "$before"
}

vm_has_sent() {
	grep -c "sent" "$LAB_DIR/vm.log" || true
}

vm_has_sent_more() {
	(($(vm_has_sent) > $1))
}

vm_ends() {
	echo end >&"$VM_FD"
	until_ok "its end" dead "$VM_PID"
}

# --- real runtimes

# container_root: a root of busybox for containers, which also have the lab's programs in /lab; path to CONTAINER_ROOT.
container_root() {
	local dir

	CONTAINER_ROOT=$LAB_DIR/root
	mkdir -p "$CONTAINER_ROOT"/{bin,dev,etc,lab,lib,lib64,proc,run,sys,tmp,usr,var}
	for dir in lib lib64; do
		[ ! -L "/$dir" ] || { rmdir "$CONTAINER_ROOT/$dir" && cp -P "/$dir" "$CONTAINER_ROOT/$dir"; }
	done
	cp "$(command -v busybox)" "$CONTAINER_ROOT/bin/"
	: >"$CONTAINER_ROOT/etc/passwd"
	chmod 755 "$LAB_DIR"
}

# unified CGROUP CMD...: becomes CMD in that cgroup, for which cgroup v2 is where runtimes look for it.
unified() {
	local cgroup=$1

	shift
	[[ $CGROUP_MOUNT != /sys/fs/cgroup ]] || { enter client "$cgroup" "$@"; return; }
	# shellcheck disable=SC2016 # expanded by the inner shell
	enter client "$cgroup" sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

# The files on which it mounts namespaces would stay for all who do not see the mounts: so they are where nobody else sees them.
podman() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	(unified "$LAB_CGROUP/world" sh -c 'mount -t tmpfs none /run/netns && exec podman "$@"' sh \
		--root "$LAB_DIR/podman" --runroot "$LAB_DIR/podman.run" --tmpdir "$LAB_DIR/podman.tmp" \
		--network-config-dir "$LAB_DIR/podman.nets" --network-backend netavark --cgroup-manager cgroupfs \
		--storage-driver vfs --log-level error "$@")
}

# podman_up NAME ARG...: a container that sleeps, with its cgroup in the lab's tree; its pid to CONTAINER_PID, its id to
# CONTAINER_ID. It has the rights and limits of its starter, which need not be all that a machine has to give.
podman_up() {
	local name=$1 tool

	for tool in podman crun conmon netavark iptables busybox; do
		command -v "$tool" >/dev/null || [ -x "/usr/lib/podman/$tool" ] || skip "$tool is not installed"
	done
	[ -d "${CONTAINER_ROOT:-}" ] || container_root
	podman run --detach --name "$name" --privileged --pids-limit -1 --ulimit nofile=1024:1024 \
		--ulimit nproc=1024:1024 --cgroup-parent "$(cgroup_path "$LAB_CGROUP")/pods" \
		--volume "$LAB_BIN:/lab:ro" --volume /usr:/usr:ro "${@:2}" \
		--rootfs "$CONTAINER_ROOT" /bin/busybox sleep 1000 >"$LAB_DIR/podman.log" 2>&1 ||
		skip "podman cannot run here: $(tail -n 1 "$LAB_DIR/podman.log")"
	CONTAINER_ID=$(podman inspect --format '{{.Id}}' "$name")
	CONTAINER_PID=$(podman inspect --format '{{.State.Pid}}' "$name")
}

podman_down() {
	podman rm --force --time 0 --all >>"$LAB_DIR/podman.log" 2>&1
}

# rootless CMD...: podman as the box's user, who has no other rights here and no cgroup to make others in: the container is in the
# cgroup of its starter, which is the application's.
rootless() {
	local home=$LAB_DIR/rootless

	# shellcheck disable=SC2016 # expanded by the inner shell
	(unified "$APP" "${WITH_TUN[@]}" sh -c 'mount --bind "$0/passwd" /etc/passwd && : >"$0/none" && mount --bind "$0/none" /etc/subuid &&
		mount --bind "$0/none" /etc/subgid && exec "$@"' "$home" \
		"${BOX_USER[@]}" env -C / HOME="$home" XDG_RUNTIME_DIR="$home/run" \
		podman --cgroup-manager cgroupfs --storage-driver vfs --log-level error "$@")
}

# rootless_up NAME NETWORK: pid to CONTAINER_PID.
rootless_up() {
	local home=$LAB_DIR/rootless

	command -v podman >/dev/null || skip "podman is not installed"
	[ -d "${CONTAINER_ROOT:-}" ] || container_root
	mkdir -p "$home/run"
	echo "box:x:2000:2000::$home:/bin/sh" >"$home/passwd"
	touch "$home/none"
	chown -R 2000:2000 "$home" "$CONTAINER_ROOT"
	rootless run --detach --name "$1" --network "$2" --privileged --pids-limit -1 --ulimit nofile=1024:1024 \
		--ulimit nproc=1024:1024 --volume "$LAB_BIN:/lab:ro" --volume /usr:/usr:ro \
		--rootfs "$CONTAINER_ROOT" /bin/busybox sleep 1000 >"$LAB_DIR/podman.log" 2>&1 ||
		skip "podman cannot run here: $(tail -n 1 "$LAB_DIR/podman.log")"
	CONTAINER_PID=$(rootless inspect --format '{{.State.Pid}}' "$1")
}

# lxc_up NAME LINE...: a container that sleeps; the lines go into its configuration.
lxc_up() {
	local name=$1

	command -v lxc-start >/dev/null || skip "lxc-start is not installed"
	[ -d "${CONTAINER_ROOT:-}" ] || container_root
	mkdir -p "$LAB_DIR/lxc/$name"
	printf '%s\n' "lxc.uts.name = $name" "lxc.rootfs.path = dir:$CONTAINER_ROOT" "lxc.autodev = 0" \
		"lxc.init.cmd = /bin/busybox sleep 1000" "lxc.apparmor.profile = unconfined" \
		"lxc.mount.entry = $LAB_BIN lab none bind,ro 0 0" "lxc.mount.entry = /usr usr none bind,ro 0 0" \
		"lxc.cgroup.dir.container = $LAB/pods/lxc.payload.$name" "lxc.cgroup.dir.monitor = $LAB/pods/monitor" \
		"${@:2}" >"$LAB_DIR/lxc/$name/config"
	(unified "$LAB_CGROUP/world" lxc-start --lxcpath "$LAB_DIR/lxc" --name "$name" --daemon --logfile "$LAB_DIR/lxc.log") ||
		skip "lxc-start cannot run here: $(tail -n 1 "$LAB_DIR/lxc.log")"
	CONTAINER_PID=$(lxc-info --lxcpath "$LAB_DIR/lxc" --name "$name" --pid --no-humanize)
}

# container_is RUNTIME NAME ID: jq's words for whose a leak is.
container_is() {
	echo ".container.runtime == \"$1\" and .container.name == \"$2\" and .container.id == \"$3\""
}

# container_send NAME ARG...: the packet sender, as a process of the container.
podman_send() {
	podman exec "$1" /lab/send "${@:2}"
}

lxc_send() {
	(unified "$LAB_CGROUP/world" lxc-attach --lxcpath "$LAB_DIR/lxc" --name "$1" -- /lab/send "${@:2}")
}
