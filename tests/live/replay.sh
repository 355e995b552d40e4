# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Captures replayed: what watch has counted is found again in tcpdump's file, and in every form that captures come in.

# The same run seen twice: from inside the kernel, and from the wire afterwards. Answers, and what is exempt, are on the wire too.
test_replay_agrees_with_watch() {
	lab_up ipv6 dns stun
	watch_client
	spawn_client dig dig +short "@$DNS4" "tracker.$LAB_DOMAIN" AAAA
	wait "$SPAWNED"
	spawn_client dig6 dig +short +tcp "@$DNS6" "tracker.$LAB_DOMAIN"
	wait "$SPAWNED"
	spawn_client stun turnutils_stunclient "$STUN4"
	wait "$SPAWNED"
	sender_start stream tcp "$PEER4" 9 --size 50000
	sender_start stream6 tcp "$PEER6" 9 --size 5000
	sender_start big udp "$PEER4" 9 --size 4000 --count 2
	sender_start big6 udp "$PEER6" 9 --size 4000
	wait_for_leak "$(by "${SENDER_PID[big6]}" send)"
	watch_end
	assert_all_exact
	by_flow >"$LAB_DIR/watched"
	questions >"$LAB_DIR/asked"

	replay_with 1 --local "$CLIENT4" --local "$CLIENT6" "$LAB_DIR/wire.pcap"
	by_flow >"$LAB_DIR/replayed"
	diff "$LAB_DIR/watched" "$LAB_DIR/replayed" || fail "other flows, classes or counts than what watch has told"
	diff "$LAB_DIR/asked" <(questions) || fail "other questions than what watch has told"
	assert_equal "completeness" true "$(summary .complete)"
	assert_equal "kinds of traffic" 5 "$(cut -f 1,2 "$LAB_DIR/watched" | sort -u | wc -l)"
}

# A client shows itself by one packet; what else its endpoint sends and gets is then known as its own, and no more than that.
test_replay_knows_a_client_by_its_endpoint() {
	make_capture torrent
	replay_with 1 --local 192.0.2.10 "$LAB_DIR/torrent"
	assert_leaks_where '.source.port == 51413 and .destination.port == 1000' "$(class torrent dht)"
	assert_leaks_where '.source.port == 51413 and .destination.port > 1000' "$(class torrent bulk)"
	assert_leaks_where '.source.port != 51413' "$(class ipv4)"
}

# All the same events, whatever stands in front of the packets, and in whichever format they are.
test_replay_of_every_form() {
	local form

	make_capture ethernet
	replay_with 1 "$LAB_DIR/ethernet"
	leaks_told >"$LAB_DIR/expected"
	assert_equal "leaks" "12 3922" "$(summary_leaks)"
	for form in vlan qinq 9100 pppoe raw raw12 raw14 sll sll-vlan sll2 sll2-vlan null null-be loop ppp ppp-short ppp-hdlc \
		ppp-cisco ppp-ether pcap-be pcap-nano ng ng-be ng-packet ng-nano ng-sections ng-mixed; do
		make_capture "$form"
		replay_with 1 "$LAB_DIR/$form"
		diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from $form"
	done
	# no times, or times that are not decimal
	for form in ng-simple ng-binary; do
		make_capture "$form"
		replay_with 1 "$LAB_DIR/$form"
		diff <(sed 's/^[^ ]*//' "$LAB_DIR/expected") <(leaks_told | sed 's/^[^ ]*//') || fail "other events from $form"
	done
}

test_replay_from_a_pipe_and_of_several_files() {
	make_capture ethernet
	replay_with 1 "$LAB_DIR/ethernet"
	leaks_told >"$LAB_DIR/expected"
	OUT=$LAB_DIR/piped.json
	"$LEAKAUDIT" replay -o "json:$OUT" - < <(cat "$LAB_DIR/ethernet") 2>/dev/null || true
	diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from a pipe"
	rm -f "$OUT"
	"$LEAKAUDIT" replay -o "json:$OUT" - <"$LAB_DIR/ethernet" 2>/dev/null || true
	diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from a file at standard input"

	make_capture ng
	replay_with 1 --local 192.0.2.10 --local 2001:db8:1::10 "$LAB_DIR/ethernet" "$LAB_DIR/ng"
	assert_equal "leaks of two files" "24 7844" "$(summary_leaks)"
}

