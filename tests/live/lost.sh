# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a full queue has dropped, behind our hooks, has not left: whatever the packets are made of.

queue_up() {
	in_netns client tc qdisc replace dev eth0 root tbf rate 4mbit burst 3000 limit 12000
}

queue_is_empty() {
	in_netns client tc -s qdisc show dev eth0 | grep -q "backlog 0b 0p"
}

# flood PYTHON: what it sends, again and again.
flood() {
	(enter client "$APP" python3 - "$PEER4" "$PEER6") <<-END
		import socket, struct, sys
		four, six = sys.argv[1:3]
		def again(count, send):
		    for n in range(count):
		        try:
		            send()
		        except OSError:
		            pass
		$1
	END
}

# assert_taken_back [SENT]: what the queue let through has left, the rest of what came to it is held.
assert_taken_back() {
	until_ok "the queue to run empty" queue_is_empty
	watch_end
	assert_exact true "not $CAPTURE_NEIGHBOUR"
	assert_equal "left and held" "${1:-$(came)}" "$(summary '.summary.leaks.packets + .summary.held.packets')"
	assert_equal "held" "$(line_lost)" "$(summary .summary.held.packets)"
	(($(line_lost) > 20)) || fail "nothing was lost"
	assert_complete
}

line_lost() {
	summary '[.summary.interfaces[].items[] | select(.reason == "dropped") | .packets] | add // 0'
}

# came: what the queue was given.
came() {
	summary '[.summary.interfaces[].seen.packets] | add'
}

test_fragments_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((four, 9))
again(500, lambda: s.send(bytes(4000)))'
	assert_taken_back
}

test_fragments_of_ipv6_are_lost() {
	lab_up ipv6
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.connect((six, 9))
again(500, lambda: s.send(bytes(4000)))'
	assert_taken_back
}

test_ipv6_with_options_is_lost() {
	lab_up ipv6
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, 59, bytes([0, 0, 1, 4, 0, 0, 0, 0])) # IPV6_DSTOPTS, padding
s.connect((six, 9))
again(1000, lambda: s.send(bytes(400)))'
	assert_taken_back 1000
}

test_udp_lite_is_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
again(1000, lambda: s.sendto(bytes(400), (four, 9)))'
	assert_taken_back 1000
}

test_segments_of_udp_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 400) # UDP_SEGMENT
s.connect((four, 9))
again(200, lambda: s.send(bytes(4000)))'
	assert_taken_back 2000
}

test_frames_are_lost() {
	lab_up
	queue_up
	watch_client
	flood '
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
udp = struct.pack("!HHHH", 7, 9, 408, 0) + bytes(400)
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 428, 1, 0, 64, 17, 0, socket.inet_aton("192.0.2.10"), socket.inet_aton(four))
again(2000, lambda: s.sendto(ip + udp, ("eth0", 0x0800, 0, 0, bytes([2, 0, 0, 0, 0, 1]))))'
	assert_taken_back 2000
}

# --- queues that are emptied: what waits there does not leave

slow_queue() {
	in_netns client tc qdisc replace dev eth0 root handle "$1:" tbf rate 20kbit burst 3000 limit 60000
}

burst() {
	flood '
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((four, 9))
again(50, lambda: s.send(bytes(200)))'
}

# left_and_held SENT: tcpdump stands behind the router, since an interface of the wire may be gone.
left_and_held() {
	local left

	left=$(tcpdump -r "$LAB_DIR/wire.pcap" -nn "src host $CLIENT4 and udp port 9" 2>/dev/null | wc -l)
	assert_equal "what left" "$left" "$(summary .summary.leaks.packets)"
	assert_equal "left, held and judged" "$((left > 0)) $(($1 - left)) $1" \
		"$((left > 0)) $(summary '"\(.summary.held.packets) \(.summary.judged.packets)"')"
	assert_complete
}

watch_behind_the_router() {
	start_leakaudit --cgroup "$SCOPE"
	capture_start wire isp-out
}

