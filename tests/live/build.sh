# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the build itself promises: of what the kernel would refuse, and wherever it is.

# stack_of LINE...: what is said of a program with these lines, which calls one whose frame has 300 bytes.
stack_of() {
	{
		printf '\t.type\tmain,@function\n'
		printf '\t%s\n' "$@" "call sub" exit
		printf '\t.type\tsub,@function\n\t*(u64 *)(r10 - 300) = r1\n\texit\n'
	} | awk -f "$TOP/tools/bpf-stack.awk"
}

test_a_chain_that_is_too_deep_is_refused() {
	stack_of 'r1 = r10' 'r1 += -192' || fail "512 bytes are refused"
	! stack_of 'r1 = r10' 'r1 += -193' || fail "544 bytes are not"
	! stack_of '*(u64 *)(r10 - 200) = r1' || fail "544 bytes are not, written to"
	# Two addresses at a time, as clang orders them.
	! stack_of 'r1 = r10' 'r2 = r10' 'r1 += -200' 'r2 += -8' || fail "544 bytes are not, the first of two"
	stack_of 'r1 = r10' 'r1 = r2' 'r1 += -200' || fail "what is no address any more"
}

test_paths_with_spaces() {
	local copy="$LAB_DIR/a checkout" dest="$LAB_DIR/to be packed"

	mkdir "$copy"
	cp -r "$TOP"/{Makefile,README.md,LICENSE,bpf,user,tools,vmlinux} "$copy"
	make -C "$copy" O=build build/owners.bpf.o build/user/base/log.o || fail "it is not built"
	cp "$LEAKAUDIT" "$copy/build/leakaudit"
	make -C "$copy" O=build -o all install DESTDIR="$dest" || fail "it is not installed"
	[ -x "$dest/usr/local/bin/leakaudit" ] || fail "it is not there"
	make -C "$copy" O=build uninstall DESTDIR="$dest"
	[ -z "$(ls "$dest")" ] || fail "left: $(find "$dest")"
}
