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
	files | grep -E '(\.([chsS]|sh|py|js|bash|zsh|fish|conf|service|bpf)|^Makefile|^\.ci/run|^tests/(run|(fuzz|score|docs|pipeline|reconcile|clients|attack|outputs|fleet)/run)|^tools/(bench|pictures)/run|^tests/distros/run|^tests/kernels/(run|guest|load|init)|^tests/systemd/(run|programs/.*)|^tests/packages/run)$' | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

scripts() {
	sources | while read -r file; do
		head -n 3 "$file" | grep -qE '^#!.*sh$|^# shellcheck shell=' && echo "$file"
	done
}

# Where gcc's build is left, for who goes on with it (.ci/run).
GCC_O=${GCC_O:-$tmp/gcc}

build() {
	make -j"$(nproc)" O="$2" CC="$1" WERROR=-Werror NO_INSTALL=1 all tests >/dev/null
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

# "FILE INCLUDED" for each include of a file of our own, as it is written.
includes() {
	grep -HoE '^#[ \t]*include[ \t]*"[^"]+"' "$@" | sed -E 's/:#[ \t]*include[ \t]*"([^"]+)"/ \1/'
}

# The rooms from the ground up, as the map has them.
rooms() {
	# shellcheck disable=SC2016 # Markdown's
	sed -nE 's/^\| `((bpf|user)[a-z/]*)` \|.*/\1/p' docs/ARCHITECTURE.md
}

# A room includes itself and those before it; one of bpf/ only those of bpf/.
rooms_are_kept() {
	local file included place

	find bpf user -type f | while read -r file; do
		rooms | grep -qx "${file%/*}" || echo "$file: its directory is no room of docs/ARCHITECTURE.md"
	done
	# shellcheck disable=SC2046 # names without spaces
	includes $(find bpf user -name '*.[ch]') |
		while read -r file included; do
			for place in "${file%/*}" bpf user vmlinux; do
				if [ -e "$place/$included" ]; then
					echo "$file" "$(dirname "$place/$included")"
					break
				fi
			done
		done | awk -v order="$(rooms | tr '\n' ' ')" '
		BEGIN { for (n = split(order, room, " "); n; n--) floor[room[n]] = n }
		$2 == "vmlinux" { next }
		{
			from = $1
			sub(/\/[^\/]*$/, "", from)
			if (floor[$2] > floor[from])
				print $1 ": includes " $2 ", a room above its own"
			else if (from ~ /^bpf/ && $2 !~ /^bpf/)
				print $1 ": includes " $2 ", which is not in bpf/"
		}'
}

# Versions of clang-format differ in what they make of one configuration.
FORMAT_VERSION=14

formatted() {
	local list

	mapfile -t list < <(sources | grep -E '\.[ch]$' | grep -v '^vmlinux/')
	clang-format --dry-run -Werror "${list[@]}" 2>&1 | grep -o '^[^:]*:[0-9]*' | sort -u | sed 's/$/: not as clang-format has it/'
}

short_functions() {
	sources | grep -E '^(bpf|user|tools)/.*\.[ch]$' | xargs awk '
		/^\{$/ { start = FNR }
		/^\}/ && start && FNR - start - 1 > 60 { print FILENAME ":" start ": a function of " FNR - start - 1 " lines" }
		/^\}/ { start = 0 }'
}

comments_name_what_is_there() {
	sources | grep -E '^(bpf|user|tests)/.*\.[chS]$' | xargs awk -f tools/comment-names.awk | sort
}

# unused OBJECT...: what these define, and none of them has from another.
unused() {
	nm "$@" | awk '
		NF < 2 { next }
		$(NF - 1) == "U" { used[$NF] }
		$(NF - 1) ~ /^[TDBRV]$/ { defined[$NF] }
		END { for (symbol in defined) if (!(symbol in used)) print symbol }' | sort
}

# Of the program: what only its tests call is dead. But for what they can observe in no other way. What only its own file calls
# is static, but for the help of "help", which is one of a table like the others.
OBSERVED='links_resyncs sink_written'

symbols_are_used() {
	local symbol

	unused "$GCC_O"/user/*/*.o | while read -r symbol; do
		[[ " main $OBSERVED " == *" $symbol "* ]] || (($(cat user/*/*.c | grep -ow -- "$symbol" | wc -l) > 1)) ||
			echo "$symbol: nothing but tests uses it"
	done
	comm -12 <(unused "$GCC_O"/{user,tests}/*/*.o) <(nm -g --defined-only "$GCC_O"/user/*/*.o | awk 'NF == 3 { print $3 }' | sort) |
		grep -vxe main -e cmd_help_usage | while read -r symbol; do
		(($(grep -lw -- "$symbol" user/*/*.c | wc -l) > 1)) || echo "$symbol: only its own file uses it, and it is not static"
	done
}

skeletons_have_one_room() {
	find user -name '*.[ch]' ! -path 'user/datapath/*' -exec grep -l '\.skel\.h' {} + | sed 's/$/: only user\/datapath knows the skeletons/'
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

# In their directory, where it looks for what they refer to.
pages_for_mandoc() {
	(cd docs/man && mandoc -T lint -- *.[578])
}

pages_for_groff() {
	local page

	for page in docs/man/*.[578]; do
		groff -t -mandoc -ww -z -T utf8 "$page"
	done
}

main() {
	local list

	check "SPDX lines" spdx
	check "form" form
	check "rooms" rooms_are_kept
	check "users of the skeletons" skeletons_have_one_room
	mapfile -t list < <(scripts)
	check "functions of 60 lines" short_functions
	check "names in comments" comments_name_what_is_there
	if [[ $(clang-format --version 2>/dev/null) == *" $FORMAT_VERSION."* ]]; then
		check "format of C" formatted
	else
		echo "skip format of C (no clang-format $FORMAT_VERSION)"
	fi
	check_with shellcheck "scripts" shellcheck -x -P SCRIPTDIR "${list[@]}"
	check_with mandoc "manual pages by mandoc" pages_for_mandoc
	check_with groff "manual pages by groff" pages_for_groff
	check_with systemd-analyze "systemd unit" unit_is_valid
	check_with rsyslogd "rsyslog configuration" rsyslog_is_valid
	check_with gcc "build with gcc" build gcc "$GCC_O"
	check_with gcc "symbols are used" symbols_are_used
	check_with clang "build with clang" build clang "$tmp/clang"
	check_with clang "BPF object for arm64" build_bpf_for_arm64
	exit $failed
}

main