test_what_waits_in_a_queue_that_is_replaced_or_whose_line_falls() {
	lab_up
	slow_queue 1
	watch_behind_the_router
	burst
	slow_queue 2
	burst
	ip_in isp link set isp0 down
	until_ok "the queue to be taken away" queue_is_dead
	ip_in isp link set isp0 up
	neighbours isp isp0 "$CLIENT_MAC" "$CLIENT4"
	until_ok "the line" line_is_up
	burst
	ip_in client link set eth0 down
	watch_end
	left_and_held 150
}

queue_is_dead() {
	! line_is_up
}

line_is_up() {
	ip_in client -j link show dev eth0 | jq -e '.[0].operstate == "UP"' >/dev/null
}

test_what_waits_in_the_queue_of_an_interface_that_goes() {
	lab_up
	slow_queue 1
	watch_behind_the_router
	burst
	ip_in client link del eth0
	watch_end
	left_and_held 50
}

# The kernel frees its packets when it is in the other namespace already.
test_what_waits_in_the_queue_of_an_interface_that_goes_elsewhere() {
	lab_up
	host_up other 0
	slow_queue 1
	watch_behind_the_router
	burst
	ip_in client link set eth0 netns "$LAB-other"
	watch_end
	left_and_held 50
}

# It will leave, and so counts as left, but the interface has not counted it yet.
test_what_waits_in_a_queue_at_the_end() {
	lab_up
	in_netns client tc qdisc replace dev eth0 root tbf rate 1kbit burst 3000 limit 60000
	start_leakaudit --cgroup "$SCOPE"
	burst
	stop_leakaudit
	assert_equal "counted and waiting" "50 true" "$(summary '.summary.interfaces[] | "\(.counted.packets + .items[0].packets) \(
		.items[0].packets > 20 and .items[0].reason == "waiting")"')"
	assert_complete
}

# reads_tun NAME: a process outside the scope that takes out what is sent there; its pid to SPAWNED.
reads_tun() {
	spawn holder client "$LAB_CGROUP/world" python3 -c '
import fcntl, os, struct, sys
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001)) # TUNSETIFF, IFF_TUN and IFF_NO_PI
print("holds it", flush=True)
while True:
    os.read(tun, 65536)' "$1"
	until_ok "the holder" grep -q holds "$LAB_DIR/holder.log"
}

# They are in its driver, which throws them away when the holder ends. The interface counts what is read: what it does not
# count are the scope's, or another's.
test_what_is_not_read_from_a_tun() {
	local holder cgroup complete

	lab_up
	own_uplink
	holder=$SPAWNED
	kill -STOP "$holder"
	for cgroup in "$LAB_CGROUP/world" "$APP"; do
		rm -f "$LAB_DIR/events.json"
		complete=true
		[ "$cgroup" != "$APP" ] || complete=false
		start_leakaudit --cgroup "$APP" --exposed up0
		in_cgroup "$cgroup" "$LAB_BIN/send" udp "$PEER4" 9 --count 5
		stop_leakaudit
		assert_equal "counted and unread, complete" "0 5 unread $complete" "$(summary '"\(.summary.interfaces[] | select(.name == "up0") |
			"\(.counted.packets) \(.items[0].packets) \(.items[0].reason)") \(.complete)"')"
	done
	end_process "$holder" KILL
}

# own_uplink [LENGTH]: a tun by which the peer is reached, that keeps so many packets; who reads them to SPAWNED.
own_uplink() {
	ip_in client tuntap add dev up0 mode tun
	ip_in client link set up0 ${1:+txqueuelen "$1"} up
	ip_in client addr add 10.44.0.1/24 dev up0
	ip_in client route add "$PEER4" dev up0
	reads_tun up0
}

# Its driver takes packets from their socket before it finds that there is no room.
test_what_a_full_tun_does_not_take() {
	local holder

	lab_up
	own_uplink 20
	holder=$SPAWNED
	start_leakaudit --cgroup "$SCOPE" --exposed up0
	kill -STOP "$holder"
	burst
	kill -CONT "$holder"
	until_ok "the holder to read them" up0_has_sent 20
	stop_leakaudit
	assert_equal "left and held" "20 30" "$(summary '"\(.summary.leaks.packets) \(.summary.held.packets)"')"
	assert_complete
}

up0_has_sent() {
	[ "$(ip_in client -j -s link show dev up0 | jq '.[0].stats64.tx.packets')" = "$1" ]
}
