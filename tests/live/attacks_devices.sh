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
test_names_in_a_namespace_of_ones_own_make_no_tunnel() {
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
