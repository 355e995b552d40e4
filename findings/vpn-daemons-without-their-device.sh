#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tinc 1.0.36, nebula 1.6.1, wireguard-go 0.0.20220316, openvpn 2.6.14 and openconnect 9.01 (Debian 12), whose device somebody takes
# away while they run (a network manager, a script, "ip link del"). One would expect the same of all: that they end, so that whoever
# watches the service learns of it. tinc, nebula and wireguard-go do. openvpn and openconnect go on: their peer still answers on the
# line, so they have no reason to begin anew, the device is not made again, and the service is active without a tunnel, with one
# line about it over and over in its log.
#
# A device that is renamed works on in all of them: they know it by its descriptor. What was routed by it is gone, since it has to
# be down for that; none of them notices.
#
# Fails where that is so no more.
# shellcheck disable=SC2317 # the daemons' functions are called by name
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages tinc=1.0.36-2+b2 nebula=1.6.1+dfsg-3+b4 openvpn=2.6.14-0+deb12u2 wireguard-go=0.0.20220316-1+b4 \
	wireguard-tools=1.0.20210914-1+b1 openconnect=9.01-3 ocserv=1.1.6-3 dash=0.5.12-2

# In each the server is 10.9.0.1, at 198.51.100.10 on the provider's side, and the client 10.9.0.2, with the device named vpn0.
# begin COMMAND...: at the server's side, or with "client" before it at the client's.
begin() {
	if [ "$1" = client ]; then
		client "${@:2}" >"$dir/client.log" 2>&1 &
	else
		in_isp chroot "$root" "$@" >"$dir/server.log" 2>&1 &
	fi
}

address() {
	until ip -n "$1" link set vpn0 up 2>/dev/null; do sleep 0.1; done
	ip -n "$1" addr add "$2/24" dev vpn0
}

tincd() {
	local name

	for name in server client; do
		mkdir -p "$root/tmp/$name/hosts"
		printf '%s\n' "Name = $name" "Interface = vpn0" >"$root/tmp/$name/tinc.conf"
		chroot "$root" tincd -c "/tmp/$name" -K2048 </dev/null >/dev/null 2>&1
	done
	echo "ConnectTo = server" >>"$root/tmp/client/tinc.conf"
	printf '%s\n' "Address = 198.51.100.10" "Subnet = 10.9.0.1/32" >>"$root/tmp/server/hosts/server"
	echo "Subnet = 10.9.0.2/32" >>"$root/tmp/client/hosts/client"
	cp "$root/tmp/server/hosts/server" "$root/tmp/client/hosts/"
	cp "$root/tmp/client/hosts/client" "$root/tmp/server/hosts/"
	begin tincd -c /tmp/server -D --pidfile=/tmp/server.pid
	address "$isp" 10.9.0.1
	begin client tincd -c /tmp/client -D --pidfile=/tmp/client.pid
	address "$client" 10.9.0.2
}

nebula_certificate() {
	chroot "$root" nebula-cert sign -name "$1" -ip "$2/24" -ca-crt /tmp/ca.crt -ca-key /tmp/ca.key -out-crt "/tmp/$1.crt" \
		-out-key "/tmp/$1.key"
}

nebula_host() {
	cat >"$root/tmp/$1.yml" <<-END
		pki: { ca: /tmp/ca.crt, cert: /tmp/$1.crt, key: /tmp/$1.key }
		static_host_map: { "10.9.0.1": ["198.51.100.10:4242"] }
		lighthouse: { am_lighthouse: $2, hosts: [$3] }
		listen: { host: 0.0.0.0, port: 4242 }
		tun: { dev: vpn0 }
		firewall:
		  outbound: [{ port: any, proto: any, host: any }]
		  inbound: [{ port: any, proto: any, host: any }]
	END
}

nebula() {
	chroot "$root" nebula-cert ca -name ca -out-crt /tmp/ca.crt -out-key /tmp/ca.key
	nebula_certificate server 10.9.0.1
	nebula_certificate client 10.9.0.2
	nebula_host server true ""
	nebula_host client false '"10.9.0.1"'
	begin nebula -config /tmp/server.yml
	begin client nebula -config /tmp/client.yml
}

# Both have their sockets in one directory, by the names of their devices: the server's is another one.
wireguard-go() {
	local name

	for name in server client; do
		(umask 077 && chroot "$root" wg genkey >"$root/tmp/$name.key")
		chroot "$root" wg pubkey <"$root/tmp/$name.key" >"$root/tmp/$name.pub"
	done
	begin wireguard-go -f vpn1
	begin client wireguard-go -f vpn0
	until ip -n "$isp" link set vpn1 name vpn0 2>/dev/null; do sleep 0.1; done
	address "$isp" 10.9.0.1
	address "$client" 10.9.0.2
	in_isp chroot "$root" wg set vpn1 listen-port 51820 private-key /tmp/server.key \
		peer "$(cat "$root/tmp/client.pub")" allowed-ips 10.9.0.2/32
	client wg set vpn0 private-key /tmp/client.key \
		peer "$(cat "$root/tmp/server.pub")" allowed-ips 0.0.0.0/0 endpoint 198.51.100.10:51820
}

