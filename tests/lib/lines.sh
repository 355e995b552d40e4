# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# What an interface has counted itself beside what our hooks have seen there, and who sends past these.

# line NAME FILTER: of that interface in the summary.
line() {
	summary "[.summary.interfaces // [] | .[] | select(.name == \"$1\")] | first | $2"
}

# items NAME: its reasons, as "REASON PACKETS".
items() {
	line "$1" '[.items[] | "\(.reason) \(.packets)"] | join(", ")'
}

# frames [CAPTURE]: all that the client has sent, whatever it is.
frames() {
	tcpdump -r "$LAB_DIR/${1:-wire}.pcap" -nn "$CAPTURE_FROM_CLIENT" 2>/dev/null | wc -l
}

# assert_reconciled NAME [CAPTURE]: to the packet, and as many as the wire saw.
assert_reconciled() {
	assert_complete
	assert_equal "unexplained at $1" "0 0" "$(line "$1" '.unexplained | "\(.packets) \(.bytes)"')"
	assert_equal "what $1 has counted" "$(frames "${2:-wire}")" "$(line "$1" .counted.packets)"
	assert_equal "items of $1" "" "$(items "$1")"
	assert_equal "what was seen at $1" "$(line "$1" .counted)" "$(line "$1" .seen)"
}

# assert_unexplained NAME PACKETS [STATUS]: and that makes the run incomplete, which is said of that interface.
assert_unexplained() {
	assert_equal "unexplained at $1" "$2" "$(line "$1" .unexplained.packets)"
	assert_equal "completeness" false "$(summary .complete)"
	assert_equal "exit status" "${3:-5}" "$LEAKAUDIT_STATUS"
	[[ $(summary .incomplete) == "$1"* ]] || fail "said: $(summary .incomplete)"
}

# A sender that opens its socket before leakaudit is there, and whose process is none of the scope's: no event tells of it.
bypass_open() {
	sender_start_in past "$(lab_cgroup elsewhere)" packet "$PEER4" 9 --interface "${1:-eth0}" --mac "${2:-$ISP_MAC}" \
		--source "$CLIENT4" --source-port 7 --qdisc-bypass --count 0 --lines
}

bypass_send() {
	local n

	for n in 1 2 3; do
		sender_line past "packet $n"
	done
}
