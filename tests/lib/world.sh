# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The lab's network: four hosts as network namespaces, wired through the ISP's router.
#
#   client                 isp                       vpn
#   eth0 192.0.2.10 ------ isp0 192.0.2.1
#                          isp-vpn 198.51.100.1 ---- eth0 198.51.100.2
#                          isp-out 203.0.113.1 --.
#                                                 `-- outside
#                                                     eth0 203.0.113.10 and one address per server
#
# isp0 is the wire that a leak crosses: what arrives there has left the client, and tcpdump counts it there. IPv6
# (2001:db8:1::/64 at the client, 2001:db8:2::/64 outside) exists only where a test asks for it, since a client with
# a global IPv6 address beside an IPv4-only tunnel leaks by itself.

CLIENT4=192.0.2.10      CLIENT6=2001:db8:1::10
ISP4=192.0.2.1          ISP6=2001:db8:1::1
VPN4=198.51.100.2
PEER4=203.0.113.10      PEER6=2001:db8:2::10
LATE_PEER4=203.0.113.11
STUN4=203.0.113.34      STUN6=2001:db8:2::34
DNS4=203.0.113.53       DNS6=2001:db8:2::53
TRACKER4=203.0.113.80
TUNNEL4=10.8.0.2        TUNNEL_PEER4=10.8.0.1

CLIENT_MAC=02:00:00:00:00:0a
ISP_MAC=02:00:00:00:00:01
OUTSIDE_MAC=02:00:00:00:03:0a
ISP_OUT_MAC=02:00:00:00:03:01

# A second exposed interface, plugged in by world_plug_second.
SECOND4=192.0.2.130     SECOND_ISP4=192.0.2.129
SECOND_MAC=02:00:00:00:01:0a
SECOND_ISP_MAC=02:00:00:00:01:01

netns() { echo "/run/netns/$LAB-$1"; }

# in_netns HOST CMD...: with nsenter, because "ip netns exec" also replaces /sys and so hides the cgroups.
in_netns() {
	nsenter --net="$(netns "$1")" -- "${@:2}"
}

ip_in() {
	ip -n "$LAB-$1" "${@:2}"
}

# wire HOST IF MAC HOST IF MAC: a cable. Segmentation is turned off, so that each packet crosses it as it would a real one:
# tcpdump's packets and lengths are then the wire's. Checksum offload stays, because kernels before 6.11 refuse
# UDP_SEGMENT on an interface without it.
wire() {
	ip_in "$1" link add "$2" address "$3" type veth peer name "$5" address "$6" netns "$LAB-$4"
	unsegment "$1" "$2"
	unsegment "$4" "$5"
	ip_in "$1" link set "$2" up
	ip_in "$4" link set "$5" up
}

unsegment() {
	in_netns "$1" ethtool -K "$2" tso off gso off gro off tx-udp-segmentation off >/dev/null
}

# No duplicate address detection, router solicitation or own link-local addresses, and the second report of a group (RFC 3376
# 5.1, RFC 3810 6.1) at once, not up to a second later: on the client's link nothing speaks by itself.
host_up() {
	local host=$1 ipv6=$2

	ip netns add "$LAB-$host"
	# shellcheck disable=SC2016 # expanded by the inner shell
	in_netns "$host" sh -c '
		echo 10 >/proc/sys/net/ipv4/conf/default/igmpv3_unsolicited_report_interval
		cd /proc/sys/net/ipv6/conf 2>/dev/null || exit 0
		for c in all default; do
			echo "$1" >$c/disable_ipv6
			echo 0 >$c/accept_ra
			echo 0 >$c/accept_dad
			echo 10 >$c/mldv2_unsolicited_report_interval
		done
		echo 1 >default/addr_gen_mode' sh $((!ipv6))
	ip_in "$host" link set lo up
}

# neighbours HOST IF MAC ADDRESS...: known ahead and for good, so that no packet waits for, or is lost to, resolution.
neighbours() {
	local address

	for address in "${@:4}"; do
		ip_in "$1" neigh replace "$address" lladdr "$3" dev "$2" nud permanent
	done
}

world_up() {
	local ipv6=$1 host

	for host in client isp vpn outside; do
		host_up "$host" "$ipv6"
	done
	wire client eth0 "$CLIENT_MAC" isp isp0 "$ISP_MAC"
	wire vpn eth0 02:00:00:00:02:0a isp isp-vpn 02:00:00:00:02:01
	wire outside eth0 "$OUTSIDE_MAC" isp isp-out "$ISP_OUT_MAC"
	world_ipv4
	((!ipv6)) || world_ipv6
}