# Read as what they hold, a file and a pipe; one that is cut is damaged, and never clean.
test_replay_of_compressed_captures() {
	local form size

	make_capture ethernet
	replay_with 1 "$LAB_DIR/ethernet"
	leaks_told >"$LAB_DIR/expected"
	for form in gzip zstd xz lz4; do
		command -v "$form" >/dev/null || continue
		"$form" -c "$LAB_DIR/ethernet" >"$LAB_DIR/packed"
		rm -f "$OUT"
		"$LEAKAUDIT" replay -o "json:$OUT" "$LAB_DIR/packed" 2>"$LAB_DIR/replay.log" || true
		[ -s "$OUT" ] || { grep -q "compressed by $form, .* as it was built" "$LAB_DIR/replay.log" && continue; fail "$form: $(cat "$LAB_DIR/replay.log")"; }
		diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from $form"
		rm -f "$OUT"
		"$LEAKAUDIT" replay -o "json:$OUT" - < <(cat "$LAB_DIR/packed") 2>/dev/null || true
		diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from $form through a pipe"
		size=$(stat -c %s "$LAB_DIR/packed")
		head -c $((size - 10)) "$LAB_DIR/packed" >"$LAB_DIR/cut"
		"$LEAKAUDIT" replay -o "json:$OUT" "$LAB_DIR/cut" 2>"$LAB_DIR/replay.log" && fail "$form: what is cut is clean"
		grep -qE 'damaged|end' "$LAB_DIR/replay.log" || fail "$form: not told: $(cat "$LAB_DIR/replay.log")"
	done
	# of two members
	head -c 24 "$LAB_DIR/ethernet" | gzip >"$LAB_DIR/members"
	tail -c +25 "$LAB_DIR/ethernet" | gzip >>"$LAB_DIR/members"
	replay_with 1 "$LAB_DIR/members"
	diff "$LAB_DIR/expected" <(leaks_told) || fail "other events from two members"
}

# A question is told by its name, however small the first fragment of it is.
test_replay_of_tiny_fragments() {
	make_capture fragments
	replay_with 1 "$LAB_DIR/fragments"
	assert_equal "leaks" "$(tcpdump -r "$LAB_DIR/fragments" -w - 2>/dev/null | python3 "$LAB_LIB/pcap_sum.py")" "$(summary_leaks)"
	assert_equal "of dns" "$(summary_leaks | cut -d ' ' -f 1)" "$(summary .summary.by_class.dns.packets)"
	assert_equal "questions" 8 "$(questions | grep -c tracker.example.of.a.long.name)"
	assert_equal "completeness" true "$(summary .complete)"
}

# Each has three questions that leak. They are the host's by what the capture says, by its MAC address, or on an interface of
# its own; where nothing says whose they are, or they are another's, the run is incomplete, and never clean. So it is where one
# that was seen twice may have been sent twice: such are told, and counted.
test_replay_of_whose_packets() {
	local form status complete found

	while read -r form status complete found; do
		python3 "$LAB_LIB/make_hosts.py" "$form" >"$LAB_DIR/$form"
		replay_with "$status" --allow 93.184.216.0/24 --allow 2001:db8:9::/48 --allow 203.0.113.1 "$LAB_DIR/$form"
		assert_equal "$form: leaks, complete" "$found $complete" "$(summary_leaks | cut -d ' ' -f 1) $(summary .complete)"
	done <<-END
		any-vpn 1 true 3
		any-bridge 1 true 3
		any-container 1 true 3
		any-old 1 true 3
		any-old6 1 false 6
		cards 1 true 3
		addresses 1 true 3
		lease 1 true 3
		roaming 1 true 3
		bond 1 false 6
		nat 1 true 3
		mirror 5 false 0
		overlay 1 true 3
		machines 5 false 0
		received 5 false 0
		router 5 false 0
		no-link 5 false 0
	END
	# behind a pipe only its beginning is known: what comes later on another interface is in doubt
	rm -f "$OUT"
	"$LEAKAUDIT" replay -o "json:$OUT" --allow 93.184.216.0/24 - < <(cat "$LAB_DIR/roaming") 2>/dev/null || true
	assert_equal "complete" false "$(summary .complete)"
	rm -f "$OUT"
	"$LEAKAUDIT" replay -o "json:$OUT" --allow 93.184.216.0/24 - < <(cat "$LAB_DIR/lease") 2>/dev/null || true
	assert_equal "leaks of a new lease" 3 "$(summary_leaks | cut -d ' ' -f 1)"
}

