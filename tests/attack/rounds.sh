# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# Rounds of the random attacker against a guard. Sourced by the live test and by tests/attack/run.
#
# In each round a guard is made of the audited cgroup and of one beside it, the attacker begins in the first, somebody in the other
# one and outside hands sockets to it, the tunnel falls halfway, and in the end nothing of the attacker's may have crossed the wire;
# or a follower of that guard says that its run is incomplete.

# Each mode, and each of them with and without a follower.
ATTACK_MODES=(user raw userns)

# attack_rounds SEED ROUNDS SECONDS: prints a line for each round and one for all; fails where there is a violation.
attack_rounds() {
	local seed=$1 rounds=$2 seconds=$3 i

	attack_actions=0 attack_tried=0 attack_violations=0 attack_incomplete=0 attack_skipped=0
	for ((i = 0; i < rounds; i++)); do
		attack_round $((seed + i)) "$seconds" "${ATTACK_MODES[i % 3]}" $((i / 3 % 2))
	done
	echo "all: seeds $seed to $((seed + rounds - 1)), actions $attack_actions, packets tried $attack_tried," \
		"seconds $((rounds * seconds)), incomplete $attack_incomplete, skipped $attack_skipped, violations $attack_violations"
	((attack_violations == 0)) || fail "$attack_violations rounds with packets of the attacker's outside"
}

# attack_round SEED SECONDS MODE FOLLOWED
attack_round() {
	local seed=$1 seconds=$2 mode=$3 followed=$4 name=attack-$1 status=0 attacker

	! no_interface client tun0 || tunnel_up
	ATTACK_BESIDE=$(lab_cgroup beside)
	attack_guard "$followed"
	capture_start "$name"
	attack_cgroups "$name"
	spawn "$name" client "$ATTACK_CGROUP/0" "$LAB_BIN/attacker" "$mode" "$seed" "$seconds" "$ATTACK_CGROUP" eth0 "$LAB_DIR/$name.trace"
	attacker=$SPAWNED
	attack_givers "$seed" "$seconds"
	sleep "$((seconds / 2))"
	tunnel_fall
	wait "$attacker" || status=$?
	wait "${ATTACK_GIVERS[@]}" || fail "$(cat "$LAB_DIR"/giver-*.log)"
	attack_survivors
	until_ok "silence" wire_is_quiet
	((!followed)) || stop_leakaudit
	capture_stop "$name"
	guard_release
	attack_streams_end
	attack_verdict "$name" "$status" "$seed" "$mode" "$followed"
}

attack_guard() {
	rm -f "$LAB_DIR/events.json"
	guard_make --cgroup "$ATTACK_BESIDE" --tunnel tun0 --transport-cgroup "$(cgroup_path "$SCOPE/openvpn")" --lan leak
	(($1 == 0)) || guard_follow
}

# attack_givers SEED SECONDS
attack_givers() {
	local where

	until_ok "the attacker" in_netns client grep -q @leakaudit-attack /proc/net/unix
	ATTACK_GIVERS=()
	for where in "$LAB_CGROUP/world" "$ATTACK_BESIDE"; do
		spawn "giver-${where##*/}" client "$where" "$LAB_BIN/attacker" gives "$1" "$2" "$ATTACK_CGROUP" eth0
		ATTACK_GIVERS+=("$SPAWNED")
	done
}

# attack_cgroups NAME: a directory that the attacker may make others in, to ATTACK_CGROUP.
attack_cgroups() {
	ATTACK_CGROUP=$(lab_cgroup "client/app/$1")
	lab_cgroup "client/app/$1/0" >/dev/null
	chown -R 65534 "$ATTACK_CGROUP"
}

# What it has left behind ends by itself within a second, or is ended; what the kernel still sends for it is caught, too.
attack_survivors() {
	until_ok "the attacker's children" attack_has_ended
	find "$ATTACK_CGROUP" -depth -type d -exec rmdir {} +
}

# The kernel sends again what the guard has held back in streams from outside: not into the next round, whose guard knows nothing of it.
attack_streams_end() {
	in_netns client ss -HtK sport ge :7000 and sport le :7999 >/dev/null
}

attack_has_ended() {
	grep -q 'populated 0' "$ATTACK_CGROUP/cgroup.events"
}

attack_verdict() {
	local name=$1 status=$2 seed=$3 mode=$4 followed=$5 said word

	case $status in
	0) ;;
	77)
		attack_skipped=$((attack_skipped + 1))
		echo "skip seed $seed, $mode: $(tail -n 1 "$LAB_DIR/$name.log")"
		return
		;;
	*) fail "the attacker has ended with $status: $(tail -n 3 "$LAB_DIR/$name.log")" ;;
	esac
	said=$(grep ^actions "$LAB_DIR/$name.log")
	read -r _ word _ _ _ tried _ <<<"$said"
	attack_actions=$((attack_actions + word)) attack_tried=$((attack_tried + tried))
	word=ok
	if ((followed)) && [ "$(summary .complete)" = false ]; then
		word=incomplete
		attack_incomplete=$((attack_incomplete + 1))
	elif attack_left "$name" >"$LAB_DIR/$name.left"; then
		word=VIOLATION
		attack_violations=$((attack_violations + 1))
	fi
	echo "$word seed $seed, $mode, $( ((followed)) && echo followed || echo alone): $said"
	if [ $word = ok ]; then
		rm -f "$LAB_DIR/$name".*
	else
		attack_explain "$name" $word
	fi
}

# What the guard lets pass: the tunnel, with the fragments of its long packets, and what stays on the link.
ATTACK_OUTER="($TUNNEL_OUTER or (dst host $VPN4 and ip[6:2] & 0x1fff != 0))"
# What connects the streams that are handed over.
ATTACK_GIVERS_PORTS='tcp src portrange 7000-7999'
ATTACK_GIVERS_CONNECT="($ATTACK_GIVERS_PORTS and ((ip and ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) = 0) or
	(ip6 and ip6[4:2] = (ip6[52] & 0xf0) >> 2)))"
ATTACK_LET="$ATTACK_OUTER or $ATTACK_GIVERS_CONNECT or $CAPTURE_NEIGHBOUR or $CAPTURE_MULTICAST or dst host 255.255.255.255 or dst host 192.0.2.127"

# attack_left NAME: prints what has left, a packet a line; fails where nothing has. What is forged to look like the tunnel's own
# packets has the mark.
attack_left() {
	local outer

	tcpdump -r "$LAB_DIR/$1.pcap" -nn -e -tt "$CAPTURE_FROM_CLIENT and not ($ATTACK_LET)" 2>/dev/null
	outer=$(tcpdump -r "$LAB_DIR/$1.pcap" -nn -w - "$ATTACK_OUTER" 2>/dev/null | grep -ac leakaudit-attack) || true
	((outer == 0)) || echo "$outer packets with the mark among the tunnel's"
	[ -s "$LAB_DIR/$1.left" ]
}

attack_explain() {
	if [ "$2" = incomplete ]; then
		echo "  $(summary .incomplete)"
	else
		echo "  $(wc -l <"$LAB_DIR/$1.left") packets:"
		head -n 8 "$LAB_DIR/$1.left" | cut -c 1-200 | sed 's/^/  /'
	fi
}
