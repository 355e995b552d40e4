# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2317 # what one file sets, others and the tests read and call
# Resolvers on the client host, outside of the audited cgroup: real ones, which ask the lab's resolvers outside.

declare -A RESOLVER_PID

# resolver_start NAME CMD...: in a cgroup of its own.
resolver_start() {
	spawn "$1" client "$(lab_cgroup "$1")" "${@:2}"
	RESOLVER_PID[$1]=$SPAWNED
}

# resolver_dnsmasq NAME ADDRESS UPSTREAM [ARG]...
resolver_dnsmasq() {
	resolver_start "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv \
		--no-hosts --bind-interfaces --listen-address="$2" --server="$3" --log-facility=- "${@:4}"
	until_ok "dnsmasq" udp_listens client 53
}

# resolver_chain [UPSTREAM]: dnsmasq asks a second one, on a port that is no resolver's.
resolver_chain() {
	resolver_start second dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv \
		--no-hosts --bind-interfaces --port=5335 --listen-address=127.0.0.1 --server="${1:-$DNS4}" --log-facility=-
	until_ok "the second" udp_listens client 5335
	resolver_dnsmasq dnsmasq 127.0.0.1 "127.0.0.1#5335"
}

# named_start [OPTION]...: BIND, with more options of its configuration.
named_start() {
	cat >"$LAB_DIR/named.conf" <<-END
		options {
			directory "$LAB_DIR";
			pid-file none;
			session-keyfile none;
			listen-on { 127.0.0.1; };
			listen-on-v6 { none; };
			forward only;
			forwarders { $DNS4; };
			dnssec-validation no;
			empty-zones-enable no;
			$*
		};
		controls { };
	END
	resolver_start named named -g -n 1 -c "$LAB_DIR/named.conf"
	until_ok "named" udp_listens client 53
}

# named_with_https: asked also over HTTPS, on its port and on another one.
named_with_https() {
	command -v named >/dev/null || skip "named is not installed"
	named_start "listen-on port 443 tls ephemeral http default { 127.0.0.1; };" \
		"listen-on port 8443 tls ephemeral http default { 127.0.0.1; };"
	until_ok "its https" tcp_listens client 443
	until_ok "its other https" tcp_listens client 8443
}

resolved_start() {
	cat >"$LAB_DIR/resolved.conf" <<-END
		[Resolve]
		DNS=$DNS4
		Domains=~.
		DNSSEC=no
		LLMNR=no
		MulticastDNS=no
	END
	unpacked_start resolved systemd-resolved /lib/systemd/systemd-resolved
	until_ok "systemd-resolved" udp_listens client 53
}

nscd_start() {
	printf 'enable-cache hosts yes\nshared hosts no\n' >"$LAB_DIR/nscd.conf"
	unpacked_start nscd nscd /usr/sbin/nscd --debug --config-file "$LAB_DIR/nscd.conf"
	until_ok "nscd" in_netns client grep -q /run/nscd/socket /proc/net/unix
}

# unbound_conf NAME: its configuration on stdin, with what all have in common.
unbound_conf() {
	cat - <(cat <<-END
		server:
			username: ""
			chroot: ""
			pidfile: ""
			directory: "$LAB_DIR"
			use-syslog: no
			module-config: "iterator"
			access-control: 0.0.0.0/0 allow
			num-threads: 1
		remote-control:
			control-enable: no
	END
	) >"$LAB_DIR/$1.conf"
}

# ask NAME [ARG]...: of the resolver at 127.0.0.1, from the audited cgroup. The asker's pid to ASKER.
ask() {
	spawn_client ask dig +short +tries=1 +time=3 "$@"
	ASKER=$SPAWNED
	wait "$ASKER" || true
}

# ask_elsewhere ARG...: somebody whom nobody audits.
ask_elsewhere() {
	in_cgroup "$(lab_cgroup elsewhere)" dig +short +tries=1 +time=3 "$@" >/dev/null
}

# on_behalf_of PID NAME [MATCH]: jq's words for whom a resolver asks.
on_behalf_of() {
	echo "([.leakaudit.on_behalf_of[]?.process | .pid == $1 and .name == \"$2\"] | any) and" \
		".leakaudit.match == \"${3:-exact}\""
}

