# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Docker itself, and containerd without it.

test_docker_container_on_the_host() {
	lab_up
	docker_up
	docker_box box --network host
	docker_box other --network host
	start_leakaudit --container other
	capture_start
	docker_send box udp "$STUN4" 9 --count 4
	docker_send other udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	watch_end
	assert_leaks "$(container_is docker other "$CONTAINER_ID")" '.process.name == "send"' "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_exact true "host $PEER4"
}

# A bridge, and nat.
test_docker_network() {
	lab_up
	docker_up
	docker_box box
	start_leakaudit --container box
	capture_start
	docker_send box udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets" wire_has "host $PEER4" 8
	watch_end
	assert_leaks '.observer.egress.interface.name == "eth0"' '.source.ip != .source.nat.ip' ".source.nat.ip == \"$CLIENT4\"" \
		"$(container_is docker box "$CONTAINER_ID")" '.process.name == "send"'
	assert_exact true "host $PEER4"
}

# In a network that somebody made, a container asks 127.0.0.11: that is dockerd, by sockets of its own in the container.
test_docker_resolver() {
	lab_up dns
	docker_up
	docker network create lan >/dev/null
	docker_box box --network lan
	start_leakaudit --container box
	capture_start
	docker exec box /bin/busybox nslookup "$LAB_TRACKER" >"$LAB_DIR/ask.log"
	wait_for_leak "$(question "$LAB_TRACKER")"
	watch_end
	assert_leaks '.process.name == "dockerd"' "$(class dns udp)" ".source.nat.ip == \"$CLIENT4\"" \
		'[.leakaudit.on_behalf_of[]?.process.name] == ["busybox"]' '.leakaudit.match == "exact"'
	assert_event '.leakaudit.on_behalf_of and .leakaudit.flow == "close"'
	assert_all_exact
}

# With dropping it answers as long as there is a tunnel, also the first question of a container that has just been made.
test_docker_resolver_with_drop() {
	lab_up tunnel dns
	docker_up
	docker network create lan >/dev/null
	start_leakaudit --cgroup "$(cgroup_path "$(lab_cgroup pods)")" --drop
	capture_start
	docker_box_asks || fail "no answer: $(cat "$LAB_DIR/ask.log")"
	tunnel_fall
	wait_for '.event.action == "tunnel-down"'
	! docker_box_asks || fail "an answer"
	wait_for_leak '.leakaudit.refused_by == "resolver"'
	watch_end
	# a cgroup that is gone has no name any more
	assert_leaks '.leakaudit.outcome == "dropped"' '(.leakaudit.cgroup.path // "/pods/") | contains("/pods/")'
	assert_equal "questions on the wire" "0 0" "$(captured "udp port 53 or tcp port 53")"
}

docker_box_asks() {
	docker_run --rm --network lan box /bin/busybox timeout 8 nslookup "$LAB_TRACKER" >"$LAB_DIR/ask.log" 2>&1
}

# Each has a network that nobody has met, and sends at once, into the tunnel.
test_docker_containers_that_come_and_go() {
	lab_up tunnel
	docker_up
	start_leakaudit --cgroup "$(cgroup_path "$(lab_cgroup pods)")"
	capture_start
	for _ in 1 2 3; do
		docker_run --rm box /lab/send udp "$TUNNEL_PEER4" 9
		docker_run --rm box /lab/send tcp "$TUNNEL_PEER4" 9 2>>"$LAB_DIR/refused.log" || true
	done
	watch_end
	assert_no_leak
	assert_equal "packets to the tunnel's end" "0 0" "$(captured "host $TUNNEL_PEER4")"
}

# Another one of the name takes its place, as compose does it. The hooks may come late; that is told.
test_docker_container_that_is_made_anew() {
	local first second

	lab_up
	docker_up
	start_leakaudit --container box --wait
	docker_box other
	docker_box box
	first=$CONTAINER_ID
	wait_for ".event.action == \"scope-back\" and (.message | contains(\"$first\"))"
	docker_send box udp "$PEER4" 9 --count 4
	docker rm --force box >/dev/null
	wait_for '.event.action == "scope-gone"'
	docker_box box
	second=$CONTAINER_ID
	wait_for ".event.action == \"scope-back\" and (.message | contains(\"$second\"))"
	docker_send other udp "$STUN4" 9 --count 4
	docker_send box udp "$PEER4" 9 --count 4
	wait_for_leak "$(container_is docker box "$second")"
	stop_leakaudit
	assert_leaks "$(container_is docker box "$first") or $(container_is docker box "$second")"
	assert_equal "leaks in the summary" 8 "$(summary .summary.leaks.packets)"
}

# Its id is a name that somebody has chosen, which the path of a cgroup does not tell from others.
test_containerd_container_by_id() {
	lab_up
	containerd_up
	containerd_box box
	containerd_box other
	start_leakaudit --container other
	capture_start
	containerd_send box udp "$STUN4" 9 --count 4
	until_ok "the packets of the one" wire_has "host $STUN4" 4
	containerd_send other udp "$PEER4" 9 --count 8
	wait_for_leak ".destination.ip == \"$PEER4\""
	until_ok "the packets of the other" wire_has "host $PEER4" 8
	watch_end
	assert_leaks "$(container_is containerd other other)" '.process.name == "send"' "$(to eth0 "$CLIENT4" "$PEER4" 9)"
	assert_exact true "host $PEER4"
}

# A resolver in a container that publishes its port: asked there, at the host's address, and at 127.0.0.1, where docker-proxy listens.
test_docker_resolver_that_is_published() {
	local at

	lab_up tunnel dns
	docker_up
	docker_run --detach --name names --publish 53:53/udp box /bin/busybox sh -c "echo root:x:0:0::/:/bin/sh >/etc/passwd
		exec /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts \
			--server=$DNS4 --log-facility=-" >/dev/null
	at=$(docker inspect --format '{{.NetworkSettings.IPAddress}}' names)
	until_ok "an answer" dig_in_client "@$at"
	start_leakaudit --cgroup "$(cgroup_path "$SCOPE")" --drop
	capture_start
	assert_event '.event.action == "ready" and ([.leakaudit.resolvers[] | .process.name == "dnsmasq" and .way == "tunnel"] | any)'
	for at in "$at" "$CLIENT4" 127.0.0.1; do
		ask "@$at" "$LAB_TRACKER"
		grep -q "$TRACKER4" "$LAB_DIR/ask.log" || fail "no answer at $at: $(cat "$LAB_DIR/ask.log")"
	done
	watch_end
	assert_no_leak
	assert_equal "refused" 0 "$(summary .summary.refused)"
}

dig_in_client() {
	in_cgroup "$(lab_cgroup elsewhere)" dig +short +tries=1 +time=1 "$@" "$LAB_TRACKER" | grep -q "$TRACKER4"
}