world_ipv4() {
	local address

	ip_in client addr add "$CLIENT4/25" dev eth0
	ip_in isp addr add "$ISP4/25" dev isp0
	neighbours client eth0 "$ISP_MAC" "$ISP4"
	neighbours isp isp0 "$CLIENT_MAC" "$CLIENT4"
	# As a DHCP client leaves it: worse than the tunnel's route, and there again when that goes.
	ip_in client route add default via "$ISP4" dev eth0 metric 100

	ip_in vpn addr add "$VPN4/24" dev eth0
	ip_in vpn route add default via 198.51.100.1
	ip_in isp addr add 198.51.100.1/24 dev isp-vpn
	ip_in isp route add 10.8.0.0/24 via "$VPN4"

	for address in "$PEER4" "$LATE_PEER4" "$STUN4" "$DNS4" "$TRACKER4"; do
		ip_in outside addr add "$address/24" dev eth0
	done
	ip_in outside route add default via 203.0.113.1
	ip_in isp addr add 203.0.113.1/24 dev isp-out

	in_netns isp sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	in_netns vpn sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

world_ipv6() {
	local address

	ip_in client addr add "$CLIENT6/64" dev eth0 nodad
	ip_in isp addr add "$ISP6/64" dev isp0 nodad
	neighbours client eth0 "$ISP_MAC" "$ISP6"
	neighbours isp isp0 "$CLIENT_MAC" "$CLIENT6"
	ip_in client -6 route add default via "$ISP6" dev eth0

	for address in "$PEER6" "$STUN6" "$DNS6"; do
		ip_in outside addr add "$address/64" dev eth0 nodad
	done
	ip_in isp addr add 2001:db8:2::1/64 dev isp-out nodad
	# Without link-local addresses no host can ask for its neighbours.
	neighbours isp isp-out "$OUTSIDE_MAC" "$PEER6" "$STUN6" "$DNS6"
	neighbours outside eth0 "$ISP_OUT_MAC" 2001:db8:2::1
	ip_in outside -6 route add default via 2001:db8:2::1
	in_netns isp sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# A private network on the client's link, with the ISP's router in it, as a home has it.
LAN4=192.168.7.2        ROUTER4=192.168.7.1

world_private_neighbour() {
	ip_in client addr add "$LAN4/24" dev eth0
	ip_in isp addr add "$ROUTER4/24" dev isp0
	neighbours client eth0 "$ISP_MAC" "$ROUTER4"
	neighbours isp isp0 "$CLIENT_MAC" "$LAN4"
}

# A network card plugged in while the client runs: eth1, wired to isp1.
world_plug_second() {
	wire client eth1 "$SECOND_MAC" isp isp1 "$SECOND_ISP_MAC"
	ip_in client addr add "$SECOND4/25" dev eth1
	ip_in isp addr add "$SECOND_ISP4/25" dev isp1
	neighbours client eth1 "$SECOND_ISP_MAC" "$SECOND_ISP4"
	neighbours isp isp1 "$SECOND_MAC" "$SECOND4"
}

# world_over NAME: the client's addresses and routes are the interface's that stands on its card.
world_over() {
	ip_in client addr flush dev eth0
	ip_in client addr add "$CLIENT4/25" dev "$1"
	ip_in client link set "$1" up
	neighbours client "$1" "$ISP_MAC" "$ISP4"
	ip_in client route replace default via "$ISP4" dev "$1" metric 100
}

# A network of its own over the client's link: vx0 198.51.103.2, and 198.51.103.1 at the provider.
vxlan_up() {
	ip_in client link add vx0 address 02:00:00:00:07:01 type vxlan id 7 dstport 4789 local "$CLIENT4" remote "$ISP4" 2>"$LAB_DIR/vxlan.log" ||
		skip "no vxlan: $(head -n 1 "$LAB_DIR/vxlan.log")"
	ip_in isp link add vx0 address 02:00:00:00:07:02 type vxlan id 7 dstport 4789 local "$ISP4" remote "$CLIENT4"
	ip_in client addr add 198.51.103.2/24 dev vx0
	ip_in isp addr add 198.51.103.1/24 dev vx0
	ip_in client link set vx0 up
	ip_in isp link set vx0 up
	neighbours client vx0 02:00:00:00:07:02 198.51.103.1
	neighbours isp vx0 02:00:00:00:07:01 198.51.103.2
}

# world_plug_second_into PID: as world_plug_second, but into that process's namespace.
world_plug_second_into() {
	local inner="nsenter --net=/proc/$1/ns/net --"

	ip_in isp link add isp1 address "$SECOND_ISP_MAC" type veth peer name eth1 address "$SECOND_MAC" netns "$1"
	ip_in isp link set isp1 up
	ip_in isp addr add "$SECOND_ISP4/25" dev isp1
	neighbours isp isp1 "$SECOND_MAC" "$SECOND4"
	$inner sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	$inner ethtool -K eth1 tso off gso off gro off tx-udp-segmentation off >/dev/null
	$inner ip link set eth1 up
	$inner ip addr add "$SECOND4/25" dev eth1
	$inner ip neigh replace "$SECOND_ISP4" lladdr "$SECOND_ISP_MAC" dev eth1 nud permanent
}

# The end of all traffic, before counts are compared: nothing comes in any more that would be answered, and when what is under
# way has left, nothing goes out.
world_silence() {
	ip_in isp link set isp-out down
	ip_in isp link set isp-vpn down
	until_ok "silence" wire_is_quiet
	ip_in client link set eth0 down
}

wire_is_quiet() {
	local before

	before=$(wire_packets)
	sleep 0.05
	[ "$(wire_packets)" = "$before" ]
}

wire_packets() {
	ip_in isp -j -s link show dev isp0 | jq '.[0].stats64.rx.packets'
}

world_down() {
	local host

	for host in /run/netns/"$LAB"-*; do
		[ ! -e "$host" ] || ip netns del "${host##*/}"
	done
}
