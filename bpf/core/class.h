/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a protocol's recogniser is told and what it answers. */
#ifndef LEAKAUDIT_CLASS_H
#define LEAKAUDIT_CLASS_H

#include "parse.h"

enum la_class_flags {
	LA_CF_FINAL = 1 << 0, /* payload has proven it: no later packet changes it */
	LA_CF_MESSAGE = 1 << 1, /* a query or request that is an event of its own */
	LA_CF_CLIENT = 1 << 2, /* proves that the sender is a torrent client */
	LA_CF_PAYLOAD = 1 << 3, /* there was payload to look at */
	LA_CF_HELLO = 1 << 4, /* of a TLS ClientHello: la_hello() has its name */
	LA_CF_QUIC = 1 << 5, /* a QUIC client's first datagram */
	LA_CF_HTTP = 1 << 6, /* a request begins here: see http.h */
	/* what is an event even where nothing of the flow has changed */
	LA_CF_TOLD = LA_CF_MESSAGE | LA_CF_HELLO | LA_CF_QUIC,
};

/* What a TLS ClientHello tells. */
struct la_hello {
	__u16 name_off; /* of the server's name in the source; 0: no name */
	__u16 more; /* where the hello goes on in the stream's next segment: how far behind the
		     * end of this one its next extension begins, plus one; 0: it ended here */
	__u8 name_len;
	__u8 alpn; /* enum la_alpn */
};

struct la_label {
	__u8 cls; /* enum la_class */
	__u8 detail; /* enum la_detail */
	__u8 flags; /* enum la_class_flags */
	__u8 torrent_owner; /* in: the owner has shown itself a torrent client */
	__u8 resolver; /* in: detail that the far end is known for, or none */
	__u8 was; /* in: class of the flow so far, enum la_class */
	struct la_hello hello; /* with LA_CF_HELLO, of la_hello() */
	__u32 scratch; /* in and out: a recogniser's memory of this flow */
};

la_inline int la_label(struct la_label *l, __u8 cls, __u8 detail, __u8 flags)
{
	l->cls = cls;
	l->detail = detail;
	l->flags = flags;
	return 1;
}

/* Hides a number from the compiler: it would make branches of what is written
 * without, and do one step for all bytes before the next, for which it has
 * neither registers nor stack. */
#define la_opaque(x) asm volatile("" : "+r"(x))

/* Between two recognisers: what one has read of the window is read anew by the next.
 * Kept for it, bytes pile up in stack that is not there. */
#define la_reread() asm volatile("" ::: "memory")

/* 1 where equal, without a branch, which would be two ways for the verifier at
 * each byte. */
la_inline __u64 la_same(__u64 a, __u64 b)
{
	__u64 diff = a ^ b, sign = -diff;

	la_opaque(sign);
	sign = (diff | sign) >> 63 ^ 1;
	la_opaque(sign);
	return sign;
}

/* Either end's port: a server's answers are as much a leak as the question. */
la_inline int la_port(const struct la_window *w, __u16 port)
{
	return w->dport == port || w->sport == port;
}

#endif
