/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What packets were before nat, as conntrack of a namespace has it. It is asked, and never loaded:
 * where the kernel has no conntrack there is no nat either.
 */
#pragma once

#include "core/event.h"
#include "nl_read.h"

struct conntrack;

/* ns is borrowed and must outlive it. -ENOENT: the kernel has no conntrack. -errno. */
int conntrack_open(struct conntrack **ret, const struct netns *ns);
void conntrack_free(struct conntrack *c);

static inline void conntrack_freep(struct conntrack **c)
{
	conntrack_free(*c);
}

/*
 * Calls fn for each connection that a packet may belong to which goes out with the addresses and
 * ports of `out`: with those that it came in with, and 0 in all other members. There is one at most
 * if the protocol has ports; else (ICMP) there may be several between the two hosts. Returns their
 * number or -errno.
 */
typedef void conntrack_fn(void *arg, const struct la_flow_key *in);
int conntrack_each(struct conntrack *c, const struct la_flow_key *out, conntrack_fn *fn, void *arg);

/* The part that reads messages of the kernel: whether it is such a connection. */
bool conntrack_read(const struct nlmsghdr *nlh, const struct la_flow_key *out,
		    struct la_flow_key *in);
extern const struct nl_kind conntrack_kind;
