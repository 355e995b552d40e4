# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Containers: the ways by which their traffic leaves this machine.

# --- networks in user mode: a tap whose frames a process outside turns into sockets of its own

# usernet_leaks_once PROGRAM CGROUP SCOPE...: a leak is counted once, where the process in that cgroup sends it. The tap's
# own packets are neither leak nor count. With the host as the scope others on this machine may leak, too.
usernet_leaks_once() {
	local name here='.leakaudit.netns.name == null'

	box_up
	usernet_up "$1" "$2"
	name=$(cat "/proc/$USERNET_PID/comm") # by its processor's abilities pasta becomes another program
	start_leakaudit "${@:3}"
	capture_start
	box_send sender "$APP" udp "$PEER4" 9 --count 8
	box_send stream "$APP" tcp "$STUN4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$STUN4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	until_ok "the end of the stream" dead "$SPAWNED"
	end_process "$USERNET_PID"
	world_silence
	watch_end
	assert_leaks_where "$here and (.destination.ip | IN(\"$PEER4\", \"$STUN4\"))" "$(by "$USERNET_PID" "$name")" \
		'.observer.egress.interface.name == "eth0"'
	assert_exact "$here and .destination.ip == \"$PEER4\"" "host $PEER4"
	assert_exact "$here and .destination.ip == \"$STUN4\"" "host $STUN4"
	(($# < 3)) || assert_all_exact
}

test_slirp4netns_in_the_scope() {
	lab_up
	usernet_leaks_once slirp4netns "$APP" --cgroup "$SCOPE"
}

test_slirp4netns_beside_the_scope() {
	lab_up
	usernet_leaks_once slirp4netns "$(lab_cgroup elsewhere)" --cgroup "$SCOPE"
}

test_slirp4netns_on_the_host() {
	lab_up
	usernet_leaks_once slirp4netns "$(lab_cgroup elsewhere)"
}

# Its tap has the name and the address of the host's own card.
test_pasta_in_the_scope() {
	lab_up
	usernet_leaks_once pasta "$APP" --cgroup "$SCOPE"
}

test_pasta_beside_the_scope() {
	lab_up
	usernet_leaks_once pasta "$(lab_cgroup elsewhere)" --cgroup "$SCOPE"
}

# With the tunnel whole nothing is told, and nothing is stopped; when it falls, what the process outside sends is.
test_slirp4netns_with_drop() {
	lab_up tunnel
	box_up
	usernet_up slirp4netns "$(lab_cgroup elsewhere)"
	watch_client --drop
	box_send whole "$APP" udp "$PEER4" 9 --count 8
	until_ok "the packets at the other end" outside_got 8
	assert_no_event "$LEAK"
	tunnel_fall
	box_send fallen "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak '.leakaudit.verdict == "dropped"'
	until_ok "the end of the sender" dead "$SPAWNED"
	end_process "$USERNET_PID"
	watch_end
	assert_leaks "$(by "$USERNET_PID" slirp4netns)" '.leakaudit.verdict == "dropped"'
	assert_equal "on the wire" "0 0" "$(captured "host $PEER4")"
	assert_equal "dropped" 8 "$(summary .summary.dropped.packets)"
	assert_complete
}

outside_got() {
	(($(in_netns outside nstat -asz UdpInDatagrams | awk '/UdpInDatagrams/ { print $2 }') >= $1))
}

# --- what only looks like one

# tap_stays_exposed CGROUP [OWN]: what goes into the tap is told as leaked there.
tap_stays_exposed() {
	box_up
	spawn holder client "$1" python3 "$LAB_LIB/tap_holder.py" "$BOX_PID" "${@:2}"
	until_ok "the tap" grep -q held "$LAB_DIR/holder.log"
	in_box ip addr add 10.0.2.100/24 dev tap0
	in_box ip link set tap0 up
	in_box ip neigh replace 10.0.2.2 lladdr 02:00:00:00:00:99 dev tap0 nud permanent
	in_box ip route add default via 10.0.2.2
	watch_client
	box_send sender "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_leaks '.observer.egress.interface.name == "tap0"' '.process.name == "send"'
	assert_equal "leaked" 8 "$(summary .summary.leaks.packets)"
}

# A stranger's sockets are not judged.
test_tap_of_a_stranger_is_exposed() {
	lab_up
	tap_stays_exposed "$(lab_cgroup elsewhere)"
}

# It could bridge the two taps.
test_tap_of_a_switch_is_exposed() {
	lab_up
	tap_stays_exposed "$APP" tap7
}

# --- containers by their names

# On the host's network a container is nothing but a cgroup.
test_podman_container_by_name() {
	lab_up
	podman_up box --network host
	podman_up other --network host
	start_leakaudit --container other
	capture_start
	podman_send box udp "$STUN4" 9 --count 4
	podman_send other udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	podman_down
	assert_leaks "$(container_is podman other "$CONTAINER_ID")" '.process.name == "send"' "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_exact true "host $PEER4"
	assert_event '.event.action == "ready" and (.leakaudit.scope | contains("libpod-'"$CONTAINER_ID"'"))'
}

test_podman_container_by_id() {
	lab_up
	podman_up box --network host
	start_leakaudit --container "${CONTAINER_ID:0:12}"
	podman_send box udp "$PEER4" 9 --count 8
	wait_for_leak "$(container_is podman box "$CONTAINER_ID")"
	stop_leakaudit
	podman_down
}

# The scope is another one: the container is told all the same.
test_containers_are_named_in_every_scope() {
	lab_up
	podman_up box --network host
	start_leakaudit --cgroup "$LAB_CGROUP/pods"
	podman_send box udp "$PEER4" 9 --count 8
	wait_for_leak "$(container_is podman box "$CONTAINER_ID")"
	stop_leakaudit
	podman_down
}

test_lxc_container_by_name() {
	lab_up
	lxc_up "$LAB-box" "lxc.net.0.type = none"
	start_leakaudit --container "$LAB-box"
	lxc_send "$LAB-box" udp "$PEER4" 9 --count 8
	wait_for_leak "$(container_is lxc "$LAB-box" "$LAB-box")"
	stop_leakaudit
}

test_container_must_be_one() {
	local name=$LAB-twin

	lab_up
	refused 3 "no running container '$name'" watch --container "$name"
	mkdir -p "$LAB_CGROUP"/{a,b}/"lxc.payload.$name"
	refused 3 "there are 2 containers '$name'" watch --container "$name"
	grep -q -- "--cgroup .*/a/lxc.payload.$name" "$LAB_DIR/stderr" || fail "the candidates are not listed"
	refused 3 "is not the name or id of a container" watch --container a/b
}

# --- networks of the host: a veth pair, whose other end the host forwards

NAT4=".source.nat.ip == \"$CLIENT4\""
BOX_LEAK='.leakaudit.attribution == "forwarded" and .leakaudit.hook == "tc"'

# box_leaks BRIDGE...: a leak is counted once, at the card that it leaves by.
box_leaks() {
	box_up
	box_wire "$@"
	watch_client
	box_send sender "$APP" udp "$PEER4" 9 --count 8
	box_send stream "$APP" tcp "$STUN4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	wait_for_leak ".destination.ip == \"$STUN4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	until_ok "the end of the stream" dead "$SPAWNED"
	world_silence
	watch_end
	assert_leaks "$BOX_LEAK" '.observer.egress.interface.name == "eth0"' ".source.ip == \"$BOX4\"" "$NAT4" \
		'.process.name == "send"'
	assert_all_exact
}

test_veth_of_the_scope() {
	lab_up
	box_leaks
}

test_veth_on_a_bridge() {
	lab_up
	box_leaks br0
}

# What the host routes into its tunnel is no leak; what it sends past it is.
test_veth_into_the_tunnel() {
	lab_up tunnel
	box_up
	box_wire
	watch_client
	box_send whole "$APP" udp "$PEER4" 9 --count 8
	until_ok "the packets at the other end" outside_got 8
	assert_no_event "$LEAK"
	tunnel_fall
	box_send fallen "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_leaks "$BOX_LEAK" "$(to eth0 "$BOX4" "$PEER4" 9)" "$NAT4"
	assert_exact true "host $PEER4"
	assert_equal "leaked" 8 "$(summary .summary.leaks.packets)"
	assert_complete
}

test_veth_with_drop() {
	lab_up tunnel
	box_up
	box_wire
	watch_client --drop
	box_send whole "$APP" udp "$PEER4" 9 --count 8
	until_ok "the packets at the other end" outside_got 8
	box_send stream "$APP" tcp "$PEER4" 9 --count 8
	until_ok "the stream's end" dead "$SPAWNED"
	[ ! -s "$LAB_DIR/stream.log" ] || assert_equal "what the sender said" ready "$(uniq "$LAB_DIR/stream.log")"
	assert_no_event "$LEAK"
	tunnel_fall
	box_send fallen "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak '.leakaudit.verdict == "dropped"'
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_equal "on the wire" "0 0" "$(captured "host $PEER4")"
	assert_equal "dropped" 8 "$(summary .summary.dropped.packets)"
	assert_complete
}

# other_wire: a container of somebody else on the same bridge.
other_wire() {
	ip netns add "$LAB-other"
	ip_in client link add other0 type veth peer name eth0 netns "$LAB-other"
	ip_in client link set other0 master br0 up
	ip -n "$LAB-other" addr add 10.7.0.3/24 dev eth0
	ip -n "$LAB-other" link set eth0 up
	ip -n "$LAB-other" route add default via "$BOX_GATEWAY4"
}

# other_send NAME ARG...: not of the scope.
other_send() {
	spawn "$1" client "$LAB_CGROUP/world" nsenter --net="/run/netns/$LAB-other" -- "$LAB_BIN/send" "${@:2}"
	until_ok "the end of the other's sender" dead "$SPAWNED"
}

# On that bridge is another's container, too. By which port a packet comes in says whose it is, also by a port that is new.
test_veth_on_a_shared_bridge() {
	lab_up tunnel
	box_up
	box_wire br0
	watch_client
	other_wire
	box_send whole "$APP" udp "$PEER4" 9 --count 8
	until_ok "the packets at the other end" outside_got 8
	assert_no_event "$LEAK"
	tunnel_fall
	other_send others udp "$STUN4" 9 --count 4
	box_send fallen "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	until_ok "the other's packets" wire_has "host $STUN4" 4
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	ip netns del "$LAB-other"
	assert_leaks "$BOX_LEAK" "$(to eth0 "$BOX4" "$PEER4" 9)" "$NAT4" '.process.name == "send"'
	assert_exact true "host $PEER4"
	assert_complete
}

# Its network is a bridge of its own, with nat, as netavark makes it.
test_podman_network() {
	lab_up
	podman_up box
	start_leakaudit --container box --output "pcap:$LAB_DIR/leaks.pcapng"
	capture_start
	podman_send box udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	watch_end
	podman_down
	assert_equal "comments" 8 "$(grep -ac "send\[[0-9]*\] (forwarded from .*) ipv4 leaked over eth0" "$LAB_DIR/leaks.pcapng")"
	assert_leaks "$BOX_LEAK" '.observer.egress.interface.name == "eth0"' '.source.ip != .source.nat.ip' "$NAT4" \
		"$(container_is podman box "$CONTAINER_ID")" '.process.name == "send"'
	assert_exact true "host $PEER4"
}

# Netfilter puts fragments together and takes the datagram apart again.
test_veth_fragments() {
	lab_up
	box_up
	box_wire
	watch_client
	box_send sender "$APP" udp "$PEER4" 9 --count 4 --size 4000
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 12
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_leaks "$BOX_LEAK"
	assert_all_exact
}

# Where someone looks on, the fragments are made anew, and nobody can tell any more where they came from.
test_veth_fragments_that_are_made_anew() {
	lab_up
	box_up
	box_wire
	watch_client
	spawn look client "$LAB_CGROUP/world" tcpdump -i box0 -nn -w /dev/null
	until_ok "tcpdump" grep -q 'listening on' "$LAB_DIR/look.log"
	box_send sender "$APP" udp "$PEER4" 9 --count 4 --size 4000
	until_ok "the packets" wire_has "host $PEER4" 12
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	[ "$(summary_leaks)" = "$(captured "host $PEER4")" ] || assert_equal "complete" false "$(summary .complete)"
}

# The container has a tunnel of its own: its daemon is known here, and nowhere else.
test_veth_beside_an_own_tunnel_is_exposed() {
	command -v wireguard-go >/dev/null || skip "wireguard-go is not installed"
	lab_up
	box_up
	box_wire
	spawn own client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- wireguard-go --foreground wg9
	until_ok "the tunnel" in_box ip link show dev wg9
	in_box ip link set wg9 up
	watch_client
	box_send sender "$APP" udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the end of the sender" dead "$SPAWNED"
	watch_end
	assert_leaks ".source.ip == \"$BOX4\"" '.process.name == "send"'
	assert_equal "leaked" 8 "$(summary .summary.leaks.packets)"
	# told once, with where it is; of the container's loopback device nobody need hear
	assert_event '.event.action == "ready" and (.message | test("wg9 in net:[^ ]+ .tunnel.")) and
		(.leakaudit.interfaces | map(select(.name == "lo")) | length == 1)'
	guard_make
	grep -q 'sends leaves by wg9 in net:[^ ]* or not at all' "$LAB_DIR/guard.log" || fail "guard: $(cat "$LAB_DIR/guard.log")"
	guard_release
}

# A question that the host forwards is told where it leaves; no resolver of this machine has a part in it.
test_question_by_veth() {
	lab_up dns
	box_up
	box_wire
	watch_client
	spawn dig client "$APP" nsenter --net="/proc/$BOX_PID/ns/net" -- dig +tries=1 "@$DNS4" "$LAB_TRACKER"
	wait_for_leak ".dns.question.name == \"$LAB_TRACKER\""
	until_ok "the answer" dead "$SPAWNED"
	watch_end
	assert_leaks "$BOX_LEAK" "$(class dns)" "$(to eth0 "$BOX4" "$DNS4" 53)" "$NAT4" "$(by "$SPAWNED" dig)"
	assert_all_exact
}

test_rootless_podman() {
	lab_up
	rootless_up box slirp4netns
	watch_client
	rootless exec box /lab/send udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	watch_end
	rootless rm --force --time 0 box >>"$LAB_DIR/podman.log" 2>&1
	assert_leaks '.process.name == "slirp4netns"' "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_all_exact
}
