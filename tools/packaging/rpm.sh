#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds an RPM package of this tree for the system that it runs on.
#
#   tools/packaging/rpm.sh VERSION DIR [RPMBUILD-OPTION]...     DIR gets RPMS/ARCH/leakaudit-VERSION-1.ARCH.rpm
#
# Status 1: something to build with is missing, and is named.
set -euo pipefail
export LC_ALL=C

(($# >= 2)) || { sed -n '/^# *tools/s/^# *//p' "$0" >&2; exit 2; }
version=$1 dir=$(realpath -m "$2")
cd "$(dirname "$0")/../.."

command -v rpmbuild >/dev/null || { echo "rpm: rpmbuild is missing; it is in the package rpm-build (Debian: rpm)" >&2; exit 1; }
mkdir -p "$dir/SOURCES"
tar -czf "$dir/SOURCES/leakaudit-$version.tar.gz" --transform "s|^|leakaudit-$version/|" Makefile README.md LICENSE bpf user vmlinux tools docs
rpmbuild -bb --define "_topdir $dir" --define "leakaudit_version $version" "${@:3}" tools/packaging/rpm/leakaudit.spec >"$dir/log" 2>&1 || {
	grep -E 'is needed by|command not found|error:' "$dir/log" >&2 || tail -n 20 "$dir/log" >&2
	exit 1
}
find "$dir/RPMS" -name "leakaudit-$version-*.rpm"
