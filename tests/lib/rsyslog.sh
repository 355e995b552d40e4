# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, the tests read
# A real rsyslogd with tools/rsyslog/leakaudit.conf.

# rsyslog_start NAME: with directories of its own. What the configuration leaves to a system's other rules goes to log/other.
rsyslog_start() {
	local dir=$LAB_DIR/$1

	mkdir -p "$dir/log/leakaudit" "$dir/work"
	cat >"$dir/rsyslog.conf" <<-END
		global(workDirectory="$dir/work")
		module(load="imuxsock" sysSock.use="off")
		input(type="imuxsock" socket="$dir/socket")
		$(sed "s|/var/log|$dir/log|" tools/rsyslog/leakaudit.conf)
		action(type="omfile" file="$dir/log/other")
	END
	spawn "rsyslogd-$1" client "$LAB_CGROUP/watcher" rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/pid"
	RSYSLOG_PID=$SPAWNED
	until_ok "rsyslogd" test -S "$dir/socket"
}

# rsyslog_ends NAME: when it has written all events.
rsyslog_ends() {
	until_ok "all events to be written on" same_lines "$OUT" "$LAB_DIR/$1/log/leakaudit-events.json"
	end_process "$RSYSLOG_PID"
}

same_lines() {
	[ -e "$2" ] && (($(wc -l <"$1") == $(wc -l <"$2")))
}
