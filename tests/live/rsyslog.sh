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

# rsyslog_ends NAME: when it has written all events.
rsyslog_ends() {
        until_ok "all events to be written on" same_lines "$OUT" "$LAB_DIR/$1/log/leakaudit-events.json"
        end_process "$RSYSLOG_PID"
}

same_lines() {
        [ -e "$2" ] && (($(wc -l <"$1") == $(wc -l <"$2")))
}

# hostile_query: a question whose name is as long as it can be, with bytes that end lines, strings and scripts.
hostile_query() {
        in_client python3 -c '
import socket, sys
labels = [b"a\"b\\c\n\r\t\x00\x1b[2J\xff</script>".ljust(63, b"\xc3"), b"." * 63, b"\xe2\x80\xae" * 21, b"x" * 61]
name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
assert len(name) == 255
question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + name + b"\0\x01\0\x01"
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(question, (sys.argv[1], 53))' "$ISP4"
}

# Whoever names processes, interfaces, cgroups, units and hosts has one record in each output for each event, and no more.
test_hostile_names_through_every_output() {
        local odd=$'e"\\<b>\e[2J\xff' bad=$'ev"\n\\\xff</x>' cgroup fifo=$LAB_DIR/fifo leaks

        command -v rsyslogd >/dev/null || skip "rsyslogd is not installed"
        lab_up resolver
        journald_start
        rsyslog_start hostile
        mkfifo "$fifo"
        cat "$fifo" >"$LAB_DIR/fifo.json" &
        cgroup=$(lab_cgroup client/$'un"\e\\\xff<script>.service'"/$(printf 'c%.0s' {1..255})")
        cp "$LAB_BIN/send" "$LAB_DIR/${bad%%/*}"
        start_leakaudit --cgroup "$SCOPE" --output "json:$LAB_DIR/hostile/log/leakaudit/client.json" --output "json:$fifo" \
                --output "text:$LAB_DIR/text" --output "journal:$JOURNAL_SOCKET" --output "pcap:$LAB_DIR/evidence"
        ip_in client link set eth0 name "$odd"
        (enter client "$cgroup" "$LAB_DIR/${bad%%/*}" udp "$PEER4" 9) </dev/null >"$LAB_DIR/bad.log" 2>&1
        hostile_query
        wait_for_leak ".leakaudit.class == \"dns\""
        wait_for_leak ".destination.port == 9"
        stop_leakaudit
        assert_event "$LEAK and .process.name == \"ev\\\"\\n\\\\\ufffd<\" and .leakaudit.unit != null"
        assert_event "$LEAK and (.dns.question.name | length > 400)"
        assert_event '.leakaudit.interface.change == "renamed"'

        cmp "$OUT" "$LAB_DIR/fifo.json" || fail "the FIFO's reader has other events"
        rsyslog_ends hostile
        until_ok "the journal to have all" journal_has_all
        diff <(jq -c . "$OUT") <(journal | jq -r .LEAKAUDIT_EVENT | jq -c .) || fail "the journal has other events"
        assert_equal "priorities" "3 6" "$(journal | jq -r .PRIORITY | sort -u | xargs)"
        ! grep -qP '[^\n\x20-\x7e]' "$LAB_DIR/text" || fail "raw bytes in the text"
        assert_equal "lines of text" "$(grep -cv -e '"page"' -e '"heartbeat"' "$OUT")" "$(grep -cE '^[0-9:]{8} ' "$LAB_DIR/text")"
        leaks=$(events "$LEAK" | wc -l)
        assert_equal "readable lines of rsyslog" "$leaks" "$(wc -l <"$LAB_DIR/hostile/log/leakaudit-leaks.log")"
        assert_equal "its events" "$(wc -l <"$OUT")" "$(wc -l <"$LAB_DIR/hostile/log/leakaudit-events.json")"
        tcpdump -r "$LAB_DIR/evidence" >/dev/null 2>&1 || fail "the evidence is not read"
}

journal_has_all() {
        (($(journal | wc -l) == $(wc -l <"$OUT")))
}
