# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what the lab and programs read and set
# Servers outside that only some programs need, as those of tests/lib/server.sh.

SSH_PORT=2222

# server_ssh HOST: with a key for it, and one for the client: $LAB_DIR/ssh.key.
server_ssh() {
	ssh-keygen -q -t ed25519 -N '' -f "$LAB_DIR/ssh.host"
	ssh-keygen -q -t ed25519 -N '' -f "$LAB_DIR/ssh.key"
	# shellcheck disable=SC2016 # expanded by the inner shell
	spawn sshd "$1" "$LAB_CGROUP/world" sh -c 'mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f /dev/null "$@"' sh \
		-p "$SSH_PORT" -h "$LAB_DIR/ssh.host" -o "AuthorizedKeysFile=$LAB_DIR/ssh.key.pub" -o StrictModes=no -o UsePAM=no \
		-o PermitRootLogin=yes -o PermitTunnel=yes
	SERVER_WAITS+=("tcp_listens $1 $SSH_PORT")
}

# What a client needs to know of it.
SSH=(ssh -F /dev/null -p "$SSH_PORT" -i "$LAB_DIR/ssh.key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null)

# DNS over TLS, for all names below the lab's.
server_dot() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$LAB_DIR/dot.key" -out "$LAB_DIR/dot.crt" -days 2 \
		-subj /CN=dns.example 2>/dev/null
	unbound_conf dot <<-END
		server:
			interface: $DNS4@853
			tls-service-key: "$LAB_DIR/dot.key"
			tls-service-pem: "$LAB_DIR/dot.crt"
			local-zone: "$LAB_DOMAIN." redirect
			local-data: "$LAB_DOMAIN. A $TRACKER4"
	END
	spawn dot outside "$LAB_CGROUP/world" unbound -d -c "$LAB_DIR/dot.conf"
	SERVER_WAITS+=("tcp_listens outside 853")
}

# a_name: one that no cache has.
a_name() {
	echo "q$RANDOM$RANDOM.$LAB_DOMAIN"
}

# ask_resolver ADDRESS: a refusal is no answer.
ask_resolver() {
	client dig +tries=1 +time=5 "@$1" "$(a_name)"
	grep -q "status: \(NOERROR\|NXDOMAIN\)" "$LAB_DIR/client.log" || fail "refused: $(grep status "$LAB_DIR/client.log")"
}
