# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The lab: a small internet in network namespaces. Sourced by tests/run, which sets
#
#   LAB       a name that is unique on this machine; all that the lab makes carries it
#   LAB_DIR   an empty directory for its files
#   LAB_BIN   where send and discard are
#
# lab_down needs nothing but LAB, so that the runner can clear away a lab whose test was killed.

LAB_LIB=$(dirname "${BASH_SOURCE[0]}")

. "$LAB_LIB/wait.sh"
. "$LAB_LIB/cgroup.sh"
. "$LAB_LIB/process.sh"
. "$LAB_LIB/world.sh"
. "$LAB_LIB/container.sh"
. "$LAB_LIB/docker.sh"
. "$LAB_LIB/tunnel.sh"
. "$LAB_LIB/wireguard.sh"
. "$LAB_LIB/mesh.sh"
. "$LAB_LIB/server.sh"
. "$LAB_LIB/client.sh"
. "$LAB_LIB/resolvers.sh"
. "$LAB_LIB/newcomer.sh"
. "$LAB_LIB/unpacked.sh"
. "$LAB_LIB/capture.sh"
. "$LAB_LIB/leakaudit.sh"
. "$LAB_LIB/guard.sh"
. "$LAB_LIB/lines.sh"
. "$LAB_LIB/form.sh"
. "$LAB_LIB/journald.sh"
. "$LAB_LIB/rsyslog.sh"
. "$LAB_LIB/receivers.sh"
. "$LAB_LIB/clickhouse.sh"
. "$LAB_LIB/probe.sh"

# lab_up [tunnel] [dns] [resolver] [stun] [torrent] [ipv6]
#
#   tunnel     openvpn, up, with the default route in it (a test may call wireguard_up instead)
#   dns        a DNS server outside, which the client uses
#   resolver   one at the ISP's router, on the client's own link: reached past every tunnel
#   stun       a STUN server outside
#   torrent    a torrent with tracker and seed outside (brings dns)
#   ipv6       global IPv6 addresses and a default route, which the tunnel does not cover
lab_up() {
	local words=" $* " ipv6=0

	lab_needs
	[[ $words != *" ipv6 "* ]] || ipv6=1
	cgroup_tree_up
	lab_names "$DNS4"
	world_up "$ipv6"
	server_discard
	[[ $words != *" dns "* && $words != *" torrent "* ]] || lab_dns "$ipv6"
	[[ $words != *" resolver "* ]] || server_dns resolver isp "$ISP4"
	[[ $words != *" stun "* ]] || server_stun "$ipv6"
	[[ $words != *" tunnel "* ]] || tunnel_up
	# Last, because the seed looks every ten seconds whom to serve, and first three seconds after its start: a client
	# that has asked by then need not wait for the second time.
	[[ $words != *" torrent "* ]] || server_torrent
	server_wait
}

lab_dns() {
	local addresses=("$DNS4")

	(($1 == 0)) || addresses+=("$DNS6")
	server_dns dns outside "${addresses[@]}"
}

# lab_names ADDRESS: the resolver that the client uses from now on (for processes started afterwards).
lab_names() {
	echo "nameserver $1" >"$LAB_DIR/resolv.conf"
	echo "hosts: files dns" >"$LAB_DIR/nsswitch.conf"
}

lab_needs() {
	local tool

	for tool in ip ss ethtool nsenter unshare tcpdump openvpn openssl dnsmasq turnserver opentracker \
		transmission-daemon transmission-create transmission-show aria2c dig jq python3; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	[ -c /dev/net/tun ] || skip "/dev/net/tun is missing"
}

lab_down() {
	guards_down
	cgroup_tree_down
	world_down
}
