# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Debian's programs without installing them: a resolver that is installed takes over the names of this machine.

UNPACKED=${O:-build}/unpacked

# unpacked_program PACKAGE PATH: prints the path of that program; the package and what it needs are unpacked once. A test
# without it is skipped by name.
unpacked_program() {
	local dir=$UNPACKED/$1

	command -v apt-get dpkg-deb >/dev/null || return 1
	(
		mkdir -p "$UNPACKED" && exec 9>"$UNPACKED/lock" && flock 9
		[ -e "$dir.made" ] || unpack "$1" "$dir"
	) >&2 || return 1
	echo "$dir$2"
}

unpack() {
	local package=$1 dir=$2 deb

	mkdir -p "$dir.debs/partial" "$dir" &&
		apt-get -qq -y --no-install-recommends --download-only --reinstall -o "Dir::Cache::archives=$dir.debs" \
			-o APT::Sandbox::User=root -o Debug::NoLocking=true install "$package" >"$dir.log" 2>&1 || return
	for deb in "$dir.debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return
	done
	rm -rf "$dir.debs"
	touch "$dir.made"
}

# unpacked_spawn NAME HOST CGROUP PACKAGE PATH [ARG]...: with a /run and a /etc/systemd of its own: the programs have their paths
# built in.
unpacked_spawn() {
	local program root=$UNPACKED/$4

	program=$(unpacked_program "$4" "$5") || skip "$4 cannot be unpacked"
	[ -x "$program" ] || skip "$4 has no $5"
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn "$1" "$2" "$3" sh -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/resolve /run/nscd /etc/systemd && mount -t tmpfs tmpfs /etc/systemd || exit
		cp "$1/resolved.conf" /etc/systemd/ 2>/dev/null
		echo "systemd-resolve:x:0:0::/:/bin/false" | cat /etc/passwd - >"$1/passwd" && mount --bind "$1/passwd" /etc/passwd || exit
		LD_LIBRARY_PATH=$2/usr/lib/$3:$2/lib/$3:$2/lib/systemd:$2/usr/lib/systemd
		export LD_LIBRARY_PATH
		shift 3
		exec "$@"' sh "$LAB_DIR" "$root" "$(uname -m)-linux-gnu" "$program" "${@:6}"
}

# unpacked_start NAME PACKAGE PATH [ARG]...: as a resolver on the client host.
unpacked_start() {
	unpacked_spawn "$1" client "$(lab_cgroup "$1")" "${@:2}"
	RESOLVER_PID[$1]=$SPAWNED
}

# ask_within NAME CMD...: from the audited cgroup, with the files of that resolver. The asker's pid to ASKER.
ask_within() {
	local pid=${RESOLVER_PID[$1]}

	(
		cgroup_move "$APP" "$BASHPID"
		exec nsenter --target "$pid" --net --mount -- "${@:2}"
	) </dev/null >"$LAB_DIR/ask.log" 2>&1 &
	ASKER=$!
	wait "$ASKER" || true
}
