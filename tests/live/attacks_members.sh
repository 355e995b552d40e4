# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Ways to send past a scope by not being of it: see leakaudit-threats(7). Nothing of it is to arrive on the wire.

# delegated_up: a cgroup that is another user's, with the scope, GIVEN, and BESIDE beside it.
delegated_up() {
	GIVEN=$(lab_cgroup delegated/scope)
	BESIDE=$(lab_cgroup delegated/out)
	delegate "$LAB_CGROUP/delegated" "$GIVEN" "$BESIDE"
}

delegate() {
	local cgroup

	for cgroup; do
		chown 65534 "$cgroup" "$cgroup"/cgroup.{procs,threads,subtree_control}
	done
}

# threads_up: the same for threads, IN and its neighbour.
threads_up() {
	IN=$(lab_cgroup threads/scope)
	echo threaded >"$IN/cgroup.type"
	echo threaded >"$(lab_cgroup threads/out)/cgroup.type"
	delegate "$LAB_CGROUP"/threads{,/scope,/out}
}

# attack CGROUP NAME ARG...: tests/lib/attacks.py on the client's host.
attack() {
	in_cgroup "$1" python3 "$LAB_LIB/attacks.py" "$2" "$PEER4" "${@:3}" >"$LAB_DIR/attack.log" 2>&1 || fail "$(cat "$LAB_DIR/attack.log")"
}

# assert_nothing_arrived: what was tried is counted, and none of it left.
assert_nothing_arrived() {
	assert_equal "ports that were reached" "" "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn "$CAPTURE_FROM_CLIENT and host $PEER4" 2>/dev/null |
		grep -oE '> [0-9.]+' | sed 's/.*\.//' | sort -u | tr '\n' ' ' || true)"
}

# assert_stopped PORT...: each of them was told as dropped.
assert_stopped() {
	local port

	for port; do
		assert_event "$LEAK and .leakaudit.verdict == \"dropped\" and .destination.port == $port"
	done
}

# The first datagram waits for the router's hardware address: when it is sent, it is not known who runs.
test_leavers_stay_in_the_scope() {
	lab_up
	delegated_up
	threads_up
	start_leakaudit --cgroup "$GIVEN" --cgroup "$IN" --drop
	capture_start
	ip_in client neigh del "$ISP4" dev eth0
	attack "$GIVEN" leave "$BESIDE"
	attack "$IN" leave_by_thread "$LAB_CGROUP/threads/out"
	wait_for_leak '.destination.port == 5011'
	watch_end
	assert_nothing_arrived
	assert_stopped 5001 5002 5003 5004 5005 5006 5007 5011
	assert_leaks '.process.name == "python3"' '.process.pid > 1'
	assert_event '.event.action == "scope-left" and .process.name == "python3" and
		(.leakaudit.cgroup.path | endswith("delegated/out")) and (.message | contains("stays watched"))'
	assert_complete
	grep -q "others than root may change .*/delegated, around it" "$LAB_DIR/leakaudit.log" || fail "no warning"
}

# run's own cgroup is not where others can move processes away from.
test_command_in_a_delegated_cgroup() {
	lab_up
	delegated_up
	OUT=$LAB_DIR/events.json
	capture_start
	(enter client "$BESIDE" "$LEAKAUDIT" run --drop --output "json:$OUT" -- python3 "$LAB_LIB/attacks.py" leave "$PEER4" "$BESIDE") \
		>"$LAB_DIR/attack.log" 2>&1 && fail "it has left"
	capture_stop
	grep -q PermissionError "$LAB_DIR/attack.log" || fail "$(cat "$LAB_DIR/attack.log")"
	assert_nothing_arrived
	assert_event '.event.action == "ready" and (.leakaudit.scope | test("/delegated/") | not)'
}

# Nobody needs to be alive for that, and who follows the guard later knows them.
test_leavers_stay_in_a_guard() {
	lab_up
	delegated_up
	GUARD_SCOPE=$GIVEN guard_make
	capture_start
	attack "$GIVEN" leave "$BESIDE"
	guard_follow
	attack "$GIVEN" leave "$BESIDE"
	wait_for '.event.action == "scope-left"'
	watch_end
	assert_nothing_arrived
	assert_stopped 5001 5002 5003 5004 5005 5006 5007
	assert_complete
}

