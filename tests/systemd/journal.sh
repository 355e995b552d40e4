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

events_of_journal() {
	journal --identifier leakaudit --output-fields LEAKAUDIT_EVENT >"$OUT"
}

watches_client_by_journal() {
	events_of_journal && watches_client
}

leaked_by_journal() {
	events_of_journal && leak_to "$1"
}
