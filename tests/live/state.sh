# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a run shows while it goes on, to those who ask at its socket.

# state JQ: of the one run that there is.
state() {
	/usr/bin/python3 "$LAB_LIB/state.py" | jq -r "$1"
}

verdict_is() {
	[ "$(state .verdict.word)" = "$1" ]
}

left_is() {
	[ "$(state .totals.left.packets)" = "$1" ]
}

tunnel_is() {
	[ "$(state '.tunnels[] | "\(.name) \(.up) \(.dropouts)"')" = "$1" ]
}

sums() {
	jq -c '[.left, .dropped | .packets, .bytes]'
}

test_state_is_that_of_the_run() {
	lab_up tunnel dns
	start_leakaudit --cgroup "$SCOPE" --output "text:$LAB_DIR/text"
	assert_equal "at first" "safe watch true true 0" \
		"$(state '"\(.verdict.word) \(.command) \(.complete) \(.scopes[0].hooked) \(.totals.left.packets)"')"
	assert_equal "the tunnel" 'tun0 true 0 null' "$(state '.tunnels[] | "\(.name) \(.up) \(.dropouts) \(.since)"')"
	ip_in client route add "$DNS4" via "$ISP4" dev eth0
	in_client dig +tries=1 "@$DNS4" name.example >/dev/null
	wait_for_leak '.dns.question.name == "name.example"'
	until_ok "the verdict" verdict_is leaking
	assert_equal "who" "dns eth0 dig true" "$(state '.leakers[] | "\(.class) \(.interface) \(.process | .[0:3]) \(.left.packets > 0)"')"
	assert_equal "where" "$DNS4:53 name.example" "$(state '.flows[0] | "\(.destination) \(.name)"')"
	tunnel_fall
	until_ok "the fall" tunnel_is "tun0 false 1"
	sender_start free udp "$PEER4" 9
	wait_for_leak '.network.transport == "udp" and .destination.port == 9'
	until_ok "what it sent" left_is 2
	assert_equal "all that left, in each way of counting" true \
		"$(state '([.totals.by_class[].left.packets] | add) == .totals.left.packets')"
	assert_equal "and of those who did" true \
		"$(state '([.leakers[].left.packets] | add) == .totals.left.packets and ([.timeline.left[]] | add) == .totals.left.packets')"
	assert_equal "what its interface sent" true "$(state '.interfaces[] | select(.name == "eth0") | .role == "exposed" and .seen.packets > 0')"
	[[ $(state .verdict.reason) == *" outside the tunnel, the last "* ]] || fail "no reason: $(state .verdict.reason)"
	state .totals | sums >"$LAB_DIR/before"
	stop_leakaudit
	assert_equal "the summary has the same" "$(cat "$LAB_DIR/before")" "$(summary '{left: .summary.leaks, dropped: .summary.dropped}' | sums)"
	[ -z "$(ls "$LEAKAUDIT_RUN")" ] || fail "something is left: $(ls "$LEAKAUDIT_RUN")"
}

holds() {
	grep -q held "$LAB_DIR/hold.log"
}

# Nobody can make it wait, or others: of those who do not read the first are given up. A run that was killed leaves its socket,
# which the next one removes.
test_state_readers_that_do_not_read() {
	local hold

	lab_up
	mkfifo "$LAB_DIR/go"
	exec {go}<>"$LAB_DIR/go"
	start_leakaudit --cgroup "$SCOPE"
	/usr/bin/python3 "$LAB_LIB/state.py" --hold 30 <"$LAB_DIR/go" >"$LAB_DIR/hold.log" &
	hold=$!
	until_ok "those who hold it" holds
	assert_equal "one who reads" "$LEAKAUDIT_PID" "$(state .pid)"
	assert_equal "who may ask" "700 600" "$(stat -c %a "$LEAKAUDIT_RUN" "$LEAKAUDIT_RUN"/*.sock | paste -sd ' ')"
	echo >&"$go"
	wait "$hold"
	end_process "$LEAKAUDIT_PID" KILL
	[ -S "$LEAKAUDIT_RUN/$LEAKAUDIT_PID.sock" ] || fail "it left no socket"
	rm "$OUT"
	start_leakaudit --cgroup "$SCOPE"
	assert_equal "sockets" "$LEAKAUDIT_PID.sock" "$(ls "$LEAKAUDIT_RUN")"
	assert_equal "a run without a tunnel" unprotected "$(state .verdict.word)"
	stop_leakaudit
	assert_complete
}
