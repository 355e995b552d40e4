# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a user is told who asks for what cannot be: the reason, and the exit code for it.

test_unknown_option_names_the_nearest() {
	refused 2 '--tunnel' watch --tunel tun0
	refused 2 'exempt' watch --lan exmpt
	refused 2 'watch' wacth
}

test_target_that_does_not_exist() {
	refused 3 "$(cgroup_mount)/no-such-cgroup" watch --cgroup "$(cgroup_mount)/no-such-cgroup"
	refused 3 /tmp watch --cgroup /tmp
	refused 3 4194999 watch --pid 4194999
}

test_without_root() {
	local copy=$LAB_DIR/leakaudit # where nobody can read it

	chmod 755 "$LAB_DIR"
	install -m 755 "$LEAKAUDIT" "$copy"
	LEAKAUDIT="setpriv --reuid 65534 --regid 65534 --clear-groups $copy"
	refused 3 'root' watch
}

# refused STATUS WORD ARG...: ends at once, with that exit status, having said WORD on stderr and nothing on stdout.
refused() {
	local status=0 expected=$1 word=$2

	shift 2
	# shellcheck disable=SC2086 # may be a command with arguments
	timeout 10 $LEAKAUDIT "$@" </dev/null >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr" || status=$?
	assert_equal "exit status of '$*' ($(head -n 1 "$LAB_DIR/stderr"))" "$expected" "$status"
	grep -qFe "$word" "$LAB_DIR/stderr" || fail "'$*' does not say '$word': $(cat "$LAB_DIR/stderr")"
	[ ! -s "$LAB_DIR/stdout" ] || fail "'$*' writes to stdout: $(cat "$LAB_DIR/stdout")"
}