# certificate NAME: of a key that is made for it.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj "/CN=$1" \
		-keyout "$root/tmp/$1.key" -out "$root/tmp/$1.crt" 2>/dev/null
}

openconnect() {
	local pin

	certificate server
	echo "lab:*:$(openssl passwd -6 lab)" >"$root/tmp/passwords"
	printf '%s\n' "auth = \"plain[passwd=/tmp/passwords]\"" "tcp-port = 443" "udp-port = 443" "socket-file = /tmp/ocserv" \
		"server-cert = /tmp/server.crt" "server-key = /tmp/server.key" "run-as-user = root" "run-as-group = root" \
		"isolate-workers = false" "use-occtl = false" "device = vpns" "ipv4-network = 10.9.0.0/24" "dpd = 3" >"$root/tmp/ocserv.conf"
	begin ocserv -f -c /tmp/ocserv.conf
	# shellcheck disable=SC2016 # it is expanded there
	printf '%s\n' "#!/bin/dash" 'echo "$INTERNAL_IP4_ADDRESS" >/tmp/address' >"$root/tmp/script"
	chmod +x "$root/tmp/script"
	rm -f "$root/tmp/address"
	pin=$(openssl x509 -in "$root/tmp/server.crt" -pubkey -noout | openssl pkey -pubin -outform der |
		openssl dgst -sha256 -binary | base64)
	until in_isp ss -Hltn 'sport = :443' | grep -q .; do sleep 0.1; done
	echo lab >"$root/tmp/password"
	# shellcheck disable=SC2016 # it is expanded there
	begin client dash -c 'exec openconnect "$@" </tmp/password' "" --protocol=anyconnect --user=lab --passwd-on-stdin --non-inter \
		--servercert "pin-sha256:$pin" --interface vpn0 --script /tmp/script 198.51.100.10
	until [ -s "$root/tmp/address" ]; do sleep 0.1; done
	address "$client" "$(cat "$root/tmp/address")"
}

openvpn() {
	local name
	local -A print

	for name in server client; do
		certificate "$name"
		print[$name]=$(openssl x509 -in "$root/tmp/$name.crt" -fingerprint -sha256 -noout | sed 's/.*=//')
	done
	begin openvpn --dev vpn0 --dev-type tun --local 198.51.100.10 --tls-server --dh none --cert /tmp/server.crt \
		--key /tmp/server.key --peer-fingerprint "${print[client]}" --ifconfig 10.9.0.1 10.9.0.2 --keepalive 5 90
	begin client openvpn --dev vpn0 --dev-type tun --tls-client --cert /tmp/client.crt --key /tmp/client.key \
		--peer-fingerprint "${print[server]}" --ifconfig 10.9.0.2 10.9.0.1 --remote 198.51.100.10 --keepalive 5 90
}

passes() {
	in_client ping -q -n -c 1 -W 1 10.9.0.1 >/dev/null 2>&1 && echo yes || echo no
}

# runs NAME: whether such a process is there.
runs() {
	local pid

	for pid in $(ip netns pids "$client"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || { echo "goes on"; return; }
	done
	echo "has ended"
}

# try NAME FATE: what becomes of it when its device is renamed, and when it is gone.
try() {
	local tries

	lab
	ip -n "$client" route add 198.51.100.10/32 via 192.0.2.1
	"$1"
	for ((tries = 0; tries < 60; tries++)); do [ "$(passes)" = no ] || break; sleep 0.5; done
	ip -n "$client" route add 198.51.100.20/32 dev vpn0
	ip -n "$client" link set vpn0 down
	ip -n "$client" link set vpn0 name other0
	ip -n "$client" link set other0 up
	expect "$1, renamed: passes packets" "$(passes)" yes
	expect "$1, renamed: what was routed by it goes by" \
		"$(ip -n "$client" route get 198.51.100.20 | sed -n 's/.* dev \([a-z0-9]*\).*/\1/p')" tun0
	ip -n "$client" link del other0
	sleep 8
	expect "$1, device gone" "$(runs "$1")" "$2"
	expect "$1, device gone: is made again" "$(ip -n "$client" -br link | grep -cE '^(vpn0|other0)' || true)" 0
}

try tincd "has ended"
lab_down
try nebula "has ended"
lab_down
try wireguard-go "has ended"
lab_down
try openconnect "goes on"
lab_down
try openvpn "goes on"
expect "openvpn says why" "$(some "$(grep -c 'read from TUN/TAP *: File descriptor in bad state' "$dir/client.log")")" some
finish
