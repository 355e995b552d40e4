# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash disable=SC2154,SC2034 # what the guest sets and reads
# What each release's compilers made of the kernel side, taken by this kernel or not. Costs are told as "# NAME PROGRAM N".

HERE=$(dirname "$0")

# load NAME DIR [RUN...]
load() {
	name=$1

	shift
	quiet_ns la-kernel-load
	if in_ns la-kernel-load sh "$HERE/load" "$@" >"$D/load" 2>&1; then
		sed "s|^# |# $test/$name |" "$D/load"
		echo "ok $test/$name"
	else
		echo "not ok $test/$name"
		tail -n 12 "$D/load" | sed 's/^/# /' | cut -c 1-300
	fi
	$IP netns del la-kernel-load
}

test_load() {
	load own "$(dirname "$(command -v leakaudit)")"
	for root in "$HERE"/releases/*; do
		[ -d "$root" ] || { echo "skip $test/releases (make distros kept no programs for this machine)"; return; }
		for dir in proc sys dev; do
			mount -o rbind "/$dir" "$root/$dir"
		done
		for programs in "$root"/clang-*; do
			load "${root##*/}-${programs##*/}" "/${programs##*/}" chroot "$root"
		done
	done
}
