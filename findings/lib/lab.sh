# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What scripts of findings/ share: packages unpacked below $root, and a network of three namespaces. As root.
#
#   release NAME               what comes next is Debian's of that release, and not of this machine's
#   packages NAME=VERSION...   these and all that they need, unpacked below $root and not installed
#   lab                        $client with eth0 192.0.2.2 to $isp (the default route) and tun0 10.8.0.2 to $vpn;
#                              $isp and $vpn both have "the Internet": 198.51.100.10, .20, .53, .77, and 2001:db8:99::10 only $isp
#   lab_down                   takes that away, for a second lab
#   in_client, in_isp, in_vpn  runs a command there, of the machine
#   client, client_for SECS    runs a command of $root in $client, at most so long
#   names                      $isp and $vpn answer at 198.51.100.53 that every name below example is 198.51.100.10
#   capture, captured SIDE FILTER   begins to capture on both sides; how many packets of the client SIDE (isp or vpn) got
#   expect WHAT IS WANTED      prints it, and remembers when it is not what was wanted; finish ends with that
#
# All of it is taken away at the end. A tun would need a daemon: tun0 is the end of a veth, which is as good where only
# routes and addresses count.
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

((EUID == 0)) || { echo "needs root: it makes network namespaces" >&2; exit 2; }
# Mounts of ours are nobody else's.
[ -n "${FINDING-}" ] || FINDING=1 exec unshare -m "$0" "$@"

dir=$(mktemp -d)
root=$dir/root
client=finding-client-$$ isp=finding-isp-$$ vpn=finding-vpn-$$
status=0

# lab_down: ends what runs in the namespaces, and takes them away.
lab_down() {
	local netns pid

	disown -a # it is no news that they end
	for netns in "$client" "$isp" "$vpn"; do
		for pid in $(ip netns pids "$netns" 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || true
		done
		ip netns del "$netns" 2>/dev/null || true
	done
}

finding_end() {
	lab_down
	umount -l "$root/proc" "$root/dev" 2>/dev/null || true
	rm -rf --one-file-system "$dir"
}
trap finding_end EXIT

apt=(-o APT::Sandbox::User=root -o Debug::NoLocking=1 -qq)
release() {
	local mirror

	# shellcheck disable=SC2016 # apt-get expands it
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
	mkdir -p "$dir/lists/partial" "$root"/usr/{bin,lib,lib64,sbin}
	ln -s usr/bin usr/lib usr/lib64 usr/sbin "$root" # since Debian 13 packages have nothing but /usr
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$dir/sources"
	apt+=(-o "Dir::Etc::sourcelist=$dir/sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$dir/lists" -o Dir::Cache::pkgcache=)
	apt-get "${apt[@]}" update
}

packages() {
	local deb

	mkdir -p "$dir/debs/partial" "$root"/{dev,proc,sys,tmp,run,etc,root}
	: >"$dir/status"
	apt-get "${apt[@]}" -o Dir::State::status="$dir/status" -o Dir::Cache::archives="$dir/debs" \
		--download-only -y --no-install-recommends install "$@" >/dev/null
	for deb in "$dir"/debs/*.deb; do
		dpkg-deb -x "$deb" "$root"
	done
	rm -rf "$dir/debs"
	mount --bind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	echo "nameserver 198.51.100.53" >"$root/etc/resolv.conf"
	printf 'root:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\n' >"$root/etc/group"
}

in_client() { ip netns exec "$client" "$@"; }
in_isp() { ip netns exec "$isp" "$@"; }
in_vpn() { ip netns exec "$vpn" "$@"; }
client() { in_client chroot "$root" "$@"; }
client_for() { in_client timeout "$1" chroot "$root" "${@:2}"; }

# tunnel: tun0 and its routes, which are more specific than the default route, as VPNs make them.
tunnel() {
	ip -n "$client" link add tun0 type veth peer name wan netns "$vpn"
	ip -n "$client" addr add 10.8.0.2/24 dev tun0
	ip -n "$vpn" addr add 10.8.0.1/24 dev wan
	ip -n "$vpn" link set wan up
	ip -n "$client" link set tun0 up
	ip -n "$client" route add 0.0.0.0/1 via 10.8.0.1
	ip -n "$client" route add 128.0.0.0/1 via 10.8.0.1
}

lab() {
	local netns host

	for netns in "$client" "$isp" "$vpn"; do
		ip netns add "$netns"
		ip -n "$netns" link set lo up
	done
	for netns in "$isp" "$vpn"; do
		for host in 10 20 53 77; do
			ip -n "$netns" addr add "198.51.100.$host/32" dev lo
		done
	done
	ip -n "$isp" addr add 2001:db8:99::10/128 dev lo nodad
	ip -n "$client" link add eth0 type veth peer name wan netns "$isp"
	ip -n "$client" addr add 192.0.2.2/24 dev eth0
	ip -n "$client" addr add 2001:db8:1::2/64 dev eth0 nodad
	ip -n "$isp" addr add 192.0.2.1/24 dev wan
	ip -n "$isp" addr add 2001:db8:1::1/64 dev wan nodad
	ip -n "$isp" link set wan up
	ip -n "$client" link set eth0 up
	ip -n "$client" route add default via 192.0.2.1
	ip -n "$client" -6 route add default via 2001:db8:1::1
	tunnel
}

# server SIDE DNSMASQ-OPTION...: a name server there; its log is $dir/SIDE.log.
server() {
	"in_$1" chroot "$root" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root --bind-interfaces \
		--log-queries "${@:2}" >"$dir/$1.log" 2>&1 &
	sleep 0.5
}

names() {
	server isp --listen-address=198.51.100.53 --address=/example/198.51.100.10
	server vpn --listen-address=198.51.100.53 --address=/example/198.51.100.10
}

# asked SIDE NAME: how often the name server there was asked for that name.
asked() {
	grep -cE "query\[A+\] $2 " "$dir/$1.log" || true
}

capture() {
	local side

	for side in isp vpn; do
		"in_$side" chroot "$root" tcpdump -Z root -Unni wan --immediate-mode -w "/tmp/$side.pcap" 2>/dev/null &
	done
	sleep 0.7
}

captured() {
	sleep 0.3
	chroot "$root" tcpdump -Z root -nnr "/tmp/$1.pcap" "(src host 192.0.2.2 or src host 10.8.0.2 or src host 2001:db8:1::2) and ($2)" \
		2>/dev/null | wc -l
}

# some NUMBER: "some" or "none", where the number itself is a matter of time.
some() {
	((${1-0} > 0)) && echo some || echo none
}

expect() {
	printf '%-60s %s\n' "$1" "$2"
	[ "$2" = "$3" ] || { echo "  changed: expected $3" >&2; status=1; }
}

finish() {
	exit "$status"
}
