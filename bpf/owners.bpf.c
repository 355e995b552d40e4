/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The hooks in process context. They are a separate object: they read structs of the kernel, and
 * relocating those takes the loader as long as the verifier takes for a packet program. Packet
 * programs do not need that.
 */
#include "lost.bpf.h"
#include "meet.bpf.h"
#include "members.bpf.h"
#include "resolver_calls.bpf.h"
#include "streams.bpf.h"
#include "waiting.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
