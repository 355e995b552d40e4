#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds a Debian package of this tree for the release that it runs on.
#
#   tools/packaging/deb.sh VERSION DIR     DIR gets leakaudit_VERSION_ARCH.deb
#
# Status 1: something to build with is missing, and is named; or lintian, where it is there, finds an error.
set -euo pipefail
export LC_ALL=C

(($# == 2)) || { sed -n '/^# *tools/s/^# *//p' "$0" >&2; exit 2; }
version=$1 dir=$2
cd "$(dirname "$0")/../.."

for tool in dpkg-buildpackage dh; do
	command -v "$tool" >/dev/null || { echo "deb: $tool is missing; it is in the package debhelper" >&2; exit 1; }
done
rm -rf "$dir/source"
mkdir -p "$dir/source"
cp -a Makefile README.md LICENSE bpf user vmlinux tools docs "$dir/source/"
cp -a tools/packaging/debian "$dir/source/debian"
cat >"$dir/source/debian/changelog" <<END
leakaudit ($version) unstable; urgency=medium

  * Built from the tree as it is.

 -- leakaudit developers <packages@leakaudit.example>  $(date -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
END
(cd "$dir/source" && dpkg-buildpackage --build=binary --no-sign -j"$(nproc)") >"$dir/log" 2>&1 || {
	grep -E 'Unmet build dependencies|error:' "$dir/log" >&2 || tail -n 20 "$dir/log" >&2
	exit 1
}
deb=$dir/leakaudit_${version}_$(dpkg --print-architecture).deb
! command -v lintian >/dev/null || lintian --fail-on error --allow-root "$deb"
echo "$deb"