question() {
	echo ".dns.question.name == \"$1\" and .dns.question.type == \"${2:-A}\""
}

# ask_varlink: as nss-resolve asks.
ask_varlink() {
	ask_within resolved python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect("/run/systemd/resolve/io.systemd.Resolve")
s.sendall(b"""{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"'"$LAB_TRACKER"'","family":2,"flags":0}}\0""")
print(s.recv(65536))'
}

# bus_up NAME: a system bus for that resolver, which is asked by it as well.
bus_up() {
	command -v dbus-daemon busctl >/dev/null || skip "there is no D-Bus"
	cat >"$LAB_DIR/bus.conf" <<-END
		<busconfig>
			<type>system</type>
			<listen>unix:path=/run/dbus/system_bus_socket</listen>
			<auth>EXTERNAL</auth>
			<policy context="default">
				<allow user="*"/>
				<allow own="*"/>
				<allow send_destination="*"/>
				<allow receive_sender="*"/>
			</policy>
		</busconfig>
	END
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn bus client "$(lab_cgroup bus)" nsenter --target "${RESOLVER_PID[$1]}" --mount -- sh -c '
		mkdir -p /run/dbus && exec dbus-daemon --nofork --nopidfile --config-file "$1"' sh "$LAB_DIR/bus.conf"
	until_ok "the resolver on the bus" bus_has "$1" org.freedesktop.resolve1
}

bus_has() {
	alive "$SPAWNED" || fail "the bus has ended: $(cat "$LAB_DIR/bus.log")"
	nsenter --target "${RESOLVER_PID[$1]}" --mount -- busctl --system status "$2" >/dev/null 2>&1
}

# ask_bus: as resolvectl asks.
ask_bus() {
	ask_within resolved busctl call org.freedesktop.resolve1 /org/freedesktop/resolve1 \
		org.freedesktop.resolve1.Manager ResolveHostname isit 0 "$LAB_TRACKER" 2 0
	grep -q "203 0 113 80" "$LAB_DIR/ask.log" || fail "no answer: $(cat "$LAB_DIR/ask.log")"
}

# unbound_with_tls: asks a server outside, encrypted.
unbound_with_tls() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$LAB_DIR/key" -out "$LAB_DIR/certificate" -days 2 -subj /CN=dns.example 2>/dev/null
	unbound_conf server <<-END
		server:
			interface: $DNS4@853
			tls-service-key: "$LAB_DIR/key"
			tls-service-pem: "$LAB_DIR/certificate"
			local-zone: "$LAB_DOMAIN." static
			local-data: "$LAB_TRACKER. A $TRACKER4"
	END
	unbound_conf unbound <<-END
		server:
			interface: 127.0.0.1
		forward-zone:
			name: "."
			forward-tls-upstream: yes
			forward-addr: $DNS4@853
	END
	unpacked_spawn server outside "$LAB_CGROUP/world" unbound /usr/sbin/unbound -d -c "$LAB_DIR/server.conf"
	unpacked_start unbound unbound /usr/sbin/unbound -d -c "$LAB_DIR/unbound.conf"
	until_ok "the server" tcp_listens outside 853
	until_ok "unbound" udp_listens client 53
}

# Questions to a host outside are led to a dnsmasq of the client.
nat_leads_to_dnsmasq() {
	in_netns client nft -f - <<-END
		table ip names {
			chain output {
				type nat hook output priority -100
				udp dport 53 ip daddr $PEER4 redirect to :5300
			}
		}
	END
	resolver_start dnsmasq dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv \
		--no-hosts --port=5300 --server="$DNS4" --log-facility=-
	until_ok "dnsmasq" udp_listens client 5300
}

# resolver_boxed [BRIDGE]: dnsmasq in a container, whose questions the client host forwards.
resolver_boxed() {
	box_up "$(lab_cgroup boxed)"
	box_wire "$@"
	spawn boxed client "$(lab_cgroup boxed)" nsenter --net="/proc/$BOX_PID/ns/net" -- dnsmasq --keep-in-foreground \
		--conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts --server="$DNS4" --log-facility=-
	RESOLVER_PID[boxed]=$SPAWNED
	until_ok "dnsmasq" box_listens 53
}

box_listens() {
	in_box ss -Hlun "sport = :$1" | grep -q .
}
