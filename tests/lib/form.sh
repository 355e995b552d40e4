# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The form of events that a test has left in files.

# events_have_their_form SCHEMA FILE...: each event in those of the files that have events. Whoever wrote them may have been
# killed.
events_have_their_form() {
	local schema=$1 dir file first said n=0

	dir=$(mktemp -d)
	for file in "${@:2}"; do
		[ ! -f "$file" ] || ! IFS= read -r -n 14 first <"$file" || [ "$first" != '{"@timestamp":' ] ||
			ln -s "$(realpath "$file")" "$dir/$((++n)).${file##*/}.killed"
	done
	((!n)) || said=$(python3 "$TOP/tests/lib/schema.py" "$schema" "$dir"/* 2>&1) || {
		rm -r "$dir"
		fail "the form of events: $said"
	}
	rm -r "$dir"
}
