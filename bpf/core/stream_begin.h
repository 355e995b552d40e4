/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a stream to any port begins with, in as many pieces as there are bytes: a question to a
 * resolver, whose length may come alone (RFC 7766 8), a message of STUN up to its cookie, a peer's
 * handshake.
 */
#ifndef LEAKAUDIT_STREAM_BEGIN_H
#define LEAKAUDIT_STREAM_BEGIN_H

#include "dns_message.h"
#include "stun.h"
#include "torrent.h"

#define LA_BEGINS 20 /* bytes of the longest beginning, a handshake's */
#define LA_BEGIN_WORDS 3

/*
 * The beginnings: as words of 8 bytes, the bits that count and their values; after how many bytes
 * it is which label. A query that wants recursion (RFC 1035 4.1.1) has AD and CD or not, and up to
 * three records: EDNS, a signature. What STUN has in front is in la_stun_tcp(). A binding is a
 * relay's message as well, and comes before it.
 */
#define LA_BEGINNINGS(X)                                                                           \
	X(0xffcfffff, 0x01000001, 0xfffffffffffc0000, 0, 0, 0, LA_DNS_BEGINS, LA_CLASS_DNS,        \
	  LA_DETAIL_DNS_TCP, LA_CF_MESSAGE)                                                        \
	X(~0ULL, 0x13426974546f7272, ~0ULL, 0x656e742070726f74, 0xffffffff00000000,                \
	  0x6f636f6c00000000, LA_BEGINS, LA_CLASS_TORRENT, LA_DETAIL_HANDSHAKE, LA_CLIENT)         \
	X(0xfeef0000ffffffff, 0x000100002112a442, 0, 0, 0, 0, 8, LA_CLASS_STUN, LA_DETAIL_BINDING, \
	  0)                                                                                       \
	X(0xfee00000ffffffff, 0x2112a442, 0, 0, 0, 0, 8, LA_CLASS_STUN, LA_DETAIL_TURN, 0)         \
	X(0xfeef0000ffff, 0x000100002112, 0xffff000000000000, 0xa442000000000000, 0, 0, 10,        \
	  LA_CLASS_STUN, LA_DETAIL_BINDING, 0)                                                     \
	X(0xfee00000ffff, 0x2112, 0xffff000000000000, 0xa442000000000000, 0, 0, 10, LA_CLASS_STUN, \
	  LA_DETAIL_TURN, 0)                                                                       \
	X(0xffff0000feef0000, 0x0200000000010000, 0xffffffff00000000, 0x2112a44200000000, 0, 0,    \
	  12, LA_CLASS_STUN, LA_DETAIL_BINDING, 0)                                                 \
	X(0xffff0000fee00000, 0x0200000000000000, 0xffffffff00000000, 0x2112a44200000000, 0, 0,    \
	  12, LA_CLASS_STUN, LA_DETAIL_TURN, 0)

/* The scratch of a stream that is like some of them so far: a bit for each, and how many bytes. */
#define LA_BEGUN (1U << 29)
#define LA_BEGUN_BYTES 0x1f
#define LA_BEGUN_LIKE 5

#define LA_DNS_BEGINS 15 /* the length, the header, the name's first byte */
#define LA_LIKE_DNS 1U /* its bit, the first */
#define LA_LIKE_ALL 0xffU

la_inline int la_has_begun(__u32 scratch)
{
	return scratch >> 29 == LA_BEGUN >> 29;
}

/* The bytes of word k that are among the first n, without a branch. */
la_inline __u64 la_begin_first(__u32 n, __u32 k)
{
	__u64 some = ~0ULL << ((64 - 8 * (n - 8 * k)) & 63);

	return -la_less(8 * k, n) & (-la_less(8 * k + 7, n) | some);
}

/* 1 if the word differs in what counts. */
la_inline __u64 la_begin_differs(__u64 word, __u64 here, __u64 care, __u64 is)
{
	return care ? 1 ^ la_same((word ^ is) & care & here, 0) : 0;
}

