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

# until_ok WHAT CMD...: polls CMD until it succeeds; WHAT names the thing in the failure's message.
until_ok() {
	local what=$1 end=$((SECONDS + LAB_DEADLINE))

	shift
	until "$@"; do
		((SECONDS < end)) || fail "waited ${LAB_DEADLINE} s for $what: $*"
		sleep 0.02
	done
}
