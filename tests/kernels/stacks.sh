# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash disable=SC2154,SC2034,SC2317 # what the guest sets and reads; functions that are called by their kind's name
# Interfaces over others: what leaves by one is judged and named there, and counted once, on the lowest device.

FAR_NET=198.51.101 FAR=$FAR_NET.1 OWN=$FAR_NET.2

# A second wire for each kind: eth1 of the client, isp1 of its provider.
wire1_up() {
	$IP link add eth1 netns "$CLIENT" address 02:00:00:00:01:02 type veth peer name isp1 netns "$ISP" address 02:00:00:00:01:01
	in_ns "$ISP" "$IP" link set isp1 up
	in_ns "$CLIENT" "$IP" link set eth1 up
}

wire1_down() {
	in_ns "$CLIENT" sh -c "$IP link del upper0; $IP link del eth1"
	in_ns "$ISP" "$IP" link del far0
} 2>/dev/null

# Packets and bytes, of IP, that the wire carried so far.
wire1() {
	# shellcheck disable=SC2016 # awk's
	in_ns "$ISP" awk -F'[: ]+' '$2 == "isp1" { print $4, $3 - 14 * $4 }' /proc/net/dev
}

# client ARG..., isp ARG...: ip(8) on either side.
client() {
	in_ns "$CLIENT" "$IP" "$@"
}

isp() {
	in_ns "$ISP" "$IP" "$@"
}

# mac NAMESPACE INTERFACE
mac() {
	in_ns "$1" "$IP" -o link show dev "$2" | sed -n 's/.*link.ether \([^ ]*\).*/\1/p'
}

# ends UPPER FAR: addresses, and neighbours that need not be asked for.
ends() {
	isp addr add "$FAR/24" dev "$2"
	isp link set "$2" up
	client addr add "$OWN/24" dev "$1"
	client link set "$1" up
	client neigh replace "$FAR" lladdr "$(mac "$ISP" "$2")" dev "$1"
	isp neigh replace "$OWN" lladdr "$(mac "$CLIENT" "$1")" dev "$2"
}

up_vlan() {
	client link add upper0 link eth1 type vlan id 7 && isp link add far0 link isp1 type vlan id 7 && ends upper0 far0
}

up_bridge() {
	client link add upper0 type bridge && client link set eth1 master upper0 && ends upper0 isp1
}

up_bond() {
	client link add upper0 type bond mode active-backup && client link set eth1 down && client link set eth1 master upper0 &&
		ends upper0 isp1
}

up_macvlan() {
	client link add upper0 link eth1 type macvlan mode bridge && ends upper0 isp1
}

up_ipvlan() {
	client link add upper0 link eth1 type ipvlan mode l2 && ends upper0 isp1
}

# Routing alone: the packets are those of the device in it. Sockets that are not bound to it get its answers too.
up_vrf() {
	in_ns "$CLIENT" sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_l3mdev_accept'
	client link add upper0 type vrf table 7 && client link set upper0 up && client link set eth1 master upper0 && ends eth1 isp1 &&
		client rule add to "$FAR" table 7
}

# encapsulated TYPE OPTION...: over addresses of the second wire.
encapsulated() {
	local type=$1

	shift
	isp addr add 198.51.102.1/24 dev isp1
	client addr add 198.51.102.2/24 dev eth1
	client neigh replace 198.51.102.1 lladdr 02:00:00:00:01:01 dev eth1
	isp neigh replace 198.51.102.2 lladdr 02:00:00:00:01:02 dev isp1
	client link add upper0 type "$type" "$@" remote 198.51.102.1 && isp link add far0 type "$type" "$@" remote 198.51.102.2 && ends upper0 far0
}

up_vxlan() {
	encapsulated vxlan id 7 dstport 4789
}

up_geneve() {
	encapsulated geneve id 7
}

up_gretap() {
	encapsulated gretap
}

wire1_grew() {
	# shellcheck disable=SC2046,SC2086 # two numbers each
	set -- $1 $(wire1)
	echo "$(($3 - $1)) $(($4 - $2))"
}

stack_senders() {
	sender few udp "$FAR" 9 --connect --count 3
	sender big udp "$FAR" 9 --size 4000
	sender stream tcp "$FAR" 9 --count 3
	sender loose udp "$FAR" 9 --count 2
}

# stack KIND NAMED: all that the wire has carried is the summary's, and is told of the interface that was sent by.
stack() {
	local kind=$1 named=$2 start

	start=$(wire1)
	if ! watch "/run/netns/$CLIENT" --cgroup "$CG/app"; then
		refused
		return
	fi
	stack_senders
	unwatch
	check "$kind/left" same "$(wire1_grew "$start")" "$(summary '.summary.leaks | "\(.packets) \(.bytes)"')"
	check "$kind/held" same "0" "$(summary '.summary.held.packets')"
	check "$kind/interface" same "$named" "$(jq -r 'select(.event.action == "leak") | .observer.egress.interface.name' "$OUT" | sort -u)"
	check "$kind/complete" complete
	end_senders
}

# A tunnel that the user names carries what goes by it: no leak, and its outer packets are transport, also where all is dropped.
named_tunnel() {
	local kind=$1 start

	sleep 1 # the ends of the connections before
	start=$(wire1)
	if ! watch "/run/netns/$CLIENT" --cgroup "$CG/app" --tunnel upper0 --drop; then
		refused
		return
	fi
	stack_senders
	unwatch
	check "$kind/named_is_no_leak" same "0 0 0" "$(summary '.summary | "\(.leaks.packets) \(.held.packets) \(.dropped.packets)"')"
	check "$kind/named_is_transport" same "$(wire1_grew "$start")" "$(summary '.summary.exempt.transport | "\(.packets) \(.bytes)"')"
	end_senders
}

# each_stack FUNCTION: on each kind of interface that this kernel has, with the name that its packets are told with.
each_stack() {
	local kind named

	for kind in bridge macvlan vlan bond ipvlan vrf vxlan geneve gretap; do
		wire1_up
		if ! "up_$kind" >"$D/why" 2>&1; then
			echo "skip $test/$kind ($(head -n 1 "$D/why" | tr -d '()'))"
		else
			sleep 3 # its own words: MLD, and a bond's and a bridge's
			named=upper0
			[ "$kind" != vrf ] || named=eth1
			"$1" "$kind" "$named"
		fi
		client rule del to "$FAR" table 7 2>/dev/null
		wire1_down
	done
}

watch_stack() {
	stack "$1" "$2"
	case $1 in vxlan | geneve | gretap) named_tunnel "$1" ;; esac
}

test_stacks() {
	each_stack watch_stack
}
