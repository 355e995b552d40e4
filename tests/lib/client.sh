# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what one file sets, others and the tests read
# The client host's applications: two real torrent clients, and the lab's own packet sender.

# transmission_start [CGROUP]: begins the download; pid to CLIENT_PID. All is on that a user's client has on, but for port mapping,
# whose requests to the router are leaks of their own, and uTP, which transmission 3.00 tries first and long where the
# peer has only TCP: UTP=true turns it on.
transmission_start() {
	local config=$LAB_DIR/transmission

	mkdir -p "$config/torrents" "$LAB_DIR/download"
	jq -n --arg dir "$LAB_DIR/download" --argjson utp "${UTP:-false}" '{
		"download-dir": $dir, "incomplete-dir-enabled": false, "rename-partial-files": true,
		"preallocation": 0, "rpc-bind-address": "127.0.0.1", "rpc-authentication-required": false,
		"port-forwarding-enabled": false, "utp-enabled": $utp, "dht-enabled": true, "pex-enabled": true,
		"lpd-enabled": true }' >"$config/settings.json"
	cp "$TORRENT" "$config/torrents/"
	spawn client client "${1:-$APP}" transmission-daemon --foreground --config-dir "$config"
	CLIENT_PID=$SPAWNED
}

# What a user does when a download has stopped. The client announces itself anew, and so learns of new peers.
transmission_pause_and_resume() {
	in_client transmission-remote --torrent 1 --stop
	until_ok "the pause" transmission_is Stopped
	in_client transmission-remote --torrent 1 --start
}

transmission_is() {
	in_client transmission-remote --torrent 1 --info | grep -q "State: $1"
}

# aria2c_start [CGROUP]
aria2c_start() {
	mkdir "$LAB_DIR/download"
	spawn client client "${1:-$APP}" aria2c --no-conf --dir "$LAB_DIR/download" --seed-time=0 \
		--bt-tracker-interval=2 --bt-tracker-connect-timeout=2 \
		--file-allocation=none --enable-dht=true --dht-file-path="$LAB_DIR/dht.dat" \
		--bt-enable-lpd=true --check-certificate=false --console-log-level=notice "$TORRENT"
	CLIENT_PID=$SPAWNED
}

downloaded() { cmp -s "$TORRENT_DATA" "$LAB_DIR/download/payload"; }

# A download under way, neither begun nor done: some pieces are on disk. Both clients write into a sparse file.
downloading() {
	local kb

	kb=$(du -sk "$LAB_DIR/download" | cut -f1)
	((kb >= 128))
}

# sender_start NAME ARG...: runs the packet sender on the client host; sender_start_in NAME CGROUP ARG... elsewhere.
# It has then made its first sends, keeps its sockets open, and waits on NAME's pipe. pid to SENDER_PID[NAME].
declare -A SENDER_PID SENDER_FD

sender_start() {
	sender_start_in "$1" "$APP" "${@:2}"
}

sender_start_in() {
	local name=$1 cgroup=$2 fd

	shift 2
	mkfifo "$LAB_DIR/$name.in"
	: >"$LAB_DIR/$name.log"
	# Opened for both directions, so that neither side waits for the other.
	exec {fd}<>"$LAB_DIR/$name.in"
	(enter client "$cgroup" "$LAB_BIN/send" "$@") <"$LAB_DIR/$name.in" >"$LAB_DIR/$name.log" 2>&1 {fd}>&- &
	SENDER_PID[$name]=$!
	SENDER_FD[$name]=$fd
	until_ok "sender $name" sender_said "$name" ready
}

# sender_line NAME TEXT: has it send TEXT by its open socket, and waits until it has.
sender_line() {
	local before

	before=$(sender_count "$1")
	echo "$2" >&"${SENDER_FD[$1]}"
	until_ok "sender $1 to send" sender_sent_more "$1" "$before"
}

sender_sent_more() {
	alive "${SENDER_PID[$1]}" || fail "sender $1 has ended: $(cat "$LAB_DIR/$1.log")"
	(($(sender_count "$1") > $2))
}

sender_count() {
	grep -c '^sent' "$LAB_DIR/$1.log" || true
}

sender_said() {
	grep -q "^$2" "$LAB_DIR/$1.log" && return
	alive "${SENDER_PID[$1]}" || fail "sender $1 has ended: $(cat "$LAB_DIR/$1.log")"
	return 1
}

sender_stop() {
	local fd=${SENDER_FD[$1]}

	exec {fd}>&-
	end_process "${SENDER_PID[$1]}"
}
