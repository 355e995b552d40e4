/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of nftables that send copies of packets (dup, iptables' TEE), or the packets themselves,
 * from where no socket is known any more (fwd): nobody can tell any more who has sent them. Rules
 * for what came in by a device are none of these, but for what loopback brings back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "nl_read.h"

struct copies;

/* ns is borrowed and must outlive it. -ENOMEM. */
int copies_open(struct copies **ret, const struct netns *ns);
void copies_free(struct copies *c);

/*
 * Call it every second: whether there is one, or has been since. If so, name has what it does and
 * its table and chain. One that cannot be read may be one.
 */
bool copies_find(struct copies *c, char *name, size_t size);
/* Whether iptables-legacy may have a rule that copies packets: its target and its table are there. */
bool copies_find_legacy(struct copies *c);

/* The part that reads messages of the kernel: whether it is a rule that copies. */
#define COPIES_NAME 64
struct copies_rule {
	int family; /* NFPROTO_* */
	char table[COPIES_NAME], chain[COPIES_NAME];
	char does[16]; /* "": nothing of this kind */
};
bool copies_of_rule(const struct nlmsghdr *nlh, struct copies_rule *ret);

/* Whether it is the rule's chain, at a device's ingress that is not loopback's. */
bool copies_of_ingress(const struct nlmsghdr *nlh, const struct copies_rule *rule);
extern const struct nl_kind copies_rules_kind;
extern const struct nl_kind copies_ingress_kind;
