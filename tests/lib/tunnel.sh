# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# A real, IPv4-only tunnel: openvpn between the client's tun0 and the VPN server, in TLS mode as providers run it.
# No --ping: a tunnel without traffic sends nothing, so that the outer packets can be counted too.

TUNNEL_PORT=1194
# tcpdump's words for the outer packets.
TUNNEL_OUTER="(udp and host $VPN4 and port $TUNNEL_PORT)"

tunnel_openvpn() {
	local name=$1 host=$2 cgroup=$3 own=$4 peer=$5

	spawn "$name" "$host" "$cgroup" openvpn --dev tun0 --dev-type tun --proto udp \
		--cert "$LAB_DIR/$own.crt" --key "$LAB_DIR/$own.key" --ca "$LAB_DIR/$peer.crt" \
		--verb 3 --disable-dco "${@:6}"
}

# A self-signed certificate for each end, which is at once the only authority that the other end trusts.
tunnel_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
		-keyout "$LAB_DIR/$1.key" -out "$LAB_DIR/$1.crt" 2>"$LAB_DIR/openssl.log" ||
		fail "openssl: $(cat "$LAB_DIR/openssl.log")"
}

tunnel_server_up() {
	tunnel_openvpn vpn-server vpn "$LAB_CGROUP/world" server client \
		--port "$TUNNEL_PORT" --dh none --topology subnet --server "${TUNNEL4%.*}.0" 255.255.255.0
	VPN_SERVER_PID=$SPAWNED
	# A client that speaks too early waits two seconds before it tries again.
	until_ok "the VPN server" udp_listens vpn "$TUNNEL_PORT"
}

# tunnel_up: starts the VPN's server and the client's daemon and, as such daemons do, sends everything into the tunnel but the
# outer packets.
tunnel_up() {
	[ -e "$LAB_DIR/server.crt" ] || tunnel_certificate server
	[ -e "$LAB_DIR/client.crt" ] || tunnel_certificate client
	tunnel_server_up
	tunnel_openvpn openvpn client "$SCOPE/openvpn" client server \
		--client --nobind --remote "$VPN4" "$TUNNEL_PORT"
	OPENVPN_PID=$SPAWNED
	until_ok "the tunnel" tunnel_is_up
	ip_in client route replace "$VPN4" via "$ISP4" dev eth0
	tunnel_route
}

tunnel_is_up() {
	alive "$VPN_SERVER_PID" || fail "the VPN server has ended: $(tail -n 3 "$LAB_DIR/vpn-server.log")"
	alive "$OPENVPN_PID" || fail "openvpn has ended: $(tail -n 3 "$LAB_DIR/openvpn.log")"
	grep -q 'Initialization Sequence Completed' "$LAB_DIR/openvpn.log"
}

tunnel_route() {
	ip_in client route replace default dev tun0 metric 10
}

# tunnel_fall: the daemon dies; tun0, its address and its routes go with it. The server goes first, since the client's kernel
# would answer its packets with ICMP errors.
tunnel_fall() {
	end_process "$VPN_SERVER_PID"
	end_process "$OPENVPN_PID"
	until_ok "the end of tun0" no_interface client tun0
}

# tunnel_link_down: tun0 stays and keeps its address, its routes go. Sockets bound to the address go on, outside the tunnel.
tunnel_link_down() {
	ip_in client link set tun0 down
}

no_interface() {
	! ip_in "$1" link show dev "$2" >/dev/null 2>&1
}

ifindex() {
	ip_in "$1" -j link show dev "$2" | jq -r '.[0].ifindex'
}
