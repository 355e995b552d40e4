# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Waiting for conditions, and the three ways in which a test can end early.

# Generous on purpose: a deadline only says when a test has failed, it never makes one pass.
LAB_DEADLINE=${LAB_DEADLINE:-80}
LAB_SKIP=77

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "SKIPPED: $*" >&2
	exit "$LAB_SKIP"
}

# until_ok WHAT CMD...: polls CMD until it succeeds; WHAT names the thing in the failure's message. What takes long is asked for less
# often: on a busy machine the polls are what it is busy with.
until_ok() {
	local what=$1 end=$((SECONDS + LAB_DEADLINE)) slow=$((SECONDS + 2)) pause=0.02

	shift
	until "$@"; do
		((SECONDS < end)) || fail "waited ${LAB_DEADLINE} s for $what: $*"
		((SECONDS < slow)) || pause=0.15
		sleep "$pause"
	done
}