# With --tunnel, what is on that interface does not leak, and the tunnel's address is the host's as well.
test_replay_of_a_tunnel() {
	make_capture ng-tunnel
	replay_with 1 --tunnel 'tun*' "$LAB_DIR/ng-tunnel"
	assert_equal "leaks" "12 3922" "$(summary_leaks)"
	assert_leaks '.observer.egress.interface.name == "eth0"'
	assert_event '.event.action == "ready" and (.leakaudit.interfaces | map([.name, .role])) ==
		[["eth0", "exposed"], ["tun0", "tunnel"]]'
	replay_with 0 --tunnel 'tun*' --tunnel eth0 "$LAB_DIR/ng-tunnel"
	assert_equal "leaks" "0 0" "$(summary_leaks)"
	replay_with 1 --tunnel wg0 "$LAB_DIR/ng-tunnel"
	grep -q 'no interface of the capture' "$LAB_DIR/replay.log" || fail "a tunnel that is not there is not told"
}

# What is told through the tunnel is told of a capture as well: in the same forms as live, and by sources.
test_replay_of_an_address_inside() {
	local forms

	make_capture ng-inside
	make_capture ng-inside-clean
	replay_with 0 --tunnel tun0 --allow 203.0.113.10 --local 192.0.2.10 --local 10.8.0.2 "$LAB_DIR/ng-inside-clean"
	for local in '--local 192.0.2.10 --local 10.8.0.2' '--local 192.0.2.10' ''; do
		# shellcheck disable=SC2086 # options
		replay_with 1 --tunnel tun0 --allow 203.0.113.10 $local "$LAB_DIR/ng-inside"
		assert_equal "leaks" "0 0" "$(summary_leaks)"
		forms=$(jq -sc 'map(select(.leakaudit.address_inside == "192.0.2.10").leakaudit.address_inside_form)
			| group_by(.) | map({(.[0]): length}) | add' "$OUT")
		assert_equal "forms with '$local'" '{"candidate":12,"ftp":1,"http":2,"peer":1,"sdp":3,"sip":3,"smtp":1,"source":2,"stun":3,"tracker":2}' "$forms"
		assert_equal "messages that told it" 30 "$(summary .summary.inside.packets)"
	done
	replay_with 1 --no-payload --tunnel tun0 --allow 203.0.113.10 "$LAB_DIR/ng-inside"
	assert_equal "messages that told it" 2 "$(summary .summary.inside.packets)"
}

# Both directions as one flow, which every packet is in, and nothing is exempt.
test_replay_all() {
	make_capture ethernet
	replay_with 1 --all --local 203.0.113.10 "$LAB_DIR/ethernet"
	assert_equal "leaks" "$(tcpdump -r "$LAB_DIR/ethernet" -w - 2>/dev/null | python3 "$LAB_LIB/pcap_sum.py")" \
		"$(summary_leaks)"
	assert_equal "flows" 10 "$(summary .summary.flows)"
	assert_leaks '.source.ip | IN("192.0.2.10", "2001:db8:1::10")'
	assert_leaks_where '.network.type == "ipv4"' '.network.direction == "ingress"'
	assert_event "$LEAK and .leakaudit.flow == \"close\" and .destination.port == 443 and .network.packets == 3"
}

# Of more flows than memory is given for some end early; every packet is counted.
test_replay_of_more_flows_than_memory() {
	OUT=$LAB_DIR/replay.json
	python3 "$TOP/tools/bench/flow_capture.py" 50000 2 >"$LAB_DIR/flows"
	# of each end the first number of packets, of the summary all
	"$LEAKAUDIT" replay --local 192.0.2.10 --memory 16M --interval 3600 -o json "$LAB_DIR/flows" 2>"$LAB_DIR/replay.log" |
		LC_ALL=C awk -F '"packets":' '/"flow":"close"/ { n += $2 + 0 } END { print n; print }' >"$LAB_DIR/ends" || true # status 1: leaks
	grep -q '[0-9]* flows were ended early, for memory' "$LAB_DIR/replay.log" || fail "not told: $(cat "$LAB_DIR/replay.log")"
	tail -n 1 "$LAB_DIR/ends" >"$OUT"
	assert_equal "leaks" "100000 6800000" "$(summary_leaks)"
	assert_equal "completeness" true "$(summary .complete)"
	assert_equal "told at the ends" 100000 "$(head -n 1 "$LAB_DIR/ends")"
}

test_replay_policy() {
	make_capture ethernet
	replay_with 1 --allow 203.0.113.10/32:53/udp --allow 2001:db8:2::10 "$LAB_DIR/ethernet"
	assert_equal "leaks" "5 1840" "$(summary_leaks)"
	assert_equal "allowed" "7 2082" "$(summary_exempt allowed)"
	assert_leaks '.network.type == "ipv4"' '.destination.port != 53'
}

# What is in front of the damage is used; the run is never clean.
test_replay_of_damaged_captures() {
	local form size

	for form in ethernet ng; do
		make_capture "$form"
		size=$(stat -c %s "$LAB_DIR/$form")
		head -c $((size - 10)) "$LAB_DIR/$form" >"$LAB_DIR/cut"
		replay_with 1 "$LAB_DIR/cut"
		grep -q "'$LAB_DIR/cut' is damaged: byte [0-9]*: " "$LAB_DIR/replay.log" || fail "not told: $(cat "$LAB_DIR/replay.log")"
		assert_equal "completeness" false "$(summary .complete)"
		assert_equal "leaks" "11 2874" "$(summary_leaks)"
		head -c 100 "$LAB_DIR/$form" >"$LAB_DIR/cut"
		replay_with 5 --local 198.51.100.1 --local 2001:db8::99 "$LAB_DIR/cut"
	done
	replay_with 5 --local 192.0.2.10 --tunnel any "$LAB_DIR/cut" # the files before it would have been clean
}

# A short snaplen takes payloads first: what headers say still holds. Then it takes headers, which is told.
test_replay_of_cut_packets() {
	make_capture ethernet
	snap 96
	assert_equal "leaks" "12 3922" "$(summary_leaks)"
	assert_equal "cut" 0 "$(summary .summary.cut)"
	assert_equal "completeness" true "$(summary .complete)"
	snap 56 # 22 bytes behind Ethernet and IPv4, 2 behind IPv6
	assert_equal "leaks" "12 3922" "$(summary_leaks)"
	assert_equal "completeness" false "$(summary .complete)"
	[ "$(summary .summary.cut)" -gt 0 ] || fail "nothing was cut"
	snap 30 # no addresses
	assert_equal "leaks" "0 0" "$(summary_leaks)"
	assert_equal "cut" 16 "$(summary .summary.cut)"
}

# snap BYTES: replays the capture as tcpdump -s would have made it.
snap() {
	python3 - "$1" "$LAB_DIR/ethernet" >"$LAB_DIR/snapped" <<-'END'
		import struct, sys
		snap, data = int(sys.argv[1]), open(sys.argv[2], "rb").read()
		out, at = data[:24], 24
		while at < len(data):
		    time, part, caplen, size = struct.unpack_from("<IIII", data, at)
		    out += struct.pack("<IIII", time, part, min(caplen, snap), size) + data[at + 16:at + 16 + min(caplen, snap)]
		    at += 16 + caplen
		sys.stdout.buffer.write(out)
	END
	replay_with any --local 192.0.2.10 --local 2001:db8:1::10 "$LAB_DIR/snapped"
}

# Of a family whose own address is not known, nobody can say what left.
test_replay_without_an_address_of_a_family() {
	make_capture ethernet
	replay_with 1 --local 192.0.2.10 "$LAB_DIR/ethernet"
	assert_equal "leaks" "6 1901" "$(summary_leaks)"
	assert_equal "completeness" false "$(summary .complete)"
	summary .incomplete | grep -q -e --local || fail "the remedy is not told"
}

test_replay_tells_no_payload() {
	make_capture ethernet
	replay_with 1 --no-payload "$LAB_DIR/ethernet"
	assert_equal "leaks" "12 3922" "$(summary_leaks)"
	assert_no_event '.dns.question'
	! grep -qi tracker.example "$OUT" || fail "a name is told"
}

test_replay_refuses() {
	make_capture usb
	make_capture ethernet
	replay_with 5 "$LAB_DIR/usb"
	grep -q '189 (USB_LINUX)' "$LAB_DIR/replay.log" || fail "the link type is not told"
	assert_equal "packets that were not read" 16 "$(summary .summary.unread)"
	printf 'BZh91AY&SY' >"$LAB_DIR/packed"
	: >"$LAB_DIR/empty"
	replay_refused 2 'bzcat' "$LAB_DIR/packed"
	replay_refused 2 'empty' "$LAB_DIR/empty"
	replay_refused 2 'no capture' /etc/passwd
	replay_refused 2 'no capture' "$LAB_DIR/ethernet" /etc/passwd
	replay_refused 2 'no capture to read'
	replay_refused 2 "192.0.2.0/24" --local 192.0.2.1/24 "$LAB_DIR/ethernet"
	replay_refused 2 'No such file' "$LAB_DIR/none"
}

# replay_refused STATUS WORD ARG...: ends without an event, having said WORD.
replay_refused() {
	local status=0 expected=$1 word=$2

	shift 2
	"$LEAKAUDIT" replay "$@" </dev/null >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr" || status=$?
	assert_equal "exit status of '$*' ($(head -n 1 "$LAB_DIR/stderr"))" "$expected" "$status"
	grep -qFe "$word" "$LAB_DIR/stderr" || fail "'$*' does not say '$word': $(cat "$LAB_DIR/stderr")"
	[ ! -s "$LAB_DIR/stdout" ] || fail "'$*' writes to stdout"
}

# make_capture FORM: to a file of that name.
make_capture() {
	python3 "$LAB_LIB/make_capture.py" "$1" >"$LAB_DIR/$1"
}

# replay_with STATUS ARG...: ends with that exit status (or "any"); OUT is then what it has told.
replay_with() {
	local expected=$1 status=0

	OUT=$LAB_DIR/replay.json
	rm -f "$OUT"
	"$LEAKAUDIT" replay --output "json:$OUT" "${@:2}" 2>"$LAB_DIR/replay.log" || status=$?
	[ "$expected" = any ] || assert_equal "exit status of '${*:2}' ($(cat "$LAB_DIR/replay.log"))" "$expected" "$status"
	assert_equal "first and last event" '["ready","summary"]' "$(jq -sc '[first, last | .event.action]' "$OUT")"
}

# Class, detail, packets and bytes of each 5-tuple, whose sockets may have been several.
by_flow() {
	jq -rs 'map(select(.event.action == "leak" and .leakaudit.flow == "close"))
		| group_by([.network.transport, .source, .destination])[]
		| [.[0].leakaudit.class, .[0].leakaudit.detail // "-", .[0].network.transport, .[0].source.ip, .[0].source.port // 0,
		   .[0].destination.ip, .[0].destination.port // 0, (map(.network.packets) | add), (map(.network.bytes) | add)]
		| @tsv' "$OUT" | sort
}

questions() {
	jq -r "select($LEAK and .dns.question) | [.source.port, .dns.question.name, .dns.question.type] | @tsv" "$OUT" | sort
}

# What is told of each leak, in its order, but for the name of its interface.
leaks_told() {
	jq -r "select($LEAK)"' | [.["@timestamp"], .leakaudit.flow, .leakaudit.class, .leakaudit.detail, .source.ip, .source.port,
		.destination.ip, .destination.port, .network.packets, .network.bytes, .dns.question.name] | map(tostring)
		| join(" ")' "$OUT"
}
