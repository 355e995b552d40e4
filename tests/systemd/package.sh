# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # GUARDS and others are of tests/lib
# The Debian package, as a machine's administrator meets it, and the guard that outlives it.

GUARD=leakaudit-guard@client
WATCH=leakaudit@client

test_package_installed_upgraded_removed_and_purged() {
	machine_with chatter
	package_alone
	machine_on
	package installed --install "$PACKAGE"
	client_is_guarded /usr
	echo 'output = http:9464' >>"$MACHINE_ROOT/etc/leakaudit/client.conf"
	capture_far
	systemctl_on enable "$GUARD" "$WATCH"
	systemctl_on start "$GUARD" "$WATCH" client
	until_ok "a refused packet" client_has_been_refused
	assert_guards "client "
	on_machine leakaudit check-config client >/dev/null || fail "its options are wrong"
	printf '%s\n' 'output = tcp:192.0.2.7:5170' 'output = json:/home/leaks.json' >"$MACHINE_ROOT/etc/leakaudit/other.conf"
	on_machine leakaudit check-config other >"$MACHINE_DIR/checked"
	says 'IPAddressAllow=' <"$MACHINE_DIR/checked" || fail "it is not said that the unit may not send there"
	says 'ReadWritePaths=' <"$MACHINE_DIR/checked" || fail "it is not said that the unit may not write there"
	on_machine man -w leakaudit >/dev/null 2>&1 || [ -e "$MACHINE_ROOT/usr/share/man/man8/leakaudit.8.gz" ] || fail "no manual"

	page_is_shown
	journal_is_reported

	package_is_upgraded
	package_is_removed
	package purged --purge leakaudit
	[ ! -e "$MACHINE_ROOT/etc/leakaudit" ] || fail "options outlive a purge: $(ls "$MACHINE_ROOT/etc/leakaudit")"
	assert_equal "packets that left" 0 "$(far_packets)"
}

# What is not installed by its package is not on this machine.
package_alone() {
	PACKAGE=$(cd "$MACHINE_ROOT" && ls usr/src/leakaudit/build/deb/leakaudit_*.deb)
	cp "$MACHINE_ROOT/$PACKAGE" "$MACHINE_DIR/"
	find "$MACHINE_ROOT/usr/local" -name '*leakaudit*' ! -path "*/leakaudit-tests*" -exec rm -rf {} +
	PACKAGE=/${PACKAGE}
}

# package WHAT DPKG_ARG...
package() {
	on_machine env DEBIAN_FRONTEND=noninteractive dpkg "${@:2}" >"$MACHINE_DIR/dpkg.log" 2>&1 || fail "is not $1: $(tail -n 5 "$MACHINE_DIR/dpkg.log")"
}

# The unit may talk to this machine.
page_is_shown() {
	on_machine bash -c 'exec 3<>/dev/tcp/127.0.0.1/9464 && printf "GET / HTTP/1.1\r\nHost: localhost:9464\r\nConnection: close\r\n\r\n" >&3 && cat <&3' \
		>"$MACHINE_DIR/page" || fail "nobody shows a page"
	says '<title>leakaudit' <"$MACHINE_DIR/page" || fail "no page: $(head -c 300 "$MACHINE_DIR/page")"
}

# What the guard and the watcher have said beside the events does no harm there.
journal_is_reported() {
	journal -t leakaudit --output-fields LEAKAUDIT_EVENT >"$MACHINE_ROOT/root/journal"
	on_machine leakaudit report -o json /root/journal >"$MACHINE_DIR/report" || true
	jq -e '.conclusion == "goes-on" and (.doubts | length) == 1 and .totals.dropped.packets > 0' "$MACHINE_DIR/report" >/dev/null ||
		fail "the report: $(jq -c '[.conclusion, .message, .doubts]' "$MACHINE_DIR/report")"
}

# A newer one: the same but for its number. The watcher is another process then, and nothing was let out meanwhile.
package_is_upgraded() {
	local unpacked=$MACHINE_DIR/unpacked newer=$MACHINE_ROOT/root/newer.deb old

	old=$(property "$WATCH" MainPID)
	dpkg-deb --raw-extract "$MACHINE_DIR"/leakaudit_*.deb "$unpacked"
	sed -i 's/^Version:.*/&+1/' "$unpacked/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$unpacked" "$newer" >/dev/null
	package upgraded --install /root/newer.deb
	until_ok "the watcher" is_state "$WATCH" active
	assert_state "$GUARD" active
	assert_guards "client "
	[ "$(property "$WATCH" MainPID)" != "$old" ] || fail "the old program watches on"
	on_machine dpkg-query -W leakaudit | says '+1$' || fail "it is not the newer one"
	until_ok "the new one to be ready" is_ready_again
}

is_ready_again() {
	(($(grep -c '"action":"ready"' "$OUT") >= 2))
}

# The guard stays, and dpkg says so; the service is refused on.
package_is_removed() {
	package removed --remove leakaudit
	grep -q 'the guard "client" stays' "$MACHINE_DIR/dpkg.log" || fail "nothing is said of the guard: $(cat "$MACHINE_DIR/dpkg.log")"
	is_state "$WATCH" inactive || fail "the watcher goes on: $(property "$WATCH" ActiveState)"
	assert_guards "client "
	: >"$MACHINE_ROOT$STATE/refused"
	until_ok "a refused packet" client_has_been_refused
}