# No hook of the scope sees these sockets, and no scan of open files finds them in time. What has waited in one when its holder
# ends is sent after that.
test_foreign_sockets_are_stopped() {
	lab_up
	start_leakaudit --cgroup "$APP" --drop
	kill -STOP "$LEAKAUDIT_PID"
	capture_start
	attack "$LAB_CGROUP/world" hand "$APP" "$ISP_MAC" "$CLIENT4"
	attack "$LAB_CGROUP/world" bring "$APP" "$ISP_MAC" "$CLIENT4"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak '.destination.port == 5027'
	attack "$LAB_CGROUP/world" keep "$APP"
	capture_stop # what is left of a stream is sent again when nobody watches any more
	stop_leakaudit
	assert_foreign_is_stopped
	assert_equal "complete" "false the owners of some sockets could not be stored" "$(summary '"\(.complete) \(.incomplete)"')"
}

# What is corked, or has no room in the window, is sent by nobody in particular.
test_data_only_put_into_streams() {
	lab_up
	reader_up
	start_leakaudit --cgroup "$APP" --drop
	grep -q btf_trace_tcp_sendmsg_locked /sys/kernel/btf/vmlinux || skip "this kernel does not tell of it"
	kill -STOP "$LEAKAUDIT_PID" # no scan of open files finds them
	capture_start
	spawn attack client "$LAB_CGROUP/world" python3 "$LAB_LIB/attacks.py" put "$PEER4" "$APP" 4713
	until_ok "the data" grep -q puts "$LAB_DIR/attack.log"
	sleep 0.2 # so that it waits for room
	touch "$LAB_DIR/read"
	wait "$SPAWNED" || fail "$(cat "$LAB_DIR/attack.log")"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak '.source.port == 5035'
	wait_for_leak '.source.port == 5036'
	capture_stop # what is left of them is sent when nobody watches any more
	assert_equal "data that was corked" "0 0" "$(captured "src port 5035 and $HAS_DATA")"
	assert_equal "bytes of the other one" 0 "$(tail -n 1 "$LAB_DIR/reader.log")"
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"' '.process.name == "python3"'
	assert_complete
}

# What a stream's first packet takes along, and what MPTCP has no room for, is sent again or later; so is what nobody could note.
test_streams_that_are_begun() {
	lab_up tunnel
	reader_up
	start_leakaudit --cgroup "$APP" --drop --tunnel tun0
	kill -STOP "$LEAKAUDIT_PID" # no scan of open files finds them
	ip_in vpn route add blackhole 203.0.113.77
	capture_start
	ip_in client route replace "$PEER4" via "$ISP4" dev eth0
	spawn attack client "$LAB_CGROUP/world" python3 "$LAB_LIB/attacks.py" begin "$PEER4" "$APP" 4713 203.0.113.77
	until_ok "the streams" grep -q begun "$LAB_DIR/attack.log"
	touch "$LAB_DIR/read"
	kill -CONT "$LEAKAUDIT_PID"
	ip_in client route replace 203.0.113.77 via "$ISP4" dev eth0
	wait_for_leak '.source.port == 5037'
	wait_for_leak '.source.port == 5038'
	wait_for_leak '.source.port == 5039'
	capture_stop
	assert_equal "first packets" 0 "$(captured "src port 5037" | cut -d' ' -f1)"
	assert_equal "data without a note" 0 "$(captured "src port 5039 and $HAS_DATA" | cut -d' ' -f1)"
	assert_equal "bytes by MPTCP" 0 "$(tail -n 1 "$LAB_DIR/reader.log")"
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_equal "complete" "false the owners of some sockets could not be stored" "$(summary '"\(.complete) \(.incomplete)"')"
}

reader_up() {
	spawn reader outside "$LAB_CGROUP/world" python3 -c "$READER" "$LAB_DIR/read"
	until_ok "the reader" tcp_listens outside 4713
}

