/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of the audited host in a capture. They are given by --local, or learnt from the
 * packets (whose.h).
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

/* Parses --local ADDR[/LEN]. -EINVAL, -ENOMEM. */
int audited_host_add(struct audited_host *l, const char *spec, struct fault *f);

/* Whether the address is the host's own. Loopback addresses always are. */
bool audited_host_has(const struct audited_host *l, const struct la_addr *a);

/* Copies up to max of its addresses that were named or learnt one by one. Returns their number. */
size_t audited_host_addrs(const struct audited_host *l, struct la_addr *to, size_t max);

/* Addresses and prefixes that it has; at least one, and never fewer than before. */
uint32_t audited_host_count(const struct audited_host *l);

/* Whether an address of the family (4 or 6) is known. */
bool audited_host_knows(const struct audited_host *l, unsigned int family);

/* Adds an address that was learnt, unless it is the host's already. 0 or -ENOMEM. */
int audited_host_adopt(struct audited_host *l, const struct la_addr *a);

/* Writes "192.0.2.10, 2001:db8::10". */
void audited_host_format(const struct audited_host *l, char *buf, size_t size);

/*
 * Call it when an address is added: computes which destinations are on the LAN. A private
 * address without a length gets its /24 (the usual size at home). --local ADDR/LEN gets that
 * prefix, a unique local address its /64. Addresses that no router forwards are on the LAN, too. 0
 * or -ENOMEM.
 */
int audited_host_set_lan(struct audited_host *l);
bool audited_host_is_onlink(const struct audited_host *l, const struct la_addr *a);
