/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Input and output of a protocol's recogniser. */
#ifndef LEAKAUDIT_CLASS_H
#define LEAKAUDIT_CLASS_H

#include "parse.h"

enum la_class_flags {
	LA_CF_FINAL = 1 << 0, /* proven by payload: no later packet changes it */
	LA_CF_MESSAGE = 1 << 1, /* a query or request that is reported as an event */
	LA_CF_CLIENT = 1 << 2, /* proves that the sender is a torrent client */
	LA_CF_PAYLOAD = 1 << 3, /* the packet had payload */
	LA_CF_HELLO = 1 << 4, /* a TLS ClientHello: la_hello() reads its name */
	LA_CF_QUIC = 1 << 5, /* the first datagram of a QUIC client */
	LA_CF_HTTP = 1 << 6, /* an HTTP request begins here, see http.h */
	LA_CF_UTP = 1 << 7, /* may be uTP: la_utp_follow() compares it with the flow's last one */
	/* reported even if nothing of the flow has changed */
	LA_CF_REPORTED = LA_CF_MESSAGE | LA_CF_HELLO | LA_CF_QUIC,
};

/* What a TLS ClientHello contains. */
struct la_hello {
	__u16 name_off; /* offset of the server's name in the source; 0: no name */
	/*
	 * for a hello that continues in the stream's next segment: the distance from the end of
	 * this one to its next extension, plus one; 0: it ended here
	 */
	__u16 more;
	__u8 name_len;
	__u8 alpn; /* enum la_alpn */
};

struct la_label {
	__u8 cls; /* enum la_class */
	__u8 detail; /* enum la_detail */
	__u8 flags; /* enum la_class_flags */
	__u8 torrent_owner; /* in: the owner is known as a torrent client */
	__u8 resolver; /* in: the detail for which the remote address is known, or none */
	__u8 was; /* in: the flow's class so far, enum la_class */
	struct la_hello hello; /* with LA_CF_HELLO: filled by la_hello() */
	__u32 scratch; /* in and out: state that a recogniser keeps for the flow */
};

la_inline int la_label(struct la_label *l, __u8 cls, __u8 detail, __u8 flags)
{
	l->cls = cls;
	l->detail = detail;
	l->flags = flags;
	return 1;
}

/*
 * Hides a number from the compiler. Otherwise it turns branchless code into branches, and computes
 * one step for all bytes before the next step, for which BPF has neither registers nor stack.
 */
#define la_opaque(x) asm volatile("" : "+r"(x))

/*
 * Makes the next recogniser read the window again. Otherwise the compiler keeps bytes on the stack,
 * which has no room.
 */
#define la_reread() asm volatile("" ::: "memory")

/* 1 if equal, without a branch: for the verifier a branch at each byte would be two paths. */
la_inline __u64 la_same(__u64 a, __u64 b)
{
	__u64 diff = a ^ b, sign = -diff;

	la_opaque(sign);
	sign = (diff | sign) >> 63 ^ 1;
	la_opaque(sign);
	return sign;
}

/* 1 if a is less than b, without a branch. Both are less than 2^63. */
la_inline __u64 la_less(__u64 a, __u64 b)
{
	__u64 diff = a - b;

	la_opaque(diff);
	return diff >> 63;
}

/* Whether either port matches: a server's answers are a leak like the query. */
la_inline int la_port(const struct la_window *w, __u16 port)
{
	return w->dport == port || w->sport == port;
}

/* The ports that are a resolver's alone: RFC 1035, and encrypted RFC 7858 and RFC 9250. */
la_inline int la_is_resolver_port(__u16 port)
{
	return port == 53 || port == 853;
}

#endif
