# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# Real daemons that have several peers each: nebula and tinc.

# nebula_host NAME ADDRESS SUBNETS: its certificate, and its configuration, whose own part is on stdin.
nebula_host() {
	[ -e "$LAB_DIR/ca.crt" ] || nebula-cert ca -name lab -out-crt "$LAB_DIR/ca.crt" -out-key "$LAB_DIR/ca.key"
	nebula-cert sign -ca-crt "$LAB_DIR/ca.crt" -ca-key "$LAB_DIR/ca.key" -name "$1" -ip "$2/24" ${3:+-subnets "$3"} \
		-out-crt "$LAB_DIR/$1.crt" -out-key "$LAB_DIR/$1.key"
	cat - <(cat <<-END
		pki:
		  ca: $LAB_DIR/ca.crt
		  cert: $LAB_DIR/$1.crt
		  key: $LAB_DIR/$1.key
		punchy:
		  punch: false
		firewall:
		  outbound: [{ port: any, proto: any, host: any }]
		  inbound: [{ port: any, proto: any, host: any }]
	END
	) >"$LAB_DIR/nebula.$1.yml"
}

# tinc_host NAME LINE...: its configuration and keys.
tinc_host() {
	local dir=$LAB_DIR/tinc.$1

	mkdir -p "$dir/hosts"
	printf '%s\n' "Name = $1" "Interface = tinc0" "AddressFamily = ipv4" "${@:2}" >"$dir/tinc.conf"
	tincd -c "$dir" -K 2048 </dev/null >"$LAB_DIR/tinc.log" 2>&1
}

# mesh_daemon NAME HOST CMD...: of the client's, in a cgroup beside the application's; its log is NAME-HOST.log.
mesh_daemon() {
	local cgroup=$LAB_CGROUP/world

	[ "$2" != client ] || cgroup=$(lab_cgroup "client/$1")
	spawn "$1-$2" "$2" "$cgroup" "${@:3}"
}

mesh_needs() {
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

NEBULA_PORT=4242

# nebula_mesh_up: a lighthouse at the VPN server (10.8.0.1), the client (10.8.0.2) and a third host outside (10.8.0.3), of
# which the client hears from the lighthouse alone. Its configuration names a fourth at the ISP (10.8.0.4), which nebula_late_up
# starts.
nebula_mesh_up() {
	mesh_needs nebula nebula-cert
	TUNNEL_OUTER="(udp and port $NEBULA_PORT)"
	nebula_host lighthouse "$TUNNEL_PEER4" "" <<-END
		listen: { host: 0.0.0.0, port: $NEBULA_PORT }
		lighthouse: { am_lighthouse: true }
		tun: { dev: nebula0 }
	END
	nebula_node client "$TUNNEL4" "\"10.8.0.4\": [\"$ISP4:$NEBULA_PORT\"]"
	nebula_node outside 10.8.0.3
	mesh_daemon nebula vpn nebula -config "$LAB_DIR/nebula.lighthouse.yml"
	until_ok "the lighthouse" udp_listens vpn "$NEBULA_PORT"
	mesh_daemon nebula outside nebula -config "$LAB_DIR/nebula.outside.yml"
	mesh_daemon nebula client nebula -config "$LAB_DIR/nebula.client.yml"
	until_ok "the handshake" nebula_met outside
	until_ok "the handshake" nebula_met client
}

# nebula_node HOST ADDRESS [STATIC]
nebula_node() {
	nebula_host "$1" "$2" "" <<-END
		listen: { host: 0.0.0.0, port: $NEBULA_PORT }
		static_host_map:
		  "$TUNNEL_PEER4": ["$VPN4:$NEBULA_PORT"]
		  ${3:-}
		lighthouse: { am_lighthouse: false, hosts: ["$TUNNEL_PEER4"], interval: 1 }
		tun: { dev: nebula0 }
	END
}

# Says nothing before it is asked.
nebula_late_up() {
	nebula_host isp 10.8.0.4 "" <<-END
		listen: { host: 0.0.0.0, port: $NEBULA_PORT }
		lighthouse: { am_lighthouse: true }
		tun: { dev: nebula0 }
	END
	mesh_daemon nebula isp nebula -config "$LAB_DIR/nebula.isp.yml"
	until_ok "the fourth host" udp_listens isp "$NEBULA_PORT"
	ip_in isp route replace "$TUNNEL4/32" dev nebula0
}

nebula_met() {
	grep -q "Handshake message received" "$LAB_DIR/nebula-$1.log"
}

# tinc_mesh_up: the same with tinc. The client has a connection to the VPN server alone, which tells it of those outside and at the
# ISP (10.8.0.4).
tinc_mesh_up() {
	local host from

	mesh_needs tincd
	TUNNEL_OUTER="(port 655 or host $VPN4 or host $PEER4 or host $ISP4)" # it looks for the path's MTU with fragments
	tinc_host vpn
	for host in client outside isp; do
		tinc_host "$host" "ConnectTo = vpn"
	done
	printf '%s\n' "Address = $VPN4" "Subnet = $TUNNEL_PEER4/32" >>"$LAB_DIR/tinc.vpn/hosts/vpn"
	echo "Subnet = $TUNNEL4/32" >>"$LAB_DIR/tinc.client/hosts/client"
	echo "Subnet = 10.8.0.3/32" >>"$LAB_DIR/tinc.outside/hosts/outside"
	echo "Subnet = 10.8.0.4/32" >>"$LAB_DIR/tinc.isp/hosts/isp"
	for host in client outside isp; do
		cp "$LAB_DIR/tinc.$host/hosts/$host" "$LAB_DIR/tinc.vpn/hosts/"
		cp "$LAB_DIR/tinc.vpn/hosts/vpn" "$LAB_DIR/tinc.$host/hosts/"
	done
	tinc_node vpn "$TUNNEL_PEER4"
	tinc_node outside 10.8.0.3
	tinc_node isp 10.8.0.4
	ip_in isp route replace "$TUNNEL4/32" dev tinc0
	tinc_node client "$TUNNEL4"
	for from in client outside isp; do
		until_ok "the connection" grep -q "Connection with vpn .* activated" "$LAB_DIR/tinc-$from.log"
	done
}

tinc_node() {
	mesh_daemon tinc "$1" tincd -c "$LAB_DIR/tinc.$1" -D -d 5 --pidfile="$LAB_DIR/tinc.$1.pid"
	until_ok "tinc0" ip_in "$1" link show dev tinc0
	ip_in "$1" addr add "$2/24" dev tinc0
	ip_in "$1" link set tinc0 up
}
