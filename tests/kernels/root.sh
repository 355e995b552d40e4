# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153,SC2154 # what is set by whom sources it
# The guest's root: busybox, the program and a few tools with their libraries, the tests, and what other releases built.
# Sourced by tests/kernels/run, which sets TOP, O, KERNELS, DISTROS, LEAKAUDIT and PROGRAMS.

TOOLS=(ip tc wg jq)
# What has them, and what leakaudit needs, where they are not this machine's.
TOOL_PACKAGES=(busybox-static iproute2 wireguard-tools jq)

# --- programs and the libraries that they name; nothing is run, so they may be of any machine

library_names() {
	readelf --wide --dynamic "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
	readelf --wide --program-headers "$1" | sed -n 's/.*interpreter: \(.*\)\]/\1/p'
} 2>/dev/null

# library_path FILE FROM NAME: where in the root FROM is what FILE calls NAME, which may be for several machines there.
library_path() {
	local name=$3 path

	for path in "$2"/lib/*-linux-gnu/"$name" "$2"/lib{64,}/"$name" "$2"/usr/lib/*-linux-gnu/"$name" "$2"/usr/lib{64,}/"$name"; do
		[[ $name != /* ]] || path=$2$name
		if [[ -f $path && $(machine "$path") == $(machine "$1") ]]; then
			echo "$path"
			return
		fi
	done
	echo "$1: no $name in $2/" >&2
	return 1
}

# copy_libraries FILE FROM TO: what FILE needs, and what that needs, from the root FROM to the root TO, to the same place.
copy_libraries() {
	local file=$1 from=$2 to=$3 name path

	while read -r name; do
		path=$(library_path "$file" "$from" "$name") || return
		[ ! -e "$to${path#"$from"}" ] || continue
		mkdir -p "$(dirname "$to${path#"$from"}")" && cp -L "$path" "$to${path#"$from"}" && copy_libraries "$path" "$from" "$to" || return
	done < <(library_names "$file")
}

machine() {
	readelf -h "$1" 2>/dev/null | grep Machine:
}

# copy_program FILE FROM DIR: into DIR, which is a directory of the root TO.
copy_program() {
	local file=$1 from=$2 to=$3 dir=$4

	mkdir -p "$to/$dir" && cp -L "$file" "$to/$dir/" && copy_libraries "$file" "$from" "$to"
}

# --- where they come from

# which_in ROOT PROGRAM
which_in() {
	local dir

	for dir in /usr/sbin /usr/bin /sbin /bin; do
		[ ! -x "$1$dir/$2" ] || { echo "$1$dir/$2"; return; }
	done
	return 1
}

# foreign_tools ARCH: the packages' files, unpacked to $KERNELS/tools-ARCH; none of their scripts is run.
foreign_tools() {
	local dir=$KERNELS/tools-$1 deb

	[ ! -e "$dir.made" ] || return 0
	rm -rf "$dir" "$KERNELS/apt-$1"/cache/archives/*.deb
	mkdir -p "$dir" && kernel_apt "$1" || return
	apt-get "${APT[@]}" -y --no-install-recommends --download-only install "${TOOL_PACKAGES[@]}" || return
	for deb in "$KERNELS/apt-$1"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return
	done
	# as a merged /usr has it
	for deb in bin sbin lib lib64; do
		[ -e "$dir/$deb" ] || ln -s "usr/$deb" "$dir/$deb"
	done
	touch "$dir.made"
}

# --- the root

# make_root ARCH: this machine's own, or all of that other machine's: programs of the cross build, tools from its packages.
make_root() {
	local arch=$1 tools='' libraries='' programs=$PROGRAMS tool

	ROOT=$KERNELS/root-$arch
	if [ "$arch" != "$(native)" ]; then
		tools=$KERNELS/tools-$arch libraries=$DISTROS/$CROSS_RELEASE programs=$DISTROS/$arch.programs
		[ -e "$programs/leakaudit" ] || { echo "no cross build: make distros ARGS=$arch" >&2; return 1; }
		foreign_tools "$arch" || return
	fi
	rm -rf "$ROOT" && mkdir -p "$ROOT"/{bin,proc,sys,dev,run,tmp,etc,modules} || return
	for tool in "${TOOLS[@]}"; do
		copy_program "$(which_in "$tools" "$tool")" "$tools" "$ROOT" bin || return
	done
	cp -L "$(which_in "$tools" busybox)" "$ROOT/bin/busybox" || return
	for tool in leakaudit test_budget send discard; do
		copy_program "$programs/$tool" "$libraries" "$ROOT" bin || return
	done
	cp "$TOP"/tests/kernels/{guest,load,init,*.sh} "$TOP"/tests/kernel/budget "$ROOT" && rm "$ROOT"/{kernel,root}.sh || return
	[ "$arch" != "$(native)" ] || add_releases
}

native() {
	case $(uname -m) in
	aarch64) echo arm64 ;;
	*) echo amd64 ;;
	esac
}

# What "make distros" kept, each release's with its own libraries.
add_releases() {
	local programs release to program

	for programs in "$DISTROS"/*.programs/clang-*/; do
		[ -d "$programs" ] || continue
		release=$(basename "$(dirname "$programs")" .programs)
		to=$ROOT/releases/$release
		mkdir -p "$to"/{proc,sys,dev,tmp} && cp "$TOP"/tests/kernel/budget "$to" || return
		for program in leakaudit test_budget; do
			copy_program "$programs$program" "$DISTROS/$release" "$to" "$(basename "$programs")" || return
		done
	done
}

# make_initramfs DIR: for the kernel that is there. The kernel takes archives one behind the other.
make_initramfs() {
	local dir=$1

	printf '%s\n' "${tests[@]}" >"$dir/tests"
	(cd "$ROOT" && find . | cpio -o -H newc --quiet) >"$dir/initramfs" &&
		(cd "$dir" && find modules tests | cpio -o -H newc --quiet) >>"$dir/initramfs"
}
