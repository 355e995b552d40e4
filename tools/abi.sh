#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   tools/abi.sh [DIRECTORY]    prints the header "abi.h": a checksum of all that a pinned guard and its reader must have in
#                               common, which are the events, the tables and the maps in DIRECTORY (default: bpf)
#
# Comments and white space do not count. Order does: a name's number is its place in its table.
set -euo pipefail
export LC_ALL=C

# Without its comments, as one line.
bare() {
	awk '
		{
			line = $0
			while (line != "") {
				at = index(line, inside ? "*/" : "/*")
				if (!inside)
					printf "%s ", at ? substr(line, 1, at - 1) : line
				line = at ? substr(line, at + 2) : ""
				if (at)
					inside = !inside
			}
		}' "$@" | tr -s ' \t\n' ' '
}

cd "${1:-bpf}"
mapfile -t files < <(echo core/event.h && echo core/tables.h && grep -l 'SEC(".maps")' ./*.bpf.h)
sum=$(bare "${files[@]}" | cksum | cut -d ' ' -f 1)
echo "/* made by tools/abi.sh */"
printf '#define LA_ABI_CHECKSUM 0x%08xU\n' "$sum"
