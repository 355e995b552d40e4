#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proposes what vmlinux/vmlinux.h has to declare: the kernel types and members that the built BPF object relocates, as the
# running kernel has them. A member that this kernel lacks (it has another name on older or newer ones) is not among them.
#
#   tools/vmlinux.sh [OBJECT [BTF]]     default: build/owners.bpf.o /sys/kernel/btf/vmlinux
set -eu
cd "$(dirname "$0")/.."

object=${1:-build/owners.bpf.o}
btf=${2:-/sys/kernel/btf/vmlinux}
bpftool=$(tools/deps.sh find-bpftool) || { echo "no bpftool works here: tools/deps.sh build" >&2; exit 1; }
minimal=$(mktemp)
trap 'rm -f "$minimal"' EXIT

"$bpftool" gen min_core_btf "$btf" "$minimal" "$object"
# The dump keeps each member where the kernel has it, by padding. CO-RE finds it without.
"$bpftool" btf dump file "$minimal" format c |
	sed -E '/^\t(unsigned )?(char|short|int|long)(: [0-9]+)?;$/d; /^\t(unsigned )?(char|short|int|long): /d; /^#/d' | cat -s
