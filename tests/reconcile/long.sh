# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what the lab reads and sets
# A long run of real clients: see tests/reconcile/run, which gives LONG, the seconds.

# repeatedly NAME CGROUP CMD...: a shell's command with the lab's addresses, again and again.
repeatedly() {
	spawn "$1" client "$2" env PEER4="$PEER4" PEER6="$PEER6" DNS4="$DNS4" ISP4="$ISP4" LAB_DIR="$LAB_DIR" TORRENT="$TORRENT" \
		bash -c "while :; do $3; sleep 0.2; done"
}

clients() {
	local other

	other=$(lab_cgroup elsewhere)
	transmission_start
	# shellcheck disable=SC2016 # expanded by the inner shell
	{
		repeatedly aria2c "$APP" 'rm -rf "$LAB_DIR/again"; timeout 20 aria2c --no-conf --dir "$LAB_DIR/again" --seed-time=0 \
			--bt-tracker-interval=2 --file-allocation=none --listen-port=6990 --enable-dht=true \
			--dht-file-path="$LAB_DIR/dht.dat" "$TORRENT"'
		repeatedly curl "$APP" 'curl -s -m 10 --interface eth0 -o /dev/null "http://$PEER4:8080/large"
			curl -s -m 10 -o /dev/null "http://$PEER4:8080/small"; curl -s -m 10 -o /dev/null "http://[$PEER6]:8080/large"'
		repeatedly upload "$APP" 'curl -s -m 10 --interface eth0 -T "$LAB_DIR/web/large" "telnet://$PEER4:9" </dev/null'
		repeatedly dig "$APP" 'dig +tries=1 +time=2 tracker.lab.example "@$DNS4"; dig +tries=1 +time=2 other.example "@$ISP4"'
		repeatedly others "$other" 'curl -s -m 10 --interface eth0 -o /dev/null "http://$PEER4:8080/large"; ping -c 2 -i 0.2 "$ISP4"'
	}
}

# The tunnel falls and comes back, until the time is over.
flap() {
	while ((SECONDS < end)); do
		sleep 10
		ip_in client link set tun0 down
		sleep 3
		ip_in client link set tun0 up
		tunnel_route
	done
}

table() {
	summary '["INTERFACE", "COUNTED", "SEEN", "ITEMS", "UNEXPLAINED"], (.summary.interfaces[] | [.name, .counted.packets, .seen.packets,
		([.items[] | "\(.reason) \(.packets)"] | join(", ") | if . == "" then "-" else . end), .unexplained.packets]) | @tsv' |
		column -t -s $'\t'
	echo "complete: $(summary '.complete, .incomplete // empty' | xargs)"
}

long() {
	local end

	lab_up tunnel torrent dns resolver ipv6
	server_web
	server_wait
	for feature in tso gso tx-udp-segmentation; do
		in_netns client ethtool -K eth0 "$feature" on >/dev/null
	done
	start_leakaudit --cgroup "$SCOPE"
	clients
	end=$((SECONDS + LONG))
	flap
	stop_leakaudit
	table >"$LAB_DIR/table"
	assert_equal "unexplained" 0 "$(summary '[.summary.interfaces[].unexplained | .packets + .bytes] | add')"
	assert_equal "complete" true "$(summary .complete)"
	(($(summary '[.summary.interfaces[].counted.packets] | max') > 100 * LONG)) || fail "there was hardly any traffic"
}
