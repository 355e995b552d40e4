# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The live page in a real browser.

# browse PATH: opens it on the client host; then js and its like ask it.
browse() {
	command -v chromium >/dev/null || skip "chromium is not installed"
	mkfifo "$LAB_DIR/browser.in" "$LAB_DIR/browser.out"
	exec {BROWSER_IN}<>"$LAB_DIR/browser.in" {BROWSER_OUT}<>"$LAB_DIR/browser.out"
	spawn_browser "http://127.0.0.1:9464$1"
}

spawn_browser() {
	(HOME=$LAB_DIR enter client "$(lab_cgroup browser)" /usr/bin/python3 "$LAB_LIB/browser.py" "$1") \
		<"$LAB_DIR/browser.in" >"$LAB_DIR/browser.out" 2>"$LAB_DIR/browser.log" &
}

# js WORDS: their value in the page, as JSON.
js() {
	local answer

	echo "$1" >&"$BROWSER_IN"
	read -r -t "$LAB_DEADLINE" answer <&"$BROWSER_OUT" || fail "the browser does not answer: $(cat "$LAB_DIR/browser.log")"
	echo "$answer"
}

js_is() {
	[ "$(js "$2")" = "$1" ]
}

# word: the big one
WORD='document.getElementById("word").textContent'

# ADDRESS COUNT: so many questions, with a pause now and then.
QUESTIONS='import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[2])):
    s.sendto(bytes([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5]) + b"%05d\x07example\x00\x00\x01\x00\x01" % i, (sys.argv[1], 53))
    if not i % 500:
        time.sleep(0.05)'

filter() {
	js "(() => { const f = document.getElementById('filter'); f.value = '$1'; f.dispatchEvent(new Event('input')); })(), 0" >/dev/null
}

# In a program's name, a question, and an interface's name: <, >, quotes, an ampersand, what turns the words behind it.
test_page_is_live_and_shows_only_text() {
	local evil="$LAB_DIR/<img src=x>"$'\xe2\x80\xae' rows='document.querySelectorAll("#events li").length'

	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	lab_up dns
	cp "$LAB_BIN/send" "$evil"
	start_leakaudit --cgroup "$SCOPE" --output http:9464 --buffer 64M
	browse /
	until_ok "the page" js_is '"unprotected"' "$WORD"
	js 'window.mark = 1' >/dev/null
	in_client "$evil" udp "$PEER4" 9 </dev/null >/dev/null
	in_client dig +tries=1 "@$DNS4" '<b>&amp;"x.example' >/dev/null
	until_ok "what has leaked, without another load" js_is '["leaking",1]' "[$WORD, window.mark]"
	until_ok "the events" js_is true "$rows >= 3"
	assert_equal "no markup of names" 0 "$(js 'document.querySelectorAll("img, b:not(.tiles b), body script").length')"
	assert_equal "but their text" true "$(js 'document.getElementById("who").innerText.includes("<img src=x>\\u{202e}") && document.getElementById("events").innerText.includes("<b>")')"
	filter "dns query"
	until_ok "the filter" js_is true "$rows >= 1 && [...document.querySelectorAll('#events li')].every((x) => x.innerText.includes('dns'))"
	filter ""
	js 'let longest = 0; const show = events.show; events.show = function () { const t = performance.now(); show.call(this); longest = Math.max(longest, performance.now() - t); }; 0' >/dev/null
	in_client /usr/bin/python3 -c "$QUESTIONS" "$PEER4" 10000
	until_ok "10,000 events" js_is true "events.all.length + events.missed >= 10000"
	until_ok "that they are shown" js_is true "$rows == 200"
	assert_equal "no stall: ms to draw them ($(js longest))" true "$(js 'longest < 1000')"
	assert_equal "faults of the page" '[]' "$(js '!errors')"
	stop_leakaudit
	until_ok "that nobody answers" js_is '"unknown"' "$WORD"
}

# A tunnel that falls and comes back, a run that hangs, ends, and is followed by another one.
test_page_never_shows_what_was() {
	local said='document.getElementById("said").textContent'

	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	lab_up tunnel
	start_leakaudit --cgroup "$APP" --output http:9464
	browse /
	until_ok "the page" js_is '"safe"' "$WORD"
	tunnel_fall
	until_ok "the fall" js_is '"unprotected"' "$WORD"
	tunnel_up
	until_ok "the tunnel" js_is '["safe",1]' "[$WORD, document.querySelectorAll('#falls li').length]"
	assert_equal "is read aloud" true "$(js "$said.startsWith('safe: tunnel tun0 is up')")"
	assert_equal "faults of the page" '[]' "$(js '!errors')"
	kill -STOP "$LEAKAUDIT_PID"
	until_ok "that it hangs" js_is '"unknown"' "$WORD"
	kill -CONT "$LEAKAUDIT_PID"
	until_ok "that it goes on" js_is '"safe"' "$WORD"
	stop_leakaudit
	until_ok "its end" js_is '["unknown",true]' "[$WORD, $said.startsWith('unknown: The run has not answered')]"
	rm "$OUT"
	start_leakaudit --cgroup "$APP" --output http:9464
	until_ok "the next run" js_is '["safe",true]' "[$WORD, document.getElementById('events').innerText.includes('This is a new run')]"
	stop_leakaudit
}

# headers PATH ARG...: status and headers of an answer
headers() {
	in_netns client curl --silent --show-error --max-time 20 --output /dev/null --dump-header - "${@:2}" "http://127.0.0.1:9464$1" | tr -d '\r'
}

test_page_tells_nothing_to_strangers() {
	local part

	command -v curl >/dev/null || skip "curl is not installed"
	"$LEAKAUDIT" --version | grep -q "http: with" || skip "this build cannot listen"
	lab_up
	(umask 077 && echo secret >"$LAB_DIR/token")
	start_leakaudit --cgroup "$SCOPE" --output "http:9464,token=$LAB_DIR/token"
	for part in / /page.css /page.js; do
		headers "$part" >"$LAB_DIR/headers"
		grep -q '^HTTP/1.1 200' "$LAB_DIR/headers" || fail "$part: $(cat "$LAB_DIR/headers")"
		grep -qi "^content-security-policy: default-src 'none'; script-src 'self';.* frame-ancestors 'none'" "$LAB_DIR/headers" || fail "$part has no policy"
		assert_equal "policies" 1 "$(grep -ci '^content-security-policy:' "$LAB_DIR/headers")"
		grep -qi '^x-content-type-options: nosniff' "$LAB_DIR/headers" || fail "$part may be sniffed"
		! grep -qi '^set-cookie' "$LAB_DIR/headers" || fail "$part sets a cookie"
		headers "$part" --header 'Host: evil.example' | grep -q '^HTTP/1.1 403' || fail "$part is shown to another site"
	done
	for part in /state /events /metrics; do
		headers "$part" | grep -q '^HTTP/1.1 401' || fail "$part is shown without the token"
	done
	headers /state --header 'Authorization: Bearer secret' | grep -q '^HTTP/1.1 200' || fail "no state for the token"
	! command -v chromium >/dev/null || token_is_asked_for
	stop_leakaudit
}

token_is_asked_for() {
	browse /
	until_ok "the question" js_is false 'document.getElementById("ask").hidden'
	js "(() => { document.getElementById('token').value = 'secret'; document.getElementById('ask').requestSubmit(); })(), 0" >/dev/null
	until_ok "the state" js_is '"unprotected"' "$WORD"
}
