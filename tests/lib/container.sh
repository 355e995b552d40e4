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

usernet_slirp4netns() {
	spawn usernet client "$1" "${BOX_USER[@]}" slirp4netns --configure --mtu=1500 --disable-host-loopback "$BOX_PID" tap0
}

usernet_pasta() {
	spawn usernet client "$1" "${BOX_USER[@]}" pasta --foreground --config-net --ipv4-only \
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
