# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Ways out by interfaces that a process of the scope names, makes or holds.

# den_up NAME: a namespace with a card to the provider that bears that name, whoever lives there.
den_up() {
	host_up den 0
	wire den "$1" "$SECOND_MAC" isp isp1 "$SECOND_ISP_MAC"
	ip_in den addr add "$SECOND4/25" dev "$1"
	ip_in isp addr add "$SECOND_ISP4/25" dev isp1
	neighbours den "$1" "$SECOND_ISP_MAC" "$SECOND_ISP4"
	neighbours isp isp1 "$SECOND_MAC" "$SECOND4"
	ip_in den route add default via "$SECOND_ISP4"
}

# Sends each 20 ms to an address, says what became of it, and goes on.
SENDS_ON='
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        s.sendto(b"payload", (sys.argv[1], 9))
        print("sent", flush=True)
    except OSError as e:
        print(e.strerror, flush=True)
    time.sleep(0.02)'

den_refusals() {
	grep -c "not permitted" "$LAB_DIR/resident.log" || true
}

den_is_shut() {
	(($(den_refusals) >= "$1"))
}

# A card that is called as the tunnel at home: by its name from the start, renamed to it, matched by a pattern.
test_names_make_no_tunnel() {
	local n resident

	lab_up
	den_up vpn7
	spawn resident den "$APP" python3 -c "$SENDS_ON" "$PEER4"
	resident=$SPAWNED
	start_leakaudit --cgroup "$APP" --drop --tunnel vpn7 --tunnel 'tun*'
	capture_start second isp1
	until_ok "its packets to be stopped" den_is_shut 20
	ip_in den link set vpn7 down
	ip_in den link set vpn7 name tun3 up
	ip_in den route add default via "$SECOND_ISP4"
	wait_for '.leakaudit.interface.name == "tun3" and .leakaudit.interface.role == "exposed"'
	n=$(den_refusals)
	until_ok "its packets to be stopped" den_is_shut $((n + 20))
	end_process "$resident"
	stop_leakaudit
	capture_stop second
	assert_leaks '.leakaudit.verdict == "dropped"'
	assert_silent second
	assert_complete
}

# --- frames with packets in them, where nothing is stopped: they are told, and what is in them is not known

test_packets_in_frames_are_told() {
	lab_up
	start_leakaudit --cgroup "$APP"
	in_client python3 -c "$ONE_FRAME" eth0 88641100000100060021 "$PEER4" >"$LAB_DIR/frames.log"
	wait_for_leak ".leakaudit.detail == \"frame\" and .leakaudit.verdict == \"counted\""
	stop_leakaudit
	assert_equal "complete" "false" "$(summary .complete)"
	assert_event "$LEAK and (.message | contains(\"leaked a frame that is not IP over eth0\"))"
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
}

# What the next hop only takes off is stepped over: the packet within is judged as any other.
test_packets_behind_labels_are_leaks() {
	local n=0 head

	lab_up
	start_leakaudit --cgroup "$APP"
	for head in 8100000581000006810000070800 88470001004000011140 0030aaaa030000000800 0030060603 \
		88e7000000010200000000010200000000020800 88e50000000000010800 894f0fc20201000001ff 892f003400010800; do
		in_client python3 -c "$ONE_FRAME" eth0 "$head" "$PEER4" >>"$LAB_DIR/frames.log"
		n=$((n + 5))
	done
	wait_for_leak ".destination.ip == \"$PEER4\" and .leakaudit.hook == \"tc\""
	stop_leakaudit
	assert_equal "sent" "$n" "$(grep -c sent "$LAB_DIR/frames.log")"
	assert_equal "leaks of 36 bytes" "$n $((n * 36))" "$(summary_leaks)"
	assert_equal "complete" true "$(summary .complete)"
	assert_no_event '.leakaudit.detail == "frame"'
}

# ONE_FRAME IF HEX [ADDRESS]: what begins so behind the hardware addresses; then perhaps an IPv4 packet to ADDRESS.
ONE_FRAME='
import socket, sys
macs = bytes.fromhex("02000000000102000000000a")
frame = macs + bytes.fromhex(sys.argv[2])
if len(sys.argv) > 3:
    frame += bytes.fromhex("450000240001000040110000c000020a") + socket.inet_aton(sys.argv[3]) + bytes.fromhex("1000000900100000") + b"payload."
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
for n in range(5):
    try:
        s.sendto(frame, (sys.argv[1], 0))
        print("sent", flush=True)
    except OSError as e:
        print(e.strerror, flush=True)'

# --- a switch whose way out is the end of a veth pair, as within a container: alone, and beside a tap

