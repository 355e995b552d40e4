# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The full screen, in a real terminal: tmux.

# tmux's own, which sees no other.
screen_tmux() {
	tmux -S "$LAB_DIR/tmux" -f /dev/null "$@"
}

# screen_up WIDTH HEIGHT CMD...: in the client's namespace
screen_up() {
	command -v tmux >/dev/null || skip "tmux is not installed"
	"$LEAKAUDIT" --version | grep -q "top: with" || skip "this build lacks ncurses"
	(enter client "$LAB_CGROUP/world" tmux -S "$LAB_DIR/tmux" -f /dev/null new-session -d -x "$1" -y "$2" \
		"${*:3} 2>'$LAB_DIR/top.log'; echo; echo status \$?; sleep 100")
}

screen_down() {
	screen_tmux kill-server
}

shows() {
	screen_tmux capture-pane -p >"$LAB_DIR/screen" && grep -qFe "$1" "$LAB_DIR/screen"
}

until_shows() {
	until_ok "'$1' on the screen" shows "$1"
}

shows_not() {
	! shows "$1"
}

keys() {
	screen_tmux send-keys "$@"
}

first_row() {
	sed -n '/^PROGRAM/{n;p}' "$LAB_DIR/screen"
}

test_top_shows_who_leaks() {
	local evil="$LAB_DIR/"$'e\e[8mv\xc3\xa4'

	lab_up dns
	cp "$LAB_BIN/send" "$evil"
	start_leakaudit --cgroup "$SCOPE"
	screen_up 80 24 env LC_ALL=C.UTF-8 "$LEAKAUDIT" top "$LEAKAUDIT_PID"
	until_shows UNPROTECTED
	until_shows "nobody leaks"
	in_client dig +tries=1 "@$DNS4" name.example >/dev/null
	in_client "$evil" udp "$PEER4" 9 --count 3 </dev/null >/dev/null
	until_shows LEAKING
	until_ok "its name in the table" row_begins 'e\x1b[8mvä['
	until_shows "dig["
	[ "$(wc -L <"$LAB_DIR/screen")" -le 80 ] || fail "wider than the screen"
	keys n
	until_ok "it is sorted by program" first_row_is dig
	keys l c
	until_ok "it is sorted by kind" first_row_is dns
	keys v
	until_shows name.example
	keys / && keys -l 'ipv4 :9' && keys Enter
	until_ok "the filter" shows_not name.example
	shows "$PEER4:9" || fail "the filter takes too much"
	keys p
	until_shows PAUSED
	screen_tmux resize-window -x 56 -y 24
	until_ok "the scope's end where the title has no room" title_is_cut
	screen_tmux resize-window -x 40 -y 10
	until_ok "who leaked how much on a small screen" small_row_is "$PEER4:9" 3
	screen_tmux resize-window -x 200 -y 60
	until_shows "h help"
	assert_equal "the head of the table is as wide" 200 "$(awk '/^PROGRAM/ { print length($0) }' "$LAB_DIR/screen")"
	keys p q
	until_shows "status 0"
	stop_leakaudit
	screen_down
}

# small_row_is TO PACKETS
small_row_is() {
	shows "$1" && [[ $(first_row) == *" $1 "*" $2" ]]
}

title_is_cut() {
	shows "/client, for" && shows "..."
}

row_begins() {
	local row

	shows PROGRAM || return
	while IFS= read -r row; do
		[[ $row != "$1"* ]] || return 0
	done < <(sed '1,/^PROGRAM/d' "$LAB_DIR/screen")
	return 1
}

first_row_is() {
	shows PROGRAM && [[ $(first_row) == *"$1"* ]]
}

# No colour, no UTF-8, a run that stops to answer; and a guard that nobody follows.
test_top_on_a_poor_terminal() {
	lab_up
	start_leakaudit --cgroup "$SCOPE"
	sender_start free udp "$PEER4" 9
	wait_for_leak '.destination.port == 9'
	screen_up 80 24 env TERM=vt100 NO_COLOR=1 LC_ALL=C "$LEAKAUDIT" top "$LEAKAUDIT_PID"
	until_shows LEAKING
	assert_equal "bytes that are not ASCII" "" "$(LC_ALL=C grep '[^ -~]' "$LAB_DIR/screen" || true)"
	assert_equal "colours" "" "$(screen_tmux capture-pane -p -e | grep -aE $'\e\[(3|9)[0-7]' || true)"
	kill -STOP "$LEAKAUDIT_PID"
	until_shows "no answer since"
	shows UNKNOWN || fail "it is not said to be unknown"
	kill -CONT "$LEAKAUDIT_PID"
	until_shows LEAKING
	keys q
	screen_down
	stop_leakaudit
	guard_make
	in_client "$LAB_BIN/send" udp "$PEER4" 9 >/dev/null 2>&1 </dev/null || true
	screen_up 80 24 "$LEAKAUDIT" top "$LAB"
	until_shows GUARDED
	until_ok "what it stopped" first_row_is "send["
	keys v
	until_shows "$PEER4:9"
	screen_down
	refused 2 "top needs a terminal" top
}
