# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a message through the tunnel tells of the addresses outside it, and packets with such a source.

INSIDE='.leakaudit.detail == "address-inside"'

# told: the forms in which addresses were told, one a line.
told() {
	events "$INSIDE" | jq -r .leakaudit.address_inside_form | sort
}

assert_told() {
	assert_equal "forms that were told" "$(sort)" "$(told)"
}

has_told() {
	(($(told | wc -l) >= $1))
}

no_guard_helps() {
	{ "$LEAKAUDIT" status -o json "$LEAKAUDIT_PID" || true; } |
		jq -e '.problems[0] | (.why | test("^address-told: [0-9]+ messages through the tunnel told the exposed address, the last by python3\\[[0-9]+\\]; nothing has left outside it$")) and
			(.needed | test("a guard does not stop what goes through the tunnel"))' >/dev/null
}

test_every_form_in_a_tunnel() {
	lab_up tunnel ipv6
	watch_client
	in_client python3 tests/lib/tell.py --clean "$PEER4" 9 "$CLIENT4"
	in_client python3 tests/lib/tell.py "$PEER4" 9 "$CLIENT4" "$CLIENT6" >"$LAB_DIR/told"
	until_ok "all forms" has_told "$(wc -l <"$LAB_DIR/told")"
	until_ok "what helps" no_guard_helps
	watch_end
	assert_told <"$LAB_DIR/told"
	assert_leaks_where "$INSIDE" '.process.name == "python3"' '.observer.egress.interface.name == "tun0"' \
		".leakaudit.address_inside == \"$CLIENT4\" or .leakaudit.address_inside == \"$CLIENT6\""
	assert_equal "messages that told it" "$(wc -l <"$LAB_DIR/told")" "$(summary .summary.inside.packets)"
	assert_equal "leaks" 0 "$(summary .summary.leaks.packets)"
	assert_equal "exit status" 1 "$LEAKAUDIT_STATUS"
	events '.event.action == "summary"' | jq -e '.message | startswith("no packet leaked, but ")' >/dev/null || fail "no such summary"
	assert_equal "the report's conclusion, and who told it" "address-told python3" \
		"$("$LEAKAUDIT" report -o json "$OUT" | jq -r '.conclusion + " " + ([.told_addresses[].process] | unique | join(" "))')"
}

# A client signals for as long as it runs. What it says after a download, or after an hour, is examined as well.
test_a_socket_that_signals_at_last() {
	lab_up tunnel
	watch_client
	in_client python3 -c '
import socket, sys, time
peer, address = sys.argv[1:]
offer = f"a=candidate:1 1 UDP 2130706431 {address} 54321 typ host\r\n".encode()
s = socket.create_connection((peer, 9))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(200):
    s.sendall(b"GET / HTTP/1.1\r\nHost: signal.example\r\n\r\n")
    u.sendto(b"\x90\x91\x92\x93" * 40, (peer, 9))
print("bulk", flush=True)
time.sleep(3)
s.sendall(offer)
u.sendto(offer, (peer, 9))
' "$PEER4" "$CLIENT4"
	until_ok "both offers" has_told 2
	watch_end
	assert_told <<<$'candidate\ncandidate'
	assert_leaks_where "$INSIDE" "$(class ipv4 address-inside)" ".leakaudit.address_inside == \"$CLIENT4\""
	assert_equal "transports" '["tcp","udp"]' "$(events "$INSIDE" | jq -sc 'map(.network.transport) | sort')"
}

# The socket keeps its source. Nothing but the headers is looked at, so it is told without payload, too.
test_a_socket_from_before_the_tunnel() {
	lab_up
	watch_client --no-payload
	sender_start early udp "$PEER4" 9 --connect --lines
	sender_start quiet udp "$PEER4" 9 --connect --lines --count 0
	sender_start tcp tcp "$PEER4" 9 --lines
	tunnel_up
	wait_for '.event.action == "tunnel-up"'
	for name in early quiet tcp early quiet tcp; do
		sender_line "$name" inside
	done
	until_ok "all sources" has_told 3
	watch_end
	assert_told <<<$'source\nsource\nsource'
	assert_leaks_where "$INSIDE" ".leakaudit.address_inside == \"$CLIENT4\"" "$(to tun0 "$CLIENT4" "$PEER4" 9)" \
		"$(class ipv4 address-inside)"
	assert_equal "who" "$(printf '%s\n' "${SENDER_PID[early]}" "${SENDER_PID[quiet]}" "${SENDER_PID[tcp]}" | sort)" \
		"$(events "$INSIDE" | jq .process.pid | sort)"
}

# A tunnel that borrows the address of the link has it as its own.
test_an_unnumbered_tunnel() {
	lab_up tunnel
	ip_in client addr add "$CLIENT4/32" dev tun0
	watch_client
	sender_start bound udp "$PEER4" 9 --source "$CLIENT4" --connect --payload "a=candidate:1 1 UDP 1 $CLIENT4 5 typ host "
	sender_start free udp "$PEER4" 9
	watch_end
	assert_no_event "$INSIDE"
	assert_complete
}

test_sipp_bound_to_the_exposed_address() {
	command -v sipp >/dev/null || skip "sipp is not installed"
	lab_up tunnel
	watch_client
	in_client timeout 10 sipp -sn uac -i "$CLIENT4" -nr -m 1 -timeout 1s "$PEER4:9" >"$LAB_DIR/sipp.log" 2>&1 </dev/null || true
	until_ok "the call" has_told 2
	watch_end
	assert_told <<<$'sdp\nsource'
	assert_leaks_where "$INSIDE" '.process.name == "sipp"' "$(to tun0 "$CLIENT4" "$PEER4" 9)"
}

# The same call with the tunnel's address, and the caller's number at the exposed one.
test_sipp_calls_through_the_tunnel() {
	command -v sipp >/dev/null || skip "sipp is not installed"
	lab_up tunnel
	watch_client
	in_client timeout 10 sipp -sn uac -i "$TUNNEL4" -nr -m 1 -timeout 1s "$PEER4:9" >"$LAB_DIR/sipp.log" 2>&1 </dev/null || true
	watch_end
	assert_no_leak
}

test_ice_candidates_of_aioice() {
	/usr/bin/python3 -c 'import aioice' 2>/dev/null || skip "python3-aioice is not installed"
	lab_up tunnel
	watch_client
	in_client /usr/bin/python3 -c '
import aioice, asyncio, json, sys, urllib.request
async def gather():
    ice = aioice.Connection(ice_controlling=True)
    await ice.gather_candidates()
    for c in ice.local_candidates:
        print(c.host, flush=True)
        body = json.dumps({"candidate": "candidate:" + c.to_sdp(), "sdpMid": "0"}).encode()
        try:
            urllib.request.urlopen(sys.argv[1], body, timeout=0.3)
        except OSError:
            pass
    await ice.close()
asyncio.run(gather())
' "http://$PEER4:9/signal" >"$LAB_DIR/candidates"
	until_ok "the candidate" has_told 1
	watch_end
	assert_equal "candidates" "$TUNNEL4 $CLIENT4" "$(sort "$LAB_DIR/candidates" | xargs)"
	assert_told <<<candidate
	assert_leaks_where "$INSIDE" ".leakaudit.address_inside == \"$CLIENT4\"" '.process.name == "python3"'
}
