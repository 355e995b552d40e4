#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clang 19.1.7 (Debian 12) for BPF, loaded by bpftool 7.1.0, as root: a global function is verified on its own, and its
# callers may assume nothing of what it returns ("Global functions verification" of Linux 5.6). clang does not know that rule:
# it looks into the function, finds that it returns 0 or 1, and makes "return !f(skb);" of a cgroup program an exclusive or
# with 1, without a comparison. Such a program is valid C and one would expect it to load. The kernel says (6.18):
#
#   At program exit the register R0 has unknown scalar value should have been in [0, 3]
#
# noinline does not help; with the function weak as well clang may not look into it, compares, and the program loads.
#
# Fails where that is so no more.
set -euo pipefail
export LC_ALL=C

((EUID == 0)) || { echo "needs root: it loads a BPF program" >&2; exit 2; }
dir=$(mktemp -d)
pin=/sys/fs/bpf/finding-$$
trap 'rm -rf "$dir" "$pin"' EXIT
cd "$dir"
version=1:19.1.7-3~deb12u1
apt-get -o APT::Sandbox::User=root download -qq "clang-19=$version" "libclang-cpp19=$version" "libllvm19=$version" \
	"libclang-common-19-dev=$version" bpftool=7.1.0+6.1.192-3 libbpf1=1:1.1.2-0+deb12u1 >/dev/null
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done
LD_LIBRARY_PATH=$dir/root/usr/lib/llvm-19/lib:$dir/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH

cat >program.c <<'END'
struct __sk_buff {
	unsigned int len;
};

/* Long enough that it is worth a call, and told not to be inlined. */
__attribute__((noinline LINKAGE)) int is_long(struct __sk_buff *skb)
{
	return skb->len > 100;
}

__attribute__((section("cgroup_skb/egress"))) int hook(struct __sk_buff *skb)
{
	return !is_long(skb);
}

__attribute__((section("license"))) char terms[] = "GPL";
END

# load LINKAGE: what becomes of it is in log; the status is bpftool's.
load() {
	"$dir/root/usr/lib/llvm-19/bin/clang" -target bpf -mcpu=v2 -O2 -g -DLINKAGE="$1" -c program.c -o program.o || exit 1
	rm -f "$pin"
	"$dir/root/usr/sbin/bpftool" prog load program.o "$pin" >log 2>&1
}

status=0
if load '' || ! grep -q 'At program exit the register R0 has' log; then
	echo "changed: the program with a function that is only noinline was not refused for its R0:"
	tail -n 5 log
	status=1
else
	grep 'At program exit the register R0 has' log
fi
if ! load ', weak'; then
	echo "changed: the program with a weak function was refused:"
	tail -n 5 log
	status=1
fi
[ $status = 0 ] && echo "as stated: noinline is refused, weak is loaded"
exit $status
