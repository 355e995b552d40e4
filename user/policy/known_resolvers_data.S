/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built-in list of resolvers, as it stands in its file. */
	.section .rodata
	.global known_resolvers_builtin, known_resolvers_builtin_end
	.hidden known_resolvers_builtin, known_resolvers_builtin_end
known_resolvers_builtin:
	.incbin "user/policy/known-resolvers.txt"
known_resolvers_builtin_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
