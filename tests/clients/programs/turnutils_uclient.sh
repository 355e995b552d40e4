# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A relay of TURN, with messages through it to a peer.
PACKAGE=coturn NEEDS=cmd:turnutils_uclient PROCESSES=turnutils_uclie
EXPECT=stun/turn MAY="stun/media stun/binding ipv4"

servers() {
	spawn turn outside "$LAB_CGROUP/world" turnserver -n --listening-ip "$STUN4" --relay-ip "$STUN4" --listening-port 3478 \
		--no-tls --no-dtls --no-cli --lt-cred-mech --user lab:lab --realm lab.example --log-file stdout \
		--pidfile "$LAB_DIR/turn.pid" --userdb "$LAB_DIR/turn.db"
	spawn echo outside "$LAB_CGROUP/world" turnutils_peer -L "$PEER4"
	SERVER_WAITS+=("udp_listens outside 3478" "udp_listens outside 3480")
}

traffic() {
	client turnutils_uclient -e "$PEER4" -n 3 -m 1 -u lab -w lab -L 0.0.0.0 "$STUN4"
}
