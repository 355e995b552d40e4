/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses of a capture are the audited host's: as --local names them, or
 * learnt from the packets themselves, per family the one with the most peers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/util.h"

#define LOCAL_MSG_MAX 256

struct local;

int local_open(struct local **ret);
void local_free(struct local *l);

static inline void local_freep(struct local **l)
{
	local_free(*l);
}

/* --local ADDR[/LEN]. -EINVAL: msg says what is wrong and what would be right. */
int local_add(struct local *l, const char *spec, char *msg, size_t size);

/* Whether it is the host's own; loopback addresses always are. */
bool local_has(const struct local *l, const struct la_addr *a);

/* Whether an address of the family (4, 6) is known. */
bool local_knows(const struct local *l, unsigned int family);

/*
 * A packet to learn from. group: which of the host's sides it was seen on, 0 or
 * 1, each of which has addresses of its own. local_learn_end() adds what was
 * learnt. 0 or -ENOMEM.
 */
int local_learn(struct local *l, unsigned int group, const struct la_addr *from,
		const struct la_addr *to);
int local_learn_end(struct local *l);

/* "192.0.2.10, 2001:db8::10" */
void local_tell(const struct local *l, char *buf, size_t size);

/*
 * When all addresses are known: which destinations are on the LAN. Of a private
 * address that is its /24 (the usual size at home) or, of --local ADDR/LEN,
 * that prefix; of a unique local one its /64; and what no router passes on.
 */
int local_settle(struct local *l);
bool local_is_onlink(const struct local *l, const struct la_addr *a);