# Reads when the file is there, and counts what the scope has sent.
READER='
import os, socket, sys, time
listener = socket.create_server(("", 4713))
stream = listener.accept()[0]
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
found = 0
while data := stream.recv(65536):
    found += data.count(b"y")
    print(found, flush=True)
'

HAS_DATA='ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0'

# What waits for a neighbour's address is sent when that is told: in the sender's call, if it is told at once, or long after.
test_foreign_sockets_that_wait() {
	lab_up
	start_leakaudit --cgroup "$APP" --drop
	kill -STOP "$LEAKAUDIT_PID" # no scan of open files finds them
	capture_start
	ip_in client neigh del "$ISP4" dev eth0
	attack "$LAB_CGROUP/world" lend "$APP" 5031
	ip_in isp link set isp0 arp off
	ip_in client neigh flush dev eth0
	attack "$LAB_CGROUP/world" lend "$APP" 5032
	neighbours client eth0 "$ISP_MAC" "$ISP4"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak '.destination.port == 5032'
	capture_stop
	stop_leakaudit
	assert_equal "datagrams" "0 0" "$(captured "udp")"
	assert_stopped 5031 5032
	assert_leaks_where ".destination.port == 5031" '.process.name == "python3"'
	# nothing can be noted at a socket that is closed
	assert_equal "complete" "false the owners of some sockets could not be stored" "$(summary '"\(.complete) \(.incomplete)"')"
}

# Where no neighbour answers, the kernel says so to the source that the packet had, with what was in it.
test_foreign_sockets_in_vain() {
	lab_up ipv6
	in_netns client sh -c 'cd /proc/sys/net && echo 20 | tee ipv4/neigh/eth0/retrans_time_ms >ipv6/neigh/eth0/retrans_time_ms'
	start_leakaudit --cgroup "$APP" --drop
	capture_start
	attack "$LAB_CGROUP/world" lend_raw "$APP" 192.0.2.77 2001:db8:1::77 "$PEER6"
	wait_for_leak ".network.transport == \"icmp\" and .destination.ip == \"$PEER4\""
	wait_for_leak ".network.transport == \"ipv6-icmp\" and .destination.ip == \"$PEER6\""
	capture_stop
	stop_leakaudit
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_equal "errors with what was sent" "0 0" "$(captured "(icmp and host $PEER4) or (icmp6 and host $PEER6)")"
}

# Streams were connected in nobody's scope: their data, and what is sent again, is what counts.
assert_foreign_is_stopped() {
	local port

	assert_equal "datagrams" "0 0" "$(captured "udp")"
	assert_equal "data of streams" "0 0" "$(captured "(src port 5023 or src port 5026 or src portrange 5028-5030) and $HAS_DATA")"
	assert_stopped 5021 5022 5024 5025 5027
	for port in 5021 5022 5024 5025; do
		assert_leaks_where ".destination.port == $port" '.process.name == "python3"'
	done
	for port in 5023 5028 5029 5030; do
		assert_event "$LEAK and .source.port == $port and .leakaudit.verdict == \"dropped\""
	done
}

# A softirq sends the most of a stream while another process runs: here one of the scope, which answers it.
test_streams_of_others_are_not_the_scopes() {
	lab_up
	spawn discard4712 outside "$APP" "$LAB_BIN/discard" 4712
	until_ok "the server" tcp_listens outside 4712
	start_leakaudit --cgroup "$APP"
	in_cgroup "$LAB_CGROUP/world" python3 -c "$STREAM" "$PEER4" 4712
	stop_leakaudit
	assert_no_event "$LEAK and .source.ip == \"$CLIENT4\""
}

# Ends when all of it has arrived.
STREAM='
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.settimeout(60)
s.sendall(bytes(2000000))
s.shutdown(socket.SHUT_WR)
s.recv(1)
'

