# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian's releases in a directory: a root made by debootstrap, and commands run in it. Sourced by what builds, boots or runs
# on releases other than this machine's.
#
# DEBIAN_ARCHIVE=URI names the archive; by default it is the one that this machine's own packages come from.

# Where this machine gets its own packages from.
debian_archive() {
	local uri=${DEBIAN_ARCHIVE:-}

	# shellcheck disable=SC2016 # apt's words
	[ -n "$uri" ] || uri=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 '/debian/*$')
	[ -n "$uri" ] || { echo "no archive of Debian is among apt's sources; DEBIAN_ARCHIVE=URI names one" >&2; return 1; }
	echo "${uri%/}"
}

# debian_root SUITE DIR [PACKAGE]...: DIR is that release's base system with those packages. Done once; a root that was
# begun and not finished is begun again.
debian_root() {
	local suite=$1 dir=$2 archive said

	shift 2
	if [ ! -e "$dir.made" ]; then
		archive=$(debian_archive) || return
		rm -rf "$dir"
		mkdir -p "$dir" || return
		debian_apart debootstrap --variant=minbase "$suite" "$dir" "$archive" >"$dir.log" 2>&1 || { tail -n 5 "$dir.log" >&2; return 1; }
		# Signatures are checked as ever; but a snapshot or a mirror that lags behind is good enough to test with.
		{
			echo 'Acquire::Check-Valid-Until "false";'
			apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy
		} >"$dir/etc/apt/apt.conf.d/90leakaudit"
		touch "$dir.made"
	fi
	cp -L /etc/resolv.conf "$dir/etc/resolv.conf" || return
	(($#)) || return 0
	# Asked first: with nothing to install, nothing is downloaded. dpkg knows names that nothing was installed of, too.
	# shellcheck disable=SC2016 # dpkg's words
	said=$(debian_enter "$dir" dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null) && [[ $'\n'$said != *$'\n'[^i]* ]] && return
	debian_enter "$dir" sh -c 'apt-get update -qq && exec apt-get install -y -qq --no-install-recommends "$@"' sh "$@" \
		>>"$dir.log" 2>&1 </dev/null || { tail -n 5 "$dir.log" >&2; return 1; }
}

# debian_apt DIR ARCH SUITE...: APT has the options by which apt-get and apt-cache know those releases for that architecture.
# Their state is in DIR: this machine's sources and packages are left alone, and none counts as installed.
debian_apt() {
	local state=$1 arch=$2 archive suite

	shift 2
	archive=$(debian_archive) || return
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" || return
	: >"$state/status"
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main"
	done >"$state/sources.list"
	APT=(-qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$state/lists"
		-o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" -o "APT::Architecture=$arch" -o "APT::Architectures=$arch"
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false)
	apt-get "${APT[@]}" update
}

# debian_apart COMMAND [ARG]...: with processes and mounts of its own: all of both end with the command, or with the caller.
debian_apart() {
	setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$@"
}

# debian_enter DIR COMMAND [ARG]...: runs it in that root, on this machine's kernel, network, devices and cgroups, with
# processes and mounts of its own.
debian_enter() {
	local dir=$1

	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	debian_apart bash -c '
		dir=$1
		shift
		mount --rbind /sys "$dir/sys" && mount --rbind /dev "$dir/dev" && mount -t proc proc "$dir/proc" &&
			mount -t tmpfs tmpfs "$dir/tmp" && mount -t tmpfs tmpfs "$dir/run" && mount -t bpf bpf "$dir/sys/fs/bpf" || exit
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
		# Process 1 is this shell, since signals do less to process 1, and timeout(1) of coreutils 9.10 refuses to be it.
		chroot "$dir" "$@"
		exit' bash "$dir" "$@"
}
