# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # what the runner sets
# Several tests at a time: lanes, each of which takes the next test when it is done with one.

lanes=() lanes_dir=''

# lanes_run N CMD [FILE NAME]...: runs CMD FILE NAME for each pair, which reports one result. What fails beside others is run again
# alone, steadily, and only that counts.
lanes_run() {
	local jobs=$1 cmd=$2 tests=("${@:3}") i

	if ((jobs < 2)); then
		for ((i = 0; i < ${#tests[@]}; i += 2)); do
			"$cmd" "${tests[i]}" "${tests[i + 1]}"
		done
		return
	fi
	lanes_dir=$(mktemp -d "${TMPDIR:-/tmp}/leakaudit-lanes.XXXXXX")
	echo 0 >"$lanes_dir/next"
	for ((i = 0; i < jobs; i++)); do
		lane "$lanes_dir" "$cmd" "${tests[@]}" &
		lanes+=($!)
	done
	wait "${lanes[@]}"
	lanes=()
	lanes_count "$lanes_dir"
	lanes_again "$lanes_dir" "$cmd"
	rm -rf "$lanes_dir"
}

lane() {
	local dir=$1 cmd=$2 tests=("${@:3}") before i

	lanes=()
	trap interrupted INT TERM HUP
	while i=$(lane_next "$dir") && ((i < ${#tests[@]})); do
		before=$failed
		"$cmd" "${tests[i]}" "${tests[i + 1]}" >"$dir/said.$BASHPID"
		flock "$dir/lock" cat "$dir/said.$BASHPID"
		((failed == before)) || printf '%s %s\n' "${tests[i]}" "${tests[i + 1]}" >>"$dir/failed"
	done
	echo "$passed $skipped" >"$dir/counts.$BASHPID"
}

# The index of the next test that nobody has taken.
lane_next() {
	(
		flock 9
		i=$(cat "$1/next")
		echo $((i + 2)) >"$1/next"
		echo "$i"
	) 9>"$1/lock"
}

# A lane begins with the counts of what had run before.
lanes_count() {
	local p s sum_p=0 sum_s=0

	while read -r p s; do
		sum_p=$((sum_p + p - passed)) sum_s=$((sum_s + s - skipped))
	done < <(cat "$1"/counts.*)
	passed=$((passed + sum_p)) skipped=$((skipped + sum_s))
}

lanes_again() {
	local file name

	[ -e "$1/failed" ] || return 0
	echo "what has failed beside others, alone:"
	while read -r file name <&8; do
		steadily "$name" "$2" "$file" "$name"
	done 8<"$1/failed"
}

# lanes_end: when the run is interrupted.
lanes_end() {
	((${#lanes[@]})) || return
	{ kill -TERM "${lanes[@]}"; wait "${lanes[@]}"; } 2>/dev/null
	rm -rf "$lanes_dir"
}