# As a unit's is when that restarts. Nobody needs to be alive for it, and whoever follows it gives it its hooks again.
test_cgroup_of_a_guard_is_made_again() {
	lab_up
	GUARD_SCOPE=$(lab_cgroup service)
	guard_make
	capture_start
	rmdir "$GUARD_SCOPE"
	listed "its cgroup is gone"
	mkdir "$GUARD_SCOPE"
	listed "its cgroup was made again, and is judged where it leaves"
	delegated_up
	delegate "$LAB_CGROUP" "$GUARD_SCOPE"
	attack "$GUARD_SCOPE" leave "$BESIDE"
	in_cgroup "$GUARD_SCOPE" "$LAB_BIN/send" udp "$PEER4" 9 </dev/null >"$LAB_DIR/send.log" 2>&1 || true
	in_cgroup "$GUARD_SCOPE" "$LAB_BIN/send" packet "$PEER4" 9 --interface eth0 --mac "$ISP_MAC" \
		--source "$CLIENT4" </dev/null >>"$LAB_DIR/send.log" 2>&1 || true
	refuses_as_before
	guard_follow
	listed "in force"
	try_to_leak_from_it
	until_ok "its end" rmdir "$GUARD_SCOPE"
	wait_for '.event.action == "scope-gone"'
	mkdir "$GUARD_SCOPE"
	wait_for '.event.action == "scope-back"'
	try_to_leak_from_it
	wait_for_leak '.leakaudit.hook == "connect"'
	watch_end
	assert_nothing_arrived
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_equal "datagrams that hooks of the cgroup saw" 2 "$(events "$LEAK and .leakaudit.hook == \"cgroup\" and .event.type[1] == \"end\"" | wc -l)"
	(($(summary .summary.inbound.dropped.packets) >= 2)) || fail "it was let in: $(summary .summary.inbound)"
	assert_complete
	try_to_leak_from_it
}

# Who makes a guard and stays goes on with it, too.
test_cgroup_of_a_followed_guard() {
	lab_up
	GUARD_SCOPE=$(lab_cgroup service)
	guard_follow_start
	capture_start
	rmdir "$GUARD_SCOPE"
	wait_for '.event.action == "scope-gone"'
	mkdir "$GUARD_SCOPE"
	wait_for '.event.action == "scope-back"'
	listed "in force"
	try_to_leak_from_it
	wait_for_leak '.leakaudit.hook == "cgroup"'
	watch_end
	assert_nothing_arrived
	assert_complete
	try_to_leak_from_it
}

# What hooks of a cgroup do, and TC does not: refuse a connection, and keep out who is outside.
refuses_as_before() {
	spawn own client "$GUARD_SCOPE" "$LAB_BIN/discard" 4711
	until_ok "the server" udp_listens client 4711
	in_netns outside timeout 0.5 bash -c "exec 3<>/dev/tcp/$CLIENT4/4711" 2>/dev/null && fail "it was let in"
	in_netns outside bash -c "echo hello >/dev/udp/$CLIENT4/4711"
	end_process "$SPAWNED" KILL
	connect_is_refused
}

connect_is_refused() {
	in_cgroup "$GUARD_SCOPE" timeout 3 "$LAB_BIN/send" --bind-device eth0 tcp "$PEER4" 9 </dev/null >"$LAB_DIR/send.log" 2>&1 &&
		fail "it was connected"
	grep -q "Operation not permitted" "$LAB_DIR/send.log" || fail "not refused: $(cat "$LAB_DIR/send.log")"
}

# The sender of a datagram is told as well where the cgroup has its hook.
try_to_leak_from_it() {
	connect_is_refused
	in_cgroup "$GUARD_SCOPE" "$LAB_BIN/send" udp "$PEER4" 9 </dev/null >"$LAB_DIR/send.log" 2>&1 && fail "it was sent"
	grep -q "Operation not permitted" "$LAB_DIR/send.log" || fail "$(cat "$LAB_DIR/send.log")"
}

listed() {
	"$LEAKAUDIT" guard --list >"$LAB_DIR/list.log"
	grep -q "^$LAB .*$1\$" "$LAB_DIR/list.log" || fail "not listed as '$1': $(cat "$LAB_DIR/list.log")"
}
