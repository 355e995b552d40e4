# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A VPN's daemon as the program, in place of the lab's openvpn. Its file defines
#
#   vpn_up        brings up the tunnel with the default route in it; sets TUNNEL_OUTER
#   vpn_down      ends its daemons
#
# An application sends through it. It is seen to leak when the tunnel has fallen.

PEER_SEES=''

tunnel() { vpn_up; }
fall() { vpn_down; }

traffic() {
	echo datagram >"$LAB_DIR/data"
	client socat -u "FILE:$LAB_DIR/data" "UDP4-SENDTO:$PEER4:9"
	client socat -u "FILE:$LAB_DIR/data" "TCP4:$PEER4:9,connect-timeout=10"
}

# Watched from the first packet of its login on.
test_leaking() {
	world
	watch_program leaking
	vpn_up
	traffic
	vpn_down
	traffic
	clients_end
	world_silence
	stop_leakaudit
	capture_stop leaking
	found leaking.left "$(captured "$WIRE and not $TUNNEL_OUTER" leaking)"
	found leaking.told "$(told)"
	found leaking.transport "$(captured "$TUNNEL_OUTER" leaking) $(summary_exempt transport)"
	found_labels
	found_complete leaking
}

# vpn_daemon NAME HOST CMD...: with a /run of its own; of the client's in a cgroup beside the application's.
vpn_daemon() {
	local cgroup=$LAB_CGROUP/world

	[ "$2" != client ] || cgroup=$(lab_cgroup "client/$1")
	spawn "$1-$2" "$2" "$cgroup" sh -c 'mount -t tmpfs none /run && exec "$@"' sh "${@:3}"
	VPN_PIDS+=("$SPAWNED")
}

VPN_PIDS=()

# vpn_end: the server first, since the client's kernel would answer its packets with ICMP errors.
vpn_end() {
	local pid

	for pid in "${VPN_PIDS[@]}"; do
		end_process "$pid"
	done
	VPN_PIDS=()
	until_ok "the end of $1" no_interface client "$1"
}