test_frames_by_a_veth_in_a_bridge() {
	local holder

	lab_up
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	spawn holder client "$LAB_CGROUP/world" python3 -c '
import fcntl, os, struct, time
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tap7", 0x1002))
print("made", flush=True)
time.sleep(1000)'
	holder=$SPAWNED
	until_ok "the tap" grep -q made "$LAB_DIR/holder.log"
	ip_in client link set tap7 master br0 up
	ip_in client link set br0 up
	guard_make
	capture_start
	in_client python3 -c "$ONE_FRAME" br0 0800 "$PEER4" >"$LAB_DIR/bridge.log"
	in_client python3 -c "$ONE_FRAME" eth0 0800 "$PEER4" >"$LAB_DIR/port.log"
	end_process "$holder"
	guard_release
	guard_make
	in_client python3 -c "$ONE_FRAME" br0 0800 "$PEER4" >>"$LAB_DIR/bridge.log"
	in_client python3 -c "$ONE_FRAME" eth0 0800 "$PEER4" >>"$LAB_DIR/port.log"
	capture_stop
	assert_equal "on the wire" "0 0" "$(captured "host $PEER4")"
}

# Within a container that has many of its own: which of the ends leads out is not known.
test_switch_with_many_veths() {
	lab_up
	host_up den 0
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	world_over br0
	for n in {1..34}; do
		echo "link add c$n type veth peer name p$n netns $LAB-den"
		echo "link set c$n master br0 up"
	done >"$LAB_DIR/veths"
	ip -n "$LAB-client" -batch "$LAB_DIR/veths"
	ip_in client link set br0 up
	start_leakaudit --cgroup "$APP"
	stop_leakaudit
	assert_equal "complete" "false" "$(summary .complete)"
	summary .incomplete | grep -q "cannot tell whether .* leads out" || fail "$(summary .incomplete)"
}

# --- a container that is bridged to the card, in the scope of the host: its socket's first packet came before it was known

test_sockets_of_a_bridged_container_stay_judged() {
	local resident

	lab_up
	ip_in client link add mv0 link eth0 type macvlan mode passthru
	ip_in client link set mv0 up
	ip_in client link add br0 type bridge
	ip_in client link set mv0 master br0
	world_over br0
	ip_in client link set br0 up
	host_up den 0
	wire den eth1 "$SECOND_MAC" client port1 02:00:00:00:01:0b
	ip_in client link set port1 master br0
	ip_in den addr add "192.0.2.20/25" dev eth1
	neighbours den eth1 "$ISP_MAC" "$ISP4"
	ip_in den route add default via "$ISP4"
	start_leakaudit
	capture_start
	kill -STOP "$LEAKAUDIT_PID"
	spawn resident den "$APP" python3 -c "$SENDS_ON" "$PEER4"
	resident=$SPAWNED
	until_ok "its first packets" grep -q sent "$LAB_DIR/resident.log"
	kill -CONT "$LEAKAUDIT_PID"
	wait_for_leak "$(to eth0 192.0.2.20 "$PEER4" 9)"
	until_ok "more of them" resident_has_sent 40
	kill -STOP "$resident"
	stop_leakaudit
	capture_stop
	end_process "$resident" KILL
	assert_equal "of the container" "$(captured "src host 192.0.2.20")" \
		"$(leaked "$(to eth0 192.0.2.20 "$PEER4" 9)")"
}

resident_has_sent() {
	(($(grep -c sent "$LAB_DIR/resident.log") >= "$1"))
}

# --- frames that a process of the scope writes into a tap: the host forwards them, or its switch does

test_virtual_machine_of_the_scope() {
	lab_up
	vm_up "$APP"
	vm_forwarded
	watch_client
	vm_sends
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has_packets 8
	vm_ends
	watch_end
	assert_leaks "$(by "$VM_PID" "$VM_NAME")" '.source.port == 4000' ".source.nat.ip == \"$CLIENT4\""
	assert_exact true "host $PEER4"
	assert_complete
}

# What is known of a frame that came in by the tap is in a field of it that others may overwrite.
test_mark_that_is_overwritten() {
	local pin=/sys/fs/bpf/$LAB-unmark

	lab_up
	vm_up "$APP"
	vm_forwarded
	watch_client
	in_netns client python3 "$LAB_LIB/refuse.py" tcx-unmark "$pin" "$(ifindex client tap0)" 2>"$LAB_DIR/tcx.log" ||
		skip "$(tail -n 1 "$LAB_DIR/tcx.log")"
	vm_sends
	until_ok "the packets" wire_has_packets 8
	watch_end # it looks once more: the tap is still there
	vm_ends
	rm "$pin"
	assert_equal "told" "tap0 may take what comes in for nobody's: the tc program refuse" "$(summary .incomplete)"
}

wire_has_packets() {
	(($(captured "host $PEER4" | cut -d' ' -f1) >= $1))
}