/* A bit for each beginning from which the stream differs between `seen` and `until`. */
la_inline __u32 la_begin_unlike(const __u8 *b, __u32 seen, __u32 until)
{
	__u64 word, here, unlike = 0;
	__u32 bit, k;

#define LA_UNLIKE(care0, is0, care1, is1, care2, is2, ...)                         \
	unlike |= la_begin_differs(word, here, k ? k == 1 ? care1 : care2 : care0, \
				   k ? k == 1 ? is1 : is2 : is0)                   \
		  << bit++;                                                        \
	la_opaque(unlike);
#pragma GCC unroll 3
	for (k = 0; k < LA_BEGIN_WORDS; k++) {
		word = (__u64)la_get32(&b[8 * k]) << 32 | la_get32(&b[8 * k + 4]);
		here = la_begin_first(until, k) & ~la_begin_first(seen, k);
		la_opaque(word); /* else its bytes stay on the stack */
		la_opaque(here);
		bit = 0;
		LA_BEGINNINGS(LA_UNLIKE)
	}
#undef LA_UNLIKE
	return unlike;
}

/* Labels a stream of which `until` bytes are there, if that is a whole beginning. */
la_inline int la_begin_label(__u32 like, __u32 until, struct la_label *l)
{
	__u32 bit = 0;

#define LA_LABEL(care0, is0, care1, is1, care2, is2, bytes, cls, detail, flags) \
	if (like >> bit++ & 1 && until >= (bytes))                              \
		return la_label(l, cls, detail, flags);
	LA_BEGINNINGS(LA_LABEL)
#undef LA_LABEL
	return 0;
}

/* Whether the length may be that of a question, which without a further record is short. */
la_inline int la_dns_fits_length(const __u8 *b, __u32 until)
{
	__u16 len = la_get16(b);

	return until < 2 || (len >= 12 + 5 && (len <= 12 + 255 + 4 || until < 14 || b[13]));
}

/* What follows the header: a name that no multicast resolves, as far as it is there. */
la_inline int la_dns_goes_on(struct la_src *src, __u32 at, __u32 end)
{
	__u64 name = la_dns_name(src, at, end);
	__u8 b[12] = {};

	if (name == LA_DNS_CUT)
		return 1;
	at = la_dns_name_end(name);
	if (!at || at > 0xf000 || name & LA_DNS_POINTER ||
	    la_dns_is_local(src, name >> 16 & 0xffff, b))
		return 0;
	return at + 4 > end || (!la_load(src, at, b, 4) && la_dns_asks_of(b));
}

/* Whether by the end of this segment one of these has begun, which then is its label. */
la_subprog int la_stream_begins(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	__u8 b[8 * LA_BEGIN_WORDS] = {};
	__u32 at, seen, until, like;

	if (!p || !l || (l->scratch && !la_has_begun(l->scratch)))
		return 0;
	seen = l->scratch & LA_BEGUN_BYTES;
	like = (seen ? l->scratch >> LA_BEGUN_LIKE : ~0U) & LA_LIKE_ALL;
	until = seen + p->payload_len;
	at = p->base + p->payload_off - seen; /* headers are before it, not what was sent before */
	l->scratch = 0;
	if (at > 0xf000 || la_load_upto(src, at, b, until, LA_BEGINS))
		return 0;
	like &= ~la_begin_unlike(b, seen, until);
	if (!seen && !la_dns_fits_length(b, until))
		like &= ~LA_LIKE_DNS;
	if (like & LA_LIKE_DNS && until >= LA_DNS_BEGINS &&
	    !la_dns_goes_on(src, at + LA_DNS_BEGINS - 1, at + until))
		return 0;
	/* others that come in one piece were told by it */
	if (la_begin_label(seen ? like : like & LA_LIKE_DNS, until, l))
		return 1;
	if (like && until < LA_BEGINS)
		l->scratch = LA_BEGUN | like << LA_BEGUN_LIKE | until;
	return 0;
}

/*
 * What asks a resolver on a port that is not the resolvers'. Names by multicast have ports
 * of their own, to which one host may be asked alone (RFC 6762 5.5, RFC 4795 2.4); beyond
 * the link nobody answers such a question but a resolver.
 */
la_inline int la_classify_question(struct la_src *src, const struct la_packet *p,
				   struct la_label *l)
{
	int beyond;

	if (!la_is_unicast(&p->key))
		return 0;
	if (p->key.proto == LA_PROTO_TCP)
		return la_stream_begins(src, p, l) && l->cls == LA_CLASS_DNS;
	beyond = l->detail == LA_DETAIL_MDNS && l->flags & LA_CF_MESSAGE && p->key.dport == 5353 &&
		 la_is_global(&p->key);
	return (beyond || la_dns_here(src, p) == LA_DNS_TO_RESOLVER) &&
	       la_dns_label(p, l, LA_CF_MESSAGE);
}

#endif
