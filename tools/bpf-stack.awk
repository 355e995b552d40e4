# SPDX-License-Identifier: GPL-2.0-or-later
# What clang -S -target bpf has written, as the strictest kernel's verifier counts its stack: each frame is rounded up to
# 32 bytes (Linux up to 6.6; 16 since), and a chain of calls has 512 (MAX_BPF_STACK, check_max_stack_depth() of
# kernel/bpf/verifier.c). Says every chain that has more, and fails; with LIST=1 the deepest chain of each program.

function rounded(name) {
	return int((frame[name] > 1 ? frame[name] : 1) / 32 + 31 / 32) * 32
}

# The deepest chain from there, in bytes; its names are in chain[].
function depth(name,    i, n, callees, below, deepest, way) {
	if (name in known)
		return known[name]
	n = split(calls[name], callees, " ")
	for (i = 1; i <= n; i++) {
		below = depth(callees[i])
		if (below > deepest) {
			deepest = below
			way = " -> " chain[callees[i]]
		}
	}
	chain[name] = name " " frame[name] + 0 way
	return known[name] = rounded(name) + deepest
}

function use(bytes) {
	if (bytes > frame[current])
		frame[current] = bytes
}

/^\t\.type\t.*,@function/ {
	current = substr($2, 1, index($2, ",") - 1)
	functions[++count] = current
	split("", copied)
}

# Read, written, or its address taken, which is a copy of r10 and a sum.
match($0, /r10 - [0-9]+/) { use(substr($0, RSTART + 6, RLENGTH - 6) + 0) }
/^\tr[0-9] = / { copied[$1] = $3 == "r10" && NF == 3 }
/^\tr[0-9] \+= -[0-9]+$/ && copied[$1] { use(-$3) }

/^\tcall [A-Za-z_]/ {
	callee[$2] = 1
	calls[current] = calls[current] " " $2
}

END {
	for (i = 1; i <= count; i++) {
		name = functions[i]
		if (name in callee)
			continue
		bytes = depth(name)
		if (bytes > 512)
			failed = 1
		if (bytes > 512 || LIST && calls[name])
			print bytes " bytes of stack, of 512: " chain[name]
	}
	exit failed
}
