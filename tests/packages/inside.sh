# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# inside.sh arch|rpm VERSION, in the top of the tree, as root of a system that has neither systemd nor leakaudit: builds that
# package, and puts it through its life. What it asks of systemctl goes to $ASKED.
set -euo pipefail

KIND=$1 VERSION=$2
WORK=/tmp/$KIND # in memory: it is the builder's for as long as that takes
ASKED=$WORK/asked
LEFT=/etc/leakaudit/client.conf # the administrator's

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# --- of each kind: built to $PACKAGE, and life_TURN

build_arch() {
	useradd --no-create-home builder 2>/dev/null || true
	cp tools/packaging/arch/* "$WORK/"
	tar -czf "$WORK/leakaudit-$VERSION.tar.gz" --transform "s|^|leakaudit-$VERSION/|" Makefile README.md LICENSE bpf user vmlinux tools docs
	chown -R builder "$WORK"
	(cd "$WORK" && setpriv --reuid builder --clear-groups env HOME="$WORK" makepkg --nodeps --noconfirm)
	PACKAGE=$(echo "$WORK"/leakaudit-*.pkg.tar*)
	printf '[options]\nArchitecture = auto\nSigLevel = Never\n' >"$WORK/pacman.conf"
	mkdir -p "$WORK/db"
}

arch() {
	pacman --root / --dbpath "$WORK/db" --config "$WORK/pacman.conf" --noconfirm "$@"
}

life_of_arch() {
	case $1 in
	install | upgrade) arch -Udd "$PACKAGE" ;;
	verify) arch -Qkk leakaudit ;;
	remove) arch -Rdd leakaudit ;;
	esac
}

build_rpm() {
	tools/packaging/rpm.sh "$VERSION" "$WORK/rpm" --nodeps
	PACKAGE=$(find "$WORK/rpm/RPMS" -name "leakaudit-$VERSION-*.rpm")
}

# Its plugins would make namespaces, which a root that is no mount does not have.
life_of_rpm() {
	case $1 in
	install) rpm --noplugins --nodeps --install "$PACKAGE" ;;
	upgrade) rpm --noplugins --nodeps --upgrade --force "$PACKAGE" ;;
	verify) rpm --nodeps --verify leakaudit ;;
	remove) rpm --noplugins --nodeps --erase leakaudit ;;
	esac
}

# --- its life

stand_in_for_systemd() {
	mkdir -p /run/systemd/system
	[ ! -e /usr/bin/systemctl ] || fail "there is a systemctl"
	printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>$ASKED" >/usr/bin/systemctl
	chmod 755 /usr/bin/systemctl
	trap 'rm -f /usr/bin/systemctl' EXIT
	: >"$ASKED"
}

asked() {
	grep -qxF "$1" "$ASKED" || fail "systemctl was not asked to $1: $(cat "$ASKED")"
}

ours() {
	find /usr /etc -xdev -name '*leakaudit*' ! -path '/usr/src/*' ! -path '/etc/apt/*' | sort
}

is_installed() {
	local page

	leakaudit version | grep -q "^leakaudit $VERSION" || fail "it does not run"
	for page in docs/man/*; do
		[ -e "/usr/share/man/man${page##*.}/${page##*/}.gz" ] || fail "the page ${page##*/} is missing"
	done
	grep -q '/usr/bin/leakaudit watch' /usr/lib/systemd/system/leakaudit@.service || fail "its unit has another program"
	[ -e /usr/share/doc/leakaudit/guarded.conf ] || fail "guarded.conf is missing"
	[ -e /etc/logrotate.d/leakaudit ] || fail "logrotate does not know it"
	"life_of_$KIND" verify
}

mkdir -p "$WORK"
rm -rf "${WORK:?}"/*
"build_$KIND"
[ -z "$(ours)" ] || fail "something is there before: $(ours)"
stand_in_for_systemd
"life_of_$KIND" install
is_installed
echo 'tunnel = wg0' >"$LEFT"
"life_of_$KIND" upgrade
is_installed
asked "reload leakaudit-guard@*.service"
asked "try-restart leakaudit@*.service"
mkdir -p /sys/fs/bpf/leakaudit/client
"life_of_$KIND" remove 2>&1 | tee "$WORK/removed"
grep -q 'the guard "client" stays' "$WORK/removed" || fail "nothing is said of the guard"
asked "stop leakaudit@*.service"
[ -e "$LEFT" ] || fail "the administrator's options are gone"
rm -r /etc/leakaudit
[ -z "$(ours)" ] || fail "something is left: $(ours)"
