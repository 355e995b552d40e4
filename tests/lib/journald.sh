# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, the tests read
# A systemd-journald of one's own: with a /run that nobody else sees.

JOURNALD=/lib/systemd/systemd-journald

# journald_start: its socket is $JOURNAL_SOCKET, by the way through its /proc, and journal prints what it has.
journald_start() {
	[ -x "$JOURNALD" ] || skip "systemd-journald is not installed"
	[ -s /etc/machine-id ] || skip "systemd-journald needs /etc/machine-id"
	# shellcheck disable=SC2016 # of that shell
	spawn journald client "$LAB_CGROUP/watcher" sh -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal && [ ! -d /var/log/journal ] || mount -t tmpfs tmpfs /var/log/journal
		exec "$0"' "$JOURNALD"
	JOURNALD_PID=$SPAWNED
	JOURNAL_SOCKET=/proc/$JOURNALD_PID/root/run/systemd/journal/socket
	until_ok "journald" test -S "$JOURNAL_SOCKET"
}

# journal ARG...: what it has of leakaudit, an entry a line.
journal() {
	journalctl --directory "/proc/$JOURNALD_PID/root/run/log/journal" --no-pager --identifier leakaudit --output json "$@"
}
