# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian's kernels: each in a directory of its own, as qemu and the guest take it. Sourced by tests/kernels/run, which sets
# KERNELS, where they are kept.

# "NAME SUITE ARCHITECTURE"
KERNEL_TABLE='
bookworm bookworm amd64
bookworm-backports bookworm-backports amd64
trixie trixie amd64
trixie-backports trixie-backports amd64
sid sid amd64
experimental experimental amd64
arm64 trixie arm64
'

# What the guest loads, in this order, beside what these need.
MODULES=(af_packet veth tun sch_ingress cls_bpf cls_matchall act_gact inet_diag tcp_diag udp_diag raw_diag unix_diag packet_diag wireguard
	crypto_null authenc esp4 xfrm_user xfrm_interface
	bridge macvlan 8021q bonding ipvlan vrf vxlan geneve ip_gre)

kernel_names() {
	awk 'NF { print $1 }' <<<"$KERNEL_TABLE"
}

kernel_suite() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$KERNEL_TABLE"
}

kernel_arch() {
	awk -v name="$1" '$1 == name { print $3 }' <<<"$KERNEL_TABLE"
}

# kernel_apt ARCH: sets APT for all suites of that architecture.
APT=() APT_ARCH=
kernel_apt() {
	local suites

	[ "$APT_ARCH" != "$1" ] || return 0
	mapfile -t suites < <(awk -v arch="$1" 'NF && $3 == arch { print $2 }' <<<"$KERNEL_TABLE")
	debian_apt "$KERNELS/apt-$1" "$1" "${suites[@]}" && APT_ARCH=$1
}

# The package that linux-image-ARCH of a suite needs, and what that is made of (since Debian 14).
kernel_packages() {
	local suite=$1 arch=$2 version image

	version=$(apt-cache "${APT[@]}" madison "linux-image-$arch" | awk -F' *[|] *' -v s=" $suite/" 'index(" " $3, s) { print $2; exit }')
	[ -n "$version" ] || return 1
	image=$(apt-cache "${APT[@]}" show "linux-image-$arch=$version" | grep -oE 'linux-image-[0-9][^ ,]*' | head -n 1)
	echo "$image"
	apt-cache "${APT[@]}" show "$image" | sed -n 's/^Depends: //p' | head -n 1 | grep -oE 'linux-(binary|modules)-[0-9][^ ,]*'
	return 0
}

# kernel_get NAME: $KERNELS/NAME has vmlinuz, modules/ (not compressed) with a file "order", "wanted" (which these were to be),
# and "release". One that was got for other modules would skip what needs the new ones.
kernel_get() {
	local dir=$KERNELS/$1 new=$KERNELS/$1.new arch packages

	[ "$(cat "$dir/wanted" 2>/dev/null)" != "${MODULES[*]}" ] || return 0
	arch=$(kernel_arch "$1")
	kernel_apt "$arch" && packages=$(kernel_packages "$(kernel_suite "$1")" "$arch") || return
	rm -rf "$new"
	mkdir -p "$new/root" "$new/modules" || return
	# shellcheck disable=SC2086 # names
	(cd "$new" && apt-get "${APT[@]}" download $packages && for deb in *.deb; do dpkg-deb -x "$deb" root; done) || return
	kernel_trim "$new" && rm -rf "$dir" && mv "$new" "$dir"
}

kernel_trim() {
	local dir=$1 release path module

	[ -d "$dir/root/lib" ] || ln -s usr/lib "$dir/root/lib"
	release=$(basename "$dir"/root/lib/modules/*)
	cp "$dir/root/boot/vmlinuz-$release" "$dir/vmlinuz" 2>/dev/null || cp "$dir/root/lib/modules/$release/vmlinuz" "$dir/vmlinuz" || return
	depmod -b "$dir/root" "$release" 2>/dev/null
	for module in "${MODULES[@]}"; do
		modprobe -d "$dir/root" -S "$release" --show-depends "$module" 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
		module=$(basename "${path%.xz}")
		case $path in
		*.xz) xz -dc "$path" >"$dir/modules/$module" ;;
		*) cp "$path" "$dir/modules/$module" ;;
		esac
		echo "$module" >>"$dir/modules/order"
	done
	rm -rf "$dir/root" "$dir"/*.deb
	echo "${MODULES[*]}" >"$dir/wanted"
	echo "$release" >"$dir/release"
}
