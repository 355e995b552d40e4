/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Reads bytes of a packet; the only place where the kernel and the native build differ. Offsets
 * count from the first byte of the frame: at TC that is the link header, at the cgroup hook the IP
 * header. Every buffer has a constant size and is read at constant offsets: of others, clang 16 to
 * 18 make an "or" with a pointer, which verifiers refuse. Only the offset into the packet varies.
 */
#ifndef LEAKAUDIT_FRAME_H
#define LEAKAUDIT_FRAME_H

#include "event.h"

#define la_inline static inline __attribute__((always_inline))

/* For conditions that every packet passes: keeps the usual path in few cache lines. */
#define la_likely(condition) __builtin_expect(!!(condition), 1)
#define la_unlikely(condition) __builtin_expect(!!(condition), 0)

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
/*
 * A function that the verifier walks once, on its own, for all callers. Its arguments are the
 * context, numbers and pointers to initialised structs; it returns a number. The verifier assumes
 * that a pointer may be NULL. What a pointer leads to uses no stack here, and cannot be a map's key
 * (until 6.2). Weak: it assumes any number as the result, so the compiler must not know better. What
 * that one takes for 0 or 1 it would negate by a bit, and return from a hook without a comparison.
 */
#define la_subprog __attribute__((noinline, weak))
#define la_src __sk_buff
/*
 * Returns 0, or -EFAULT if [off, off + len) is not within the packet. Not the "relative" helper: it
 * cannot read paged data, which TCP uses.
 */
la_inline int la_load(struct __sk_buff *skb, __u32 off, void *to, __u32 len)
{
	return bpf_skb_load_bytes(skb, off, to, len);
}
/*
 * For a length known at run time only, 1 to max. The bound is set in assembly. There the compiler
 * can neither remove it nor move it to another register than the one that is passed to the call.
 */
la_inline int la_load_upto(struct __sk_buff *skb, __u32 off, void *to, __u64 len, __u32 max)
{
	asm volatile("if %[len] > 0 goto +1\n\t"
		     "%[len] = 1\n\t"
		     "if %[len] <= %[max] goto +1\n\t"
		     "%[len] = %[max]"
		     : [len] "+r"(len)
		     : [max] "i"(max));
	return bpf_skb_load_bytes(skb, off, to, len);
}
/* The packet's time; it goes round after 71 minutes. */
la_inline __u32 la_microseconds(const struct __sk_buff *skb)
{
	(void)skb;
	return bpf_ktime_get_ns() / 1000;
}
#define la_memset __builtin_memset
#else
#include <string.h>
#define la_subprog static inline
struct la_packet;
struct la_label;
struct la_src {
	const __u8 *data;
	__u32 len;
	/* see la_named(). NULL: no server is known */
	__u8 (*named)(const struct la_src *src, const struct la_packet *p, struct la_label *l);
	void *arg; /* for named() */
	__u64 time; /* of the packet, ns */
};
la_inline __u32 la_microseconds(const struct la_src *src)
{
	return (__u32)(src->time / 1000);
}
la_inline int la_load(const struct la_src *src, __u32 off, void *to, __u32 len)
{
	if (off > 0xffff || off > src->len || len > src->len - off)
		return -14;
	memcpy(to, src->data + off, len);
	return 0;
}
la_inline int la_load_upto(const struct la_src *src, __u32 off, void *to, __u32 len, __u32 max)
{
	return la_load(src, off, to, len < max ? len : max);
}
#define la_memset memset
#endif

la_inline __u16 la_get16(const __u8 *b)
{
	return (__u16)(b[0] << 8 | b[1]);
}

la_inline __u32 la_get32(const __u8 *b)
{
	return (__u32)b[0] << 24 | (__u32)b[1] << 16 | (__u32)b[2] << 8 | b[3];
}

/*
 * What a protocol's recogniser reads: the first bytes of the transport's payload, and both ports.
 */
#define LA_WINDOW 96 /* with frames three deep in 512 bytes of stack there is no room for more */
struct la_window {
	__u8 b[LA_WINDOW] __attribute__((aligned(8))); /* zeros after len */
	__u32 len; /* bytes of b that are filled */
	__u32 total; /* length of the payload by its headers */
	__u16 sport;
	__u16 dport;
};

/*
 * Whether the n bytes at `at` (a multiple of 4) equal those of a literal. BPF has no memcmp(), and
 * a branch per byte costs the verifier too much. It compares words: the compiler would keep single
 * bytes on the stack, which has no room.
 */
la_inline int la_holds(const struct la_window *w, __u32 at, const char *literal, __u32 n)
{
	__u32 i, diff = 0;

#pragma GCC unroll 32
	for (i = 0; i < n; i += 4) {
		__u32 word, want = 0, mask = 0, left = n - i < 4 ? n - i : 4;

		__builtin_memcpy(&word, &w->b[at + i], 4);
		__builtin_memcpy(&want, literal + i, left);
		__builtin_memset(&mask, 0xff, left);
		diff |= (word & mask) ^ want;
	}
	return !diff && w->len >= at + n;
}
#define la_holds_at(w, at, literal) la_holds(w, at, literal, sizeof(literal) - 1)
#define la_starts(w, literal) la_holds_at(w, 0, literal)

#endif
