# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Another real tunnel: wireguard-go (WireGuard in a process, on a tun device), with the routing of wg-quick: all that does
# not carry the firewall mark of the outer packets looks into a table of its own, whose only route is the tunnel.

WIREGUARD_PORT=51820

# wireguard_up: wg0 at the VPN server and at the client, instead of openvpn's tun0.
wireguard_up() {
	wireguard_pair
	wireguard_address client "$TUNNEL4"
	wireguard_route
}

# wireguard_pair: the same, but that the client does not use it yet.
wireguard_pair() {
	local server client

	wireguard_needs
	TUNNEL_OUTER="(udp and host $VPN4 and port $WIREGUARD_PORT)"
	wireguard_daemon vpn "$LAB_CGROUP/world"
	server=$SPAWNED
	wireguard_daemon client "$(lab_cgroup client/wireguard)"
	client=$SPAWNED
	WIREGUARD_PIDS=("$server" "$client")

	wg_of "$server" set wg0 listen-port "$WIREGUARD_PORT" private-key "$LAB_DIR/vpn.wgkey" \
		peer "$(wg pubkey <"$LAB_DIR/client.wgkey")" allowed-ips 0.0.0.0/0
	wg_of "$client" set wg0 fwmark "$WIREGUARD_PORT" private-key "$LAB_DIR/client.wgkey" \
		peer "$(wg pubkey <"$LAB_DIR/vpn.wgkey")" allowed-ips 0.0.0.0/0 endpoint "$VPN4:$WIREGUARD_PORT"
	wireguard_address vpn "$TUNNEL_PEER4"
}

wireguard_needs() {
	if ! command -v wireguard-go || ! command -v wg; then
		skip "wireguard-go and wg are not installed"
	fi >/dev/null
}

# wireguard_daemon HOST CGROUP: its control socket is in /run, by the interface's name: hosts of one name must not meet there.
wireguard_daemon() {
	wg genkey >"$LAB_DIR/$1.wgkey"
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn "wireguard-$1" "$1" "$2" \
		sh -c 'mount -t tmpfs none /run && exec wireguard-go --foreground wg0'
	until_ok "wireguard-go" wireguard_answers "$SPAWNED"
}

wireguard_answers() {
	wg_of "$1" show wg0 >/dev/null 2>&1
}

# wireguard_mesh HOST ADDRESS WITHIN ...: wg0 at the client, with each of these hosts as a peer that it reaches at that address, by
# routes to their addresses within alone. The client's process to WIREGUARD_PID.
wireguard_mesh() {
	wireguard_needs
	wireguard_daemon client "$(lab_cgroup client/wireguard)"
	WIREGUARD_PID=$SPAWNED
	TUNNEL_OUTER="(udp and port $WIREGUARD_PORT)"
	wg_of "$WIREGUARD_PID" set wg0 private-key "$LAB_DIR/client.wgkey"
	wireguard_address client "$TUNNEL4"
	while (($#)); do
		wireguard_daemon "$1" "$LAB_CGROUP/world"
		wg_of "$SPAWNED" set wg0 listen-port "$WIREGUARD_PORT" private-key "$LAB_DIR/$1.wgkey" \
			peer "$(wg pubkey <"$LAB_DIR/client.wgkey")" allowed-ips "$TUNNEL4/32"
		wireguard_address "$1" "$3"
		ip_in "$1" route replace "$TUNNEL4/32" dev wg0
		wg_of "$WIREGUARD_PID" set wg0 peer "$(wg pubkey <"$LAB_DIR/$1.wgkey")" allowed-ips "$3/32" endpoint "$2:$WIREGUARD_PORT"
		shift 3
	done
}

# wg_of PID ARG...: wg(8), where that daemon is.
wg_of() {
	nsenter --target "$1" --mount --net -- wg "${@:2}"
}

wireguard_address() {
	ip_in "$1" addr add "$2/24" dev wg0
	ip_in "$1" link set wg0 mtu 1420 up
}

wireguard_route() {
	ip_in client route add default dev wg0 table "$WIREGUARD_PORT"
	ip_in client rule add not fwmark "$WIREGUARD_PORT" table "$WIREGUARD_PORT"
	ip_in client rule add table main suppress_prefixlength 0
}
