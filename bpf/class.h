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
};

struct la_label {
	__u8 cls; /* enum la_class */
	__u8 detail; /* enum la_detail */
	__u8 flags; /* enum la_class_flags */
	__u8 torrent_owner; /* in: the owner has shown itself a torrent client */
	__u32 scratch; /* in and out: a recogniser's memory of this flow */
};

/* A label in one number: class, detail, flags, and from bit 32 the scratch. */
la_inline __u64 la_label_pack(const struct la_label *l)
{
	return (__u64)l->scratch << 32 | (__u32)l->flags << 16 | (__u32)l->detail << 8 | l->cls;
}

la_inline void la_label_unpack(__u64 packed, struct la_label *l)
{
	l->cls = packed;
	l->detail = (__u8)(packed >> 8);
	l->flags = (__u8)(packed >> 16);
	l->scratch = packed >> 32;
}

la_inline int la_label(struct la_label *l, __u8 cls, __u8 detail, __u8 flags)
{
	l->cls = cls;
	l->detail = detail;
	l->flags = flags;
	return 1;
}

/* Either end's port: a server's answers are as much a leak as the question. */
la_inline int la_port(const struct la_window *w, __u16 port)
{
	return w->dport == port || w->sport == port;
}

#endif
