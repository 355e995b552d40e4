# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# One command says whether all that should hold does.

# status STATUS WORDS [ARG...]: its exit status, and words of what it says, to $LAB_DIR/status.
status() {
	local status=0

	"$LEAKAUDIT" status "${@:3}" >"$LAB_DIR/status" 2>&1 || status=$?
	cat "$LAB_DIR/status" >&2
	assert_equal "exit status, saying $2" "$1" "$status"
	tr -s ' \n' ' ' <"$LAB_DIR/status" | grep -qFe "$2" || fail "it does not say '$2'"
	awk 'length > 80 { exit 1 }' "$LAB_DIR/status" || fail "more than 80 columns"
}

says_status() {
	(status "$@") 2>/dev/null
}

test_status_of_a_watch() {
	lab_up tunnel dns
	start_leakaudit --cgroup "$SCOPE"
	until_ok "that all holds" says_status 0 "verdict safe: tunnel tun0 is up" "$LEAKAUDIT_PID"
	status 0 "ALL HOLDS" "$LEAKAUDIT_PID"
	status 0 "hooks at the cgroup, at TC of" "$LEAKAUDIT_PID"
	refused 3 "there is no guard 'nobody'" status nobody
	ip_in client route add "$DNS4" via "$ISP4" dev eth0
	in_client dig +tries=1 "@$DNS4" name.example >/dev/null
	until_ok "the leak" says_status 1 "SOMETHING LEAKS" "$LEAKAUDIT_PID"
	status 1 "dns over eth0, 1 packet" "$LEAKAUDIT_PID"
	assert_equal "as JSON" "false leaking true $LEAKAUDIT_PID" \
		"$({ "$LEAKAUDIT" status -o json "$LEAKAUDIT_PID" || true; } | jq -r '"\(.holds) \(.runs[0].verdict.word) \(.problems[0].leaks) \(.runs[0].pid)"')"
	kill -STOP "$LEAKAUDIT_PID"
	status 5 "run $LEAKAUDIT_PID: it does not answer" "$LEAKAUDIT_PID"
	kill -CONT "$LEAKAUDIT_PID"
	kill -KILL "$LEAKAUDIT_PID"
	until_ok "its end" dead "$LEAKAUDIT_PID"
	status 5 "it has died without ending in order" "$LEAKAUDIT_PID"
}

# booted UNIT: $LAB_DIR/booted is leakaudit on a machine where systemd is to run that unit, and where nobody watches.
booted() {
	cat >"$LAB_DIR/booted" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system/a.target.wants &&
			ln -s /dev/null "/run/systemd/system/a.target.wants/$1" && exec "\$0" "\$@"' "$LEAKAUDIT" "\$@"
	END
	chmod +x "$LAB_DIR/booted"
}

test_status_of_units() {
	lab_up
	booted "leakaudit@$LAB.service"
	LEAKAUDIT=$LAB_DIR/booted status 5 "leakaudit@$LAB: the unit is enabled, and does not run"
	booted "leakaudit-guard@$LAB.service"
	LEAKAUDIT=$LAB_DIR/booted status 5 "leakaudit-guard@$LAB: the unit is enabled, and its guard is not there" "$LAB"
	guard_make
	LEAKAUDIT=$LAB_DIR/booted status 0 "ALL HOLDS" "$LAB"
	guard_release
}

# A guard of a cgroup of its own, so that this can be removed.
test_status_of_a_guard() {
	command -v bpftool >/dev/null || [ -x /usr/sbin/bpftool ] || skip "bpftool is missing"
	lab_up tunnel
	GUARD_SCOPE=$(lab_cgroup guarded)
	guard_make --ttl 550
	status 0 "guard $LAB of $(cgroup_path "$GUARD_SCOPE")" "$LAB"
	status 0 "in force, stops all, expires in 9 min" "$LAB"
	status 0 "opened by: leakaudit watch --guard $LAB" "$LAB"
	assert_equal "as JSON" "true in-force 0 true" \
		"$("$LEAKAUDIT" status -o json "$LAB" | jq -r '"\(.holds) \(.guards[0].state) \(.guards[0].hooks.lost) \(.guards[0].hooks.cgroup > 5)"')"
	PATH=$PATH:/usr/sbin bpftool link detach pinned "$GUARD_ROOT/$LAB/link_la_cgroup_egress"
	status 5 "somebody has detached 1 of its hooks: link_la_cgroup_egress" "$LAB"
	rmdir "$GUARD_SCOPE"
	until_ok "that its cgroup is gone" says_status 5 "is gone: nobody is guarded" "$LAB"
	guard_release
	refused 3 "there is no guard '$LAB'" status "$LAB"
}
