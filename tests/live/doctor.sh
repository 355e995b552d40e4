# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# leakaudit doctor: what it finds is so, and it leaves nothing behind.

# doctor STATUS CMD...: run by CMD, if any; as JSON to $LAB_DIR/doctor.
doctor() {
	local status=0

	"${@:2}" "$LEAKAUDIT" doctor -o json >"$LAB_DIR/doctor" 2>"$LAB_DIR/doctor.log" || status=$?
	jq -e . "$LAB_DIR/doctor" >/dev/null || fail "not JSON: $(cat "$LAB_DIR/doctor.log")"
	assert_equal "exit status ($(jq -c '.checks[] | select(.grade == "fail" or .grade == "limit")' "$LAB_DIR/doctor"))" "$1" "$status"
}

# grade NAME
grade() {
	jq -r ".checks[] | select(.name == \"$1\") | .grade" "$LAB_DIR/doctor"
}

# What a trial could leave, of this lab: others run beside it.
traces() {
	find "$LAB_CGROUP" -name 'leakaudit*'
	find /sys/fs/bpf -maxdepth 1 -name 'leakaudit-doctor*'
	in_client tc qdisc show dev lo
	in_client tc filter show dev lo egress
}

test_doctor_finds_this_machine_ready() {
	local before status=0

	lab_up
	# what is set in the client's namespace
	in_client sysctl -q net.ipv4.conf.{all,eth0}.{arp_ignore=0,arp_announce=0,rp_filter=0} net.ipv6.conf.eth0.{accept_ra=1,disable_ipv6=0}
	before=$(traces)
	doctor 0 in_client
	assert_equal "notes" "note note note note" "$(grade arp_ignore) $(grade arp_announce) $(grade rp_filter) $(grade accept_ra)"
	unshare --net "$LEAKAUDIT" doctor -o json >"$LAB_DIR/other" 2>"$LAB_DIR/other.log" || true
	assert_equal "in a namespace without a line, whatever /sys has" ok "$(jq -r '.checks[] | select(.name == "arp_ignore").grade' "$LAB_DIR/other")"
	assert_equal "conclusion" ready "$(jq -r .conclusion "$LAB_DIR/doctor")"
	assert_equal "what is not there" "" "$(jq -r '.checks[] | select(.grade == "fail" or .grade == "limit") | .name' "$LAB_DIR/doctor")"
	assert_equal "leakaudit's programs" ok "$(grade "leakaudit's programs")"
	assert_equal "what is left behind" "$before" "$(traces)"
	in_client "$LEAKAUDIT" doctor >"$LAB_DIR/text" || status=$?
	assert_equal "status" 0 "$status"
	assert_equal "width of the text" 0 "$(awk 'length > 80' "$LAB_DIR/text" | wc -l)"
	assert_equal "the verdict" Ready. "$(head -n 1 "$LAB_DIR/text" | cut -d ' ' -f 1)"

	in_client sysctl -q net.ipv4.conf.all.{arp_ignore=2,arp_announce=2,rp_filter=2} net.ipv6.conf.eth0.accept_ra=0
	doctor 0 in_client
	assert_equal "mended" "ok ok ok ok" "$(grade arp_ignore) $(grade arp_announce) $(grade rp_filter) $(grade accept_ra)"
}

test_doctor_of_a_container_and_without_rights() {
	lab_up
	doctor 2 setpriv --reuid 65534 --clear-groups
	assert_equal "without rights" "fail fail" "$(grade capabilities) $(grade BPF)"
	doctor 2 setpriv --reuid 65534 --clear-groups unshare --user --map-root-user
	assert_equal "as root of a user namespace" fail "$(grade capabilities)"
	doctor 1 unshare --pid --cgroup --fork --mount-proc
	assert_equal "in a container" limit "$(grade container)"
	doctor 1 setpriv --bounding-set -sys_ptrace
	assert_equal "without one right" limit "$(grade capabilities)"
	doctor 1 setpriv --bounding-set -sys_admin
	assert_equal "without a namespace to try in" "note note ok" "$(grade tcx) $(grade clsact) $(grade "leakaudit's programs")"
	doctor 2 prlimit --nofile=12
	jq -e '.checks[] | select(.name == "leakaudit'"'"'s programs").remedy | test("ulimit")' "$LAB_DIR/doctor" >/dev/null || fail "no remedy"
	doctor 0 unshare --mount sh -c 'mount -t tmpfs none /sys/fs/bpf; exec "$@"' sh
	assert_equal "without bpffs" "note mount -t bpf bpf /sys/fs/bpf" \
		"$(jq -r '.checks[] | select(.name == "bpffs") | "\(.grade) \(.remedy)"' "$LAB_DIR/doctor")"
	# shellcheck disable=SC2016 # the inner shell's
	doctor 1 unshare --mount sh -c 'for at in $(awk "\$3 == \"cgroup2\" { print \$2 }" /proc/self/mounts); do mount -o remount,bind,ro "$at"; done; exec "$@"' sh
	assert_equal "where no cgroup can be made" "limit ok" "$(grade "a cgroup to try in") $(grade "leakaudit's programs")"
}
