/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The hooks in process context. An object of their own: they read structs of the
 * kernel, and to find out what is where in those takes its loader as long as the
 * verifier's work on one of the packet programs, which need none of it.
 */
#include "lost.bpf.h"
#include "owner.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
