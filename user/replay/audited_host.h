/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses of a capture are the audited host's: as --local names them, or
 * learnt from the packets themselves, per family the one with the most peers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/fault.h"
#include "base/util.h"

struct audited_host;

int audited_host_open(struct audited_host **ret);
void audited_host_free(struct audited_host *l);

static inline void audited_host_freep(struct audited_host **l)
{
	audited_host_free(*l);
}

/* --local ADDR[/LEN]. -EINVAL, -ENOMEM. */
int audited_host_add(struct audited_host *l, const char *spec, struct fault *f);

/* Whether it is the host's own; loopback addresses always are. */
bool audited_host_has(const struct audited_host *l, const struct la_addr *a);

/* Whether an address of the family (4, 6) is known. */
bool audited_host_knows(const struct audited_host *l, unsigned int family);

/*
 * A packet to learn from. group: which of the host's sides it was seen on, 0 or
 * 1, each of which has addresses of its own. audited_host_learn_end() adds what was
 * learnt. 0 or -ENOMEM.
 */
int audited_host_learn(struct audited_host *l, unsigned int group, const struct la_addr *from,
		       const struct la_addr *to);
int audited_host_learn_end(struct audited_host *l);

/* "192.0.2.10, 2001:db8::10" */
void audited_host_tell(const struct audited_host *l, char *buf, size_t size);

/*
 * When all addresses are known: which destinations are on the LAN. Of a private
 * address that is its /24 (the usual size at home) or, of --local ADDR/LEN,
 * that prefix; of a unique local one its /64; and what no router passes on.
 */
int audited_host_settle(struct audited_host *l);
bool audited_host_is_onlink(const struct audited_host *l, const struct la_addr *a);
