#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the sources. Says a line per check; what cannot be checked here is skipped by name.
# shellcheck disable=SC2317 # the checks are called by check()
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# check NAME CMD...: fails when CMD fails or has something to say.
check() {
	local name=$1 said

	shift
	if said=$("$@" 2>&1) && [[ ! $said ]]; then
		echo "ok   $name"
	else
		echo "FAIL $name"
		echo "     ${said//$'\n'/$'\n'     }"
		failed=1
	fi
}

# check_with TOOL NAME CMD...
check_with() {
	if command -v "$1" >/dev/null; then
		check "${@:2}"
	else
		echo "skip $2 ($1 is not installed)"
	fi
}

# What is in git or would be added; all there is, in a tree without git.
files() {
	git ls-files -co --exclude-standard 2>/dev/null || find . -path ./build\* -prune -o -type f -print | sed 's|^\./||'
}

sources() {
	files | grep -E '(\.([chsS]|sh|py|bash|conf|service|bpf)|^Makefile|^\.ci/run|^tests/(run|fuzz/run|score/run)|^tools/bench/run|^tests/distros/run|^tests/kernels/(run|guest|load|init)|^tests/systemd/(run|programs/.*))$' | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

scripts() {
	sources | while read -r file; do
		head -n 3 "$file" | grep -qE '^#!.*sh$|^# shellcheck shell=' && echo "$file"
	done
}

build() {
	make -j"$(nproc)" O="$tmp/$1" CC="$1" WERROR=-Werror NO_INSTALL=1 all tests >/dev/null
}

build_bpf_for_arm64() {
	make O="$tmp/arm64" BPF_ARCH=arm64 WERROR=-Werror NO_INSTALL=1 "$tmp"/arm64/{leakaudit,owners}.bpf.o >/dev/null
}

spdx() {
	sources | while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file: no SPDX line at its top"
	done
}

form() {
	sources | grep -v '^vmlinux/' | while read -r file; do
		awk -v file="$file" '
			/[ \t]$/ { print file ":" NR ": white space at the end of the line" }
			END { if (NR > 450) print file ": " NR " lines: it owns more than one thing" }' "$file"
	done
}

# "FILE INCLUDED" for each include of a file of our own.
includes() {
	grep -HoE '^#[ \t]*include[ \t]*"[^"]+"' "$@" | sed -E 's/:#[ \t]*include[ \t]*"(.*\/)?([^"]+)"/ \2/'
}

# A module is the files whose names begin with the same word. What a module includes, directly or not, is never above it:
# there are no circles, and of the modules that have a layer none reaches one of a higher layer, by whatever way.
layers() {
	includes "$1"/*.[ch] | awk -v table="$2" '
		function module(file) { sub(/.*\//, "", file); sub(/(_.*)?\.[ch]$/, "", file); return file }
		function layer(name,   i) {
			for (i = 1; i <= n; i++)
				if (name ~ "^(" pattern[i] ")$")
					return i
			return 0
		}
		function reach(from, via,   parts, count, i) {
			count = split(uses[via], parts, " ")
			for (i = 1; i <= count; i++)
				visit(from, parts[i])
		}
		function visit(from, to) {
			if ((from, to) in seen)
				return
			seen[from, to] = 1
			if (layer(from) && layer(to) > layer(from))
				print from ": reaches " to ", which is above it"
			reach(from, to)
		}
		BEGIN { n = split(table, pattern, " ") }
		{
			from = module($1)
			to = module($2)
			if (from != to) {
				uses[from] = uses[from] " " to
				edge[$0] = to SUBSEP from
			}
		}
		END {
			for (from in uses)
				reach(from, from)
			for (include in edge)
				if (edge[include] in seen) {
					split(include, file, " ")
					print file[1] ": includes " file[2] ", which leads back to it"
				}
		}' | sort
}

bpf_is_alone() {
	local file included

	includes bpf/*.[ch] | while read -r file included; do
		[[ -e bpf/$included || -e vmlinux/$included ]] || echo "$file: includes $included, which is not in bpf/"
	done
}

skeletons_have_three_users() {
	grep -l '\.skel\.h' user/*.[ch] | grep -v -x -e user/kernel.c -e user/kernel_load.c -e user/kernel_pin.c -e user/attach.c |
		sed 's/$/: only kernel.c, kernel_load.c, kernel_pin.c and attach.c know the skeletons/'
}

unit_is_valid() {
	local unit

	for unit in leakaudit leakaudit-guard; do
		make -s O="$tmp" "$tmp/$unit@.service" || return
		sed 's|/usr/local/bin/leakaudit|/bin/true|' "$tmp/$unit@.service" >"$tmp/$unit@some.service"
		systemd-analyze verify "$tmp/$unit@some.service" || return
	done
}

rsyslog_is_valid() {
	mkdir -p "$tmp/log"
	echo "global(workDirectory=\"$tmp\")" >"$tmp/rsyslog.conf"
	sed "s|/var/log|$tmp/log|" tools/rsyslog/leakaudit.conf >>"$tmp/rsyslog.conf"
	echo "action(type=\"omfile\" file=\"$tmp/log/other\")" >>"$tmp/rsyslog.conf"
	rsyslogd -N1 -f "$tmp/rsyslog.conf" 2>&1 | grep -v -e ': version' -e 'End of config'
	true
}

main() {
	local list

	check "SPDX lines" spdx
	check "form" form
	check "layers of bpf/" layers bpf 'event|tables|frame parse class|dns|stun|torrent|classify verdict maps.bpf .*\.bpf'
	check "layers of user/" layers user 'util|log record|policy|json|opt enrich|sink.*|kernel|links pipeline cmd_.* main'
	check "bpf/ includes nothing from user/" bpf_is_alone
	check "users of the skeletons" skeletons_have_three_users
	mapfile -t list < <(scripts)
	check_with shellcheck "scripts" shellcheck -x -P SCRIPTDIR "${list[@]}"
	check_with systemd-analyze "systemd unit" unit_is_valid
	check_with rsyslogd "rsyslog configuration" rsyslog_is_valid
	check_with gcc "build with gcc" build gcc
	check_with clang "build with clang" build clang
	check_with clang "BPF object for arm64" build_bpf_for_arm64
	exit $failed
}

main
