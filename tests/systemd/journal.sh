# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # what tests/lib sets
# The log pipeline as it is on a user's machine: journald, and rsyslog behind it.

WATCH=leakaudit@client

# What is written to a file is there too, line by line; and rsyslog, by the configuration that is installed, writes it on.
test_journal_and_rsyslog_have_every_event() {
	local leaks port

	machine_with tell
	printf '%s\n' 'output = json' 'output = json:/var/log/leakaudit/client.json' | options_file
	# The other way in: each event would come twice.
	sed '/^input(type="imfile"/,/)$/d' "$MACHINE_ROOT/usr/local/share/doc/leakaudit/rsyslog.conf" >"$MACHINE_ROOT/etc/rsyslog.d/30-leakaudit.conf"
	# Less than these, for whoever has not asked for more: with much room on the disk journald takes six times that.
	mkdir -p "$MACHINE_ROOT/etc/systemd/journald.conf.d"
	printf '%s\n' '[Journal]' RateLimitIntervalSec=30s RateLimitBurst=2 >"$MACHINE_ROOT/etc/systemd/journald.conf.d/few.conf"
	machine_on
	systemctl_on start client "$WATCH"
	until_ok "the client to be followed" watches_client
	for port in {1001..1060}; do
		tell "$port"
	done
	until_ok "the last packet's event" leak_to 1060
	systemctl_on stop client "$WATCH"
	assert_equal "last event" '"summary"' "$(tail -n 1 "$OUT" | jq .event.action)"

	journal --identifier leakaudit | grep '^{' >"$MACHINE_DIR/journal.json"
	cmp "$OUT" "$MACHINE_DIR/journal.json" || fail "the journal has other events than the file"
	until_ok "all events to be written on" rsyslog_has_all
	diff <(jq -cS . "$OUT") <(jq -cS . "$MACHINE_ROOT/var/log/leakaudit-events.json") || fail "fields were lost"
	leaks=$(jq -r "select($LEAK) | .destination.port" "$OUT" | wc -l)
	assert_equal "readable lines" "$leaks" "$(wc -l <"$MACHINE_ROOT/var/log/leakaudit-leaks.log")"
	! grep -q '"action":"leak"' "$MACHINE_ROOT/var/log/syslog" || fail "events are in the other rules' files, too"
	assert_all_well
}

rsyslog_has_all() {
	[ -e "$MACHINE_ROOT/var/log/leakaudit-events.json" ] &&
		(($(wc -l <"$OUT") == $(wc -l <"$MACHINE_ROOT/var/log/leakaudit-events.json")))
}

# Without an output: a sentence for people, and by journalctl's filters what leakaudit-events(5) says.
test_journal_has_the_unit_and_its_name() {
	machine_with tell
	options_file </dev/null
	machine_on
	systemctl_on start client "$WATCH"
	OUT=$MACHINE_DIR/journal.json
	until_ok "the client to be followed" watches_client_by_journal
	tell 1001
	until_ok "the packet's event" leaked_by_journal 1001
	systemctl_on stop "$WATCH"
	journal --unit "$WATCH" LEAKAUDIT_ACTION=leak | says '^send\[[0-9]*\] leaked .*:1001' || fail "no sentence: $(journal --unit "$WATCH")"
	! on_machine systemctl status "$WATCH" | says '{' || fail "JSON is in the way of what people read"
	assert_equal "lines that are not its own" "" \
		"$(on_machine journalctl --boot --no-pager --output json --unit "$WATCH" --identifier leakaudit | jq -r 'select(._COMM != "leakaudit") | .MESSAGE')"
}

# watch_may LINE...: of the watcher's [Service], in a drop-in.
watch_may() {
	local dir=$MACHINE_ROOT/etc/systemd/system/$WATCH.service.d

	mkdir -p "$dir"
	printf '%s\n' '[Service]' "$@" >"$dir/receiver.conf"
}

# What a receiver on the far side gets is in $MACHINE_DIR/got.
receiver_far() {
	(
		cgroup_move "$FAR_CGROUP" "$BASHPID"
		exec nsenter --net="/run/netns/$MACHINE-far" -- python3 "$TOP/tests/lib/receiver.py" lines "$FAR4:5170" "$MACHINE_DIR/got"
	) >"$MACHINE_DIR/receiver.log" 2>&1 </dev/null &
	RECEIVER=$!
	until_ok "the receiver" grep -q listening "$MACHINE_DIR/receiver.log"
}

says_who_refuses() {
	journal --unit "$WATCH" | says 'output tcp:.*IPAddressAllow= .*; events wait in /var/lib/leakaudit/client'
}

# The unit may not send to another host until a drop-in allows it. It is said what helps, and nothing is lost meanwhile.
test_receiver_on_another_host() {
	machine_with tell
	printf '%s\n' 'output = json:/var/log/leakaudit/client.json' "output = tcp:$FAR4:5170,spool=/var/lib/leakaudit/client" | options_file
	watch_may StateDirectory=leakaudit
	machine_on
	receiver_far
	systemctl_on start client "$WATCH"
	until_ok "the client to be followed" watches_client
	tell 1001
	until_ok "its event" leak_to 1001
	until_ok "it to be said who refuses" says_who_refuses
	systemctl_on stop "$WATCH"
	[ ! -s "$MACHINE_DIR/got" ] || fail "it has sent there"

	watch_may StateDirectory=leakaudit "IPAddressAllow=$FAR4"
	systemctl_on daemon-reload
	systemctl_on start "$WATCH"
	until_ok "the client to be followed" watches_client
	tell 1002
	until_ok "its event" leak_to 1002
	systemctl_on stop "$WATCH"
	until_ok "all events of both runs" cmp -s "$OUT" "$MACHINE_DIR/got"
	assert_equal "complete" "true true" "$(jq -r 'select(.event.action == "summary") | .leakaudit.complete' "$OUT" | xargs)"
	end_process "$RECEIVER"
	assert_all_well
}

events_of_journal() {
	journal --identifier leakaudit --output-fields LEAKAUDIT_EVENT >"$OUT"
}

watches_client_by_journal() {
	events_of_journal && watches_client
}

leaked_by_journal() {
	events_of_journal && leak_to "$1"
}
