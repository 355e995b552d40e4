# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The servers of the lab's outside, one function each. They return at once; server_wait says when all are there.

LAB_DOMAIN=lab.example
LAB_TRACKER=tracker.$LAB_DOMAIN

SERVER_WAITS=()

server_wait() {
	local wait

	for wait in "${SERVER_WAITS[@]}"; do
		# shellcheck disable=SC2086 # a function's name, a host and a port
		until_ok "a server" $wait
	done
	SERVER_WAITS=()
}

# server_dns NAME HOST ADDRESS...: answers the lab's names, NXDOMAIN for all others.
server_dns() {
	local name=$1 host=$2 address listen=()

	for address in "${@:3}"; do
		listen+=(--listen-address="$address")
	done
	spawn "$name" "$host" "$LAB_CGROUP/world" dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--pid-file= --user=root --no-resolv --no-hosts --bind-interfaces --except-interface=lo "${listen[@]}" \
		--local-ttl=60 --host-record="$LAB_TRACKER,$TRACKER4" --host-record="stun.$LAB_DOMAIN,$STUN4" \
		--host-record="www.$LAB_DOMAIN,$PEER4" \
		--address="/#/" --log-facility=-
	SERVER_WAITS+=("udp_listens $host 53")
}

server_stun() {
	local ipv6=$1 listen=(--listening-ip "$STUN4")

	((!ipv6)) || listen+=(--listening-ip "$STUN6")
	spawn stun outside "$LAB_CGROUP/world" turnserver -n --stun-only "${listen[@]}" --listening-port 3478 \
		--no-tls --no-dtls --no-cli --log-file stdout --pidfile "$LAB_DIR/turn.pid" --userdb "$LAB_DIR/turn.db"
	SERVER_WAITS+=("udp_listens outside 3478")
}

# Takes whatever is sent to port 9, by UDP or TCP: no ICMP error or RST answers the packets that a test counts.
server_discard() {
	spawn discard outside "$LAB_CGROUP/world" "$LAB_BIN/discard" 9
	SERVER_WAITS+=("udp_listens outside 9" "tcp_listens outside 9")
}

# Web pages outside, also large ones.
server_web() {
	mkdir "$LAB_DIR/web"
	head -c 4M /dev/urandom >"$LAB_DIR/web/large"
	echo small >"$LAB_DIR/web/small"
	spawn web outside "$LAB_CGROUP/world" python3 -m http.server --bind :: --directory "$LAB_DIR/web" 8080
	SERVER_WAITS+=("tcp_listens outside 8080")
}

# The torrent, its tracker and its only seed, until server_late_seed adds one.
server_torrent() {
	TORRENT=$LAB_DIR/payload.torrent
	TORRENT_DATA=$LAB_DIR/seed/payload
	mkdir "$LAB_DIR/seed"
	head -c "$TORRENT_SIZE" /dev/urandom >"$TORRENT_DATA"
	transmission-create -s 32 -t "http://$LAB_TRACKER:6969/announce" -o "$TORRENT" "$TORRENT_DATA" \
		>"$LAB_DIR/torrent-create.log" || fail "transmission-create: $(cat "$LAB_DIR/torrent-create.log")"
	server_tracker
	server_seed seed "$PEER4"
	SERVER_WAITS+=("tracker_knows_seeds 1")
}

# Debian's opentracker serves only the torrents on its list, and insists on losing root's rights (so it must be able to
# read that list as nobody).
server_tracker() {
	chmod 755 "$LAB_DIR"
	transmission-show "$TORRENT" | awk '/Hash:/ { print $2 }' >"$LAB_DIR/whitelist"
	spawn tracker outside "$LAB_CGROUP/world" opentracker -i "$TRACKER4" -p 6969 -P 6969 -w "$LAB_DIR/whitelist" \
		-d / -u nobody
	until_ok "the tracker" tcp_listens outside 6969
}

# server_seed NAME ADDRESS: a peer that has all. Its rate is limited, so that tests can act during a download.
server_seed() {
	spawn "$1" outside "$LAB_CGROUP/world" aria2c --no-conf --dir "$LAB_DIR/seed" --seed-ratio=0 \
		--check-integrity=true --file-allocation=none --max-upload-limit="$TORRENT_RATE" --enable-dht=false \
		--listen-port=6881 --interface="$2" "$TORRENT"
}

# Peers' port is the same, so it is the address that tells them apart.
server_late_seed() {
	server_seed late-seed "$LATE_PEER4"
	until_ok "the late seed" tracker_knows_seeds 2
}

# tracker_knows_seeds N: the tracker's count of complete peers. A client that asks before the seed has announced itself would ask again only minutes later.
tracker_knows_seeds() {
	local hash

	hash=$(sed 's/../%&/g' "$LAB_DIR/whitelist")
	# shellcheck disable=SC2016 # expanded by the inner shell
	in_netns outside bash -c '
		exec 3<>"/dev/tcp/$1/6969" || exit
		printf "GET /scrape?info_hash=%s HTTP/1.0\r\n\r\n" "$2" >&3
		grep -aq "8:completei${3}e" <&3' bash "$TRACKER4" "$hash" "$1" 2>/dev/null
}

TORRENT_SIZE=${TORRENT_SIZE:-$((2 << 20))}
TORRENT_RATE=1M
