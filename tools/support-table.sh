#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   tools/support-table.sh            prints what "make distros" and "make kernels" found, as two tables: what was not run is
#                                     not in them, what failed says so
#   tools/support-table.sh --write    puts it into README.md, between the two comments that name this script
#
# environment: O (the build directory that they wrote to; default: build)
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
O=${O:-build}

# "release/name[/name] ok|no|FACT...", a line for each that "make distros" said
distros() {
	cat "$O"/distros/*.results | awk '
		$1 == "ok" { print $2, "ok" }
		$1 == "not" { print $3, "no" }
		$1 == "#" { $1 = ""; print substr($0, 2) }'
}

# "Debian | gcc | clang | clang for BPF | tests"
builds() {
	echo "| built on | with | the kernel side by | unit and kernel tests |"
	echo "|---|---|---|---|"
	distros | sort -V | awk '
		function also(list, word) { return list (list ? ", " : "") word }
		{ split($1, part, "/"); release = part[1]; what = part[2] }
		!(release in seen) { order[++n] = release; seen[release] = 1 }
		part[3] == "build" && what !~ /^bpf-/ { sub("-", " ", what); with[release] = also(with[release], what ($2 == "ok" ? "" : " (**fails**)")) }
		release == "arm64" && what == "build" { with[release] = "the cross compiler of Debian trixie" ($2 == "ok" ? "" : " (**fails**)") }
		part[3] == "load" && $2 ~ /^(ok|no)$/ { sub("bpf-", "", what); by[release] = also(by[release], what ($2 == "ok" ? "" : " (**fails**)")) }
		part[3] == "build" && what ~ /^bpf-/ && $2 == "no" { sub("bpf-", "", what); by[release] = also(by[release], what " (**fails**)") }
		part[3] == "tests" && $2 == "no" { tests[release] = also(tests[release], "**failed**") }
		part[3] == "tests" && $3 == "passed," { tests[release] = also(tests[release], $2 + 0 " passed" ($4 + 0 ? ", **" $4 + 0 " failed**" : "")) }
		END {
			for (i = 1; i <= n; i++) {
				release = order[i]
				print "| " (release == "arm64" ? "arm64" : "Debian " release) " | " with[release] " | " (by[release] ? "clang " by[release] : "") " | " tests[release] " |"
			}
		}'
}

# "KERNEL PROGRAM ok|no" and "KERNEL PROGRAM cost N", where PROGRAM is RELEASE-clang-N; "KERNEL tests PASSED FAILED".
loads() {
	local report

	distros | awk '
		{ split($1, part, "/") }
		part[3] != "load" { next }
		{ program = part[1] "-clang-" substr(part[2], 5) }
		$2 ~ /^(ok|no)$/ { print part[1], program, $2 }
		$2 ~ /^la_/ { print part[1], program, "cost", $3 }' | sed "s/^[a-z]* /$(running) /"
	for report in "$O"/kernels/*/report; do
		awk -v kernel="$(label "$report")" '
			$1 == "ok" && $2 ~ /\/load\// { sub(".*/load/", "", $2); print kernel, $2, "ok"; next }
			$1 == "not" && $3 ~ /\/load\// { sub(".*/load/", "", $3); print kernel, $3, "no"; next }
			$1 == "#" && $2 ~ /^load\// { sub("load/", "", $2); print kernel, $2, "cost", $4; next }
			$1 == "ok" { passed++ }
			$1 == "not" { failed++ }
			END { print kernel, "tests", passed + 0, failed + 0 }' "$report"
	done
}

# The kernel that "make distros" ran on: 6.18,host
running() {
	distros | awk '$1 ~ /\/kernel$/ { split($2, part, "."); print part[1] "." part[2] ",host"; exit }'
}

# 6.12,trixie
label() {
	local dir

	dir=$(dirname "$1")
	echo "$(cut -d. -f1,2 <"$dir/release" | cut -d- -f1 | cut -d+ -f1),$(basename "$dir")"
}

# A row a program, a column a kernel: the thousands of instructions that the dearest of its programs cost the verifier.
matrix() {
	local found columns

	found=$(loads | sed 's/ own / this-host /')
	columns=$(cut -d' ' -f1 <<<"$found" | sort -Vu | paste -sd' ')
	sort -k 2,2V <<<"$found" | awk -v kernels="$columns" '
		BEGIN { columns = split(kernels, column, " ") }
		{ kernel = $1; program = $2 }
		program == "tests" { tests[kernel] = $4 ? "**" $4 " failed**" : $3; next }
		!(program in listed) { listed[program] = 1; row[++rows] = program }
		$3 == "cost" { if ($4 > cost[kernel, program]) cost[kernel, program] = $4; next }
		{ verdict[kernel, program] = $3 == "no" ? "**no**" : "yes" }
		function cell(kernel, program) {
			if (verdict[kernel, program] == "yes" && cost[kernel, program])
				return int(cost[kernel, program] / 1000 + 0.5)
			return verdict[kernel, program]
		}
		function title(kernel) {
			sub(",", " ", kernel)
			return kernel
		}
		function name(program) {
			sub(/-clang-/, ", clang ", program)
			return program == "this-host" ? "this host; arm64: across, by trixie" : program
		}
		END {
			head = "| built by |"
			rule = "|---|"
			last = "| tests passed, with this host'"'"'s build |"
			for (i = 1; i <= columns; i++) {
				head = head " " title(column[i]) " |"
				rule = rule "---|"
				last = last " " tests[column[i]] " |"
			}
			print head "\n" rule
			for (j = 1; j <= rows; j++) {
				line = "| " name(row[j]) " |"
				for (i = 1; i <= columns; i++)
					line = line " " cell(column[i], row[j]) " |"
				print line
			}
			print last
		}'
}

table() {
	builds
	echo
	matrix
}

main() {
	local new

	case ${1:-} in
	"") table ;;
	--write)
		new=$(mktemp)
		table >"$new"
		sed -i -e "/<!-- tools\/support-table.sh: begin -->/,/<!-- tools\/support-table.sh: end -->/ {
			/begin -->/ { p; r $new
			}
			/end -->/ !d
			/begin -->/ d
		}" README.md
		rm -f "$new"
		;;
	*) sed -n '/^#   /,/^[^#]/s/^#   //p' "$0" >&2; exit 2 ;;
	esac
}

main "$@"
