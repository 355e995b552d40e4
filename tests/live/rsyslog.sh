# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The log pipeline: a real rsyslogd with tools/rsyslog/leakaudit.conf writes on every event with every field, by both ways in.

test_rsyslog_writes_events_on() {
        command -v rsyslogd >/dev/null || skip "rsyslogd is not installed"
        lab_up resolver
        rsyslog_start files
        start_leakaudit --cgroup "$SCOPE" --output "json:$LAB_DIR/files/log/leakaudit/client.json"
        in_client dig +short +tries=1 "@$ISP4" "tracker.$LAB_DOMAIN" >/dev/null
        in_client dig +short +tries=1 +tcp "@$ISP4" 'a "quoted\\ name".example' >/dev/null
        wait_for_leak ".network.transport == \"tcp\""
        stop_leakaudit
        rsyslog_has_all files

        # As the journal hands on what leakaudit@.service writes: each line under its name, messages for people between them.
        rsyslog_start journal
        logger --socket "$LAB_DIR/journal/socket" --tag leakaudit "a message, not an event"
        logger --socket "$LAB_DIR/journal/socket" --tag leakaudit --size 64KiB --file "$OUT"
        rsyslog_has_all journal
        assert_equal "messages for the other rules" "1" "$(grep -c 'leakaudit.*not an event' "$LAB_DIR/journal/log/other")"
        assert_equal "all others" "1" "$(wc -l <"$LAB_DIR/journal/log/other")"
}

# rsyslog_has_all NAME: ends that rsyslogd when it has all events, and compares them, field by field and in order.
rsyslog_has_all() {
        local log=$LAB_DIR/$1/log leaks

        rsyslog_ends "$1"
        diff <(jq -cS . "$OUT") <(jq -cS . "$log/leakaudit-events.json") || fail "fields were lost"
        [ ! -e "$log/leakaudit-damaged.log" ] || fail "some lines were no JSON: $(cat "$log/leakaudit-damaged.log")"

        leaks=$(jq -r "select($LEAK) | \"\(.process.name)[\(.process.pid)] \(.leakaudit.class) packets \(.network.packets)\"" "$OUT")
        assert_equal "readable lines" "$leaks" \
                "$(sed -E 's/^[^ ]+ (.*\[[0-9]+\] [a-z0-9]+) .*, (packets [0-9]+), .*/\1 \2/' "$log/leakaudit-leaks.log")"
}
