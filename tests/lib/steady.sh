# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What fails once: a fault, or a race?

# steadily NAME CMD [ARG]...: CMD runs tests and counts what it reports in $passed, $failed and $skipped. Where some have failed it
# is given two more runs, as long as it passes: if it passes both, NAME is unsteady, which is said. Only the last run counts.
steadily() {
	local name=$1 was_passed=$passed was_failed=$failed was_skipped=$skipped run

	shift
	"$@"
	((failed > was_failed)) || return 0
	for run in second third; do
		echo "$name failed; its $run run:"
		passed=$was_passed failed=$was_failed skipped=$was_skipped
		"$@"
		((failed == was_failed)) || return 0
	done
	echo "unsteady: $name failed once, and then passed twice"
}