# Its tap was opened by another one, as libvirt does. The switch has the host's card as a port, and nobody follows the guard.
test_virtual_machine_in_a_switch() {
	lab_up
	vm_up "$(lab_cgroup elsewhere)" "$CLIENT4" "$ISP_MAC"
	vm_switched
	cgroup_move "$APP" "$VM_PID"
	guard_make
	capture_start
	vm_sends
	until_ok "silence" wire_is_quiet
	capture_stop
	assert_equal "on the wire" 0 "$(vm_on_the_wire wire)"
	guard_release
	capture_start released
	until_ok "its packets" vm_gets_out
	vm_ends
	capture_stop released
}

vm_switched() {
	ip_in client link add br0 type bridge
	ip_in client link set eth0 master br0
	ip_in client link set tap0 master br0
	world_over br0
	ip_in client link set br0 up
}

# What it sends there need not be IP (here a session of PPPoE): stopped, or told, also where the scope is the host.
test_frames_of_a_virtual_machine() {
	local scope

	lab_up
	vm_up "$APP" "$CLIENT4" "$ISP_MAC" 88641100000100060021
	vm_switched
	guard_make
	capture_start
	vm_sends
	until_ok "silence" wire_is_quiet
	capture_stop
	assert_equal "on the wire" 0 "$(tcpdump -r "$LAB_DIR/wire.pcap" -nn ether proto 0x8864 2>/dev/null | wc -l)"
	guard_release
	for scope in "$APP" "$CGROUP_MOUNT"; do
		rm -f "$LAB_DIR/events.json"
		start_leakaudit --cgroup "$scope"
		vm_sends
		wait_for_leak '.leakaudit.detail == "frame" and .leakaudit.verdict == "counted"'
		stop_leakaudit
		assert_equal "complete" false "$(summary .complete)"
	done
	vm_ends
}

# vm_on_the_wire CAPTURE: packets with its own hardware address.
vm_on_the_wire() {
	tcpdump -r "$LAB_DIR/$1.pcap" -nn "dst host $PEER4" 2>/dev/null | wc -l
}

vm_gets_out() {
	vm_sends
	(($(vm_on_the_wire released) > 0))
}

# --- a card in a namespace that nobody lives in, in the scope of the host: what is forwarded there is seen

# card_up NAMESPACE NET ADDRESS: has a card, which has that address, and forwards what the guest sends.
card_up() {
	host_up "$1" 0
	ip_in isp link add nic0 link isp-out type macvlan mode bridge
	ip_in isp link set nic0 netns "$LAB-$1"
	ip_in "$1" addr add "$3/24" dev nic0
	ip_in "$1" link set nic0 up
	neighbours "$1" nic0 "$OUTSIDE_MAC" "$PEER4" "$LATE_PEER4"
	wire guest "$1" "02:00:00:00:0$2:0a" "$1" in0 "02:00:00:00:0$2:01"
	ip_in "$1" addr add "10.77.$2.1/24" dev in0
	ip_in guest addr add "10.77.$2.2/24" dev "$1"
	neighbours guest "$1" "02:00:00:00:0$2:01" "10.77.$2.1"
	in_netns "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

# The first is known by its name, the second is kept by an open file alone.
test_card_where_nobody_lives() {
	lab_up
	host_up guest 0
	card_up den 7 203.0.113.98
	card_up cave 8 203.0.113.99
	ip_in guest route add "$PEER4/32" via 10.77.7.1
	ip_in guest route add "$LATE_PEER4/32" via 10.77.8.1
	spawn keeper outside "$LAB_CGROUP/world" sh -c "exec sleep 60 <$(netns cave)"
	until_ok "the keeper" is_kept "$SPAWNED"
	ip netns del "$LAB-cave"
	start_leakaudit
	until_ok "both to be known" cards_are_known
	capture_start forwarded isp-out
	(enter guest "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$PEER4" 9 </dev/null)
	(enter guest "$LAB_CGROUP/world" "$LAB_BIN/send" udp "$LATE_PEER4" 9 </dev/null)
	stop_leakaudit
	capture_stop forwarded
	assert_equal "on the wire" 2 "$(tcpdump -r "$LAB_DIR/forwarded.pcap" -nn "src net 10.77.0.0/16" 2>/dev/null | wc -l)"
	assert_equal "seen at the cards" "$PEER4 1 $LATE_PEER4 1" "$(jq -r "select($LEAK and .observer.egress.interface.name == \"nic0\" and
		(.event.type | index(\"end\"))) | \"\(.destination.ip) \(.network.packets)\"" "$OUT" | sort | xargs)"
	assert_complete
}

is_kept() { [[ $(stat -Lc %i "/proc/$1/fd/0") == $(stat -c %i "$(netns cave)") && $(cat "/proc/$1/comm") == sleep ]]; }

cards_are_known() {
	(($(grep -c "has an interface of its own, nic0: what it forwards is seen" "$LAB_DIR/leakaudit.log" || true) == 2))
}
