# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Receivers of events, and whether they have all.

RECEIVERS=()

# receiver NAME KIND WHERE [CERT KEY [CA]]; RECEIVER_HOST is the host, if that is not the client.
receiver() {
	spawn "receiver-$1" "${RECEIVER_HOST:-client}" "$LAB_CGROUP/watcher" python3 "$LAB_LIB/receiver.py" "$2" "$3" "$LAB_DIR/got.$1" "${@:4}"
	RECEIVERS+=("$SPAWNED")
}

# receivers_listen NAME...
receivers_listen() {
	local name

	for name in "$@"; do
		until_ok "receiver $name" grep -q listening "$LAB_DIR/receiver-$name.log"
	done
}

receivers_kill() {
	local pid

	for pid in "${RECEIVERS[@]}"; do
		alive "$pid" || fail "a receiver has ended: $(cat "$LAB_DIR"/receiver-*.log)"
		end_process "$pid"
	done
	RECEIVERS=()
}

# has_all NAME: each event of $OUT has arrived.
has_all() {
	[ -e "$LAB_DIR/got.$1" ] && [ -z "$(comm -23 <(ids "$OUT" | sort) <(ids "$LAB_DIR/got.$1" | sort))" ]
}

ids() {
	jq -r .event.id "$1"
}

# assert_has_all NAME: in their order, each once or again after it was sent again, and nothing else.
assert_has_all() {
	has_all "$1" || fail "$1 lacks events of $(wc -l <"$OUT"): it has $(ids "$LAB_DIR/got.$1" | sort -u | wc -l)"
	diff <(jq -c . "$OUT") <(jq -c . "$LAB_DIR/got.$1" | awk '!seen[$0]++') >&2 || fail "$1: not the same, or not in order"
	(($(wc -l <"$LAB_DIR/got.$1") < 2 * $(wc -l <"$OUT"))) || fail "$1: everything was sent again"
}

# assert_has_ids NAME: the same of what has other names for the fields.
assert_has_ids() {
	has_all "$1" || fail "$1 lacks events of $(wc -l <"$OUT"): it has $(ids "$LAB_DIR/got.$1" | sort -u | wc -l)"
	diff <(ids "$OUT") <(ids "$LAB_DIR/got.$1" | awk '!seen[$0]++') >&2 || fail "$1: not the same, or not in order"
}
