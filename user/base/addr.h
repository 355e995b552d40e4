/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes. IPv4 is stored in its IPv6 form, so the same code handles both. */
#pragma once

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/event.h"

/* A prefix. len counts bits of addr: an IPv4 /24 has 120. */
struct link_prefix {
	struct la_addr addr;
	uint8_t len; /* 0..128 */
};

#define ADDR_V4_BITS 96 /* bits before an IPv4 address in its IPv6 form */

static inline struct la_addr addr_from_4(const void *four)
{
	struct la_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	memcpy(&a.b[12], four, 4);
	return a;
}

static inline bool addr_equal(const struct la_addr *a, const struct la_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* All zero: no address, or every one, of either family. IPv4's 0.0.0.0 in its IPv6 form is not. */
static inline bool addr_is_any(const struct la_addr *a)
{
	return !(a->q[0] | a->q[1]);
}

static inline struct la_addr addr_mask(unsigned int len)
{
	struct la_addr m = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(m.b) && len > i * 8; i++)
		m.b[i] = len >= i * 8 + 8 ? 0xff : (uint8_t)(0xff00 >> (len - i * 8));
	return m;
}

static inline struct la_addr addr_and(const struct la_addr *a, const struct la_addr *mask)
{
	return (struct la_addr){ .q = { a->q[0] & mask->q[0], a->q[1] & mask->q[1] } };
}

static inline bool prefix_has(const struct link_prefix *p, const struct la_addr *a)
{
	struct la_addr mask = addr_mask(p->len);
	struct la_addr left = addr_and(a, &mask), right = addr_and(&p->addr, &mask);

	return addr_equal(&left, &right);
}

/* Returns the family of the text, 4 or 6. 0: not an address. */
static inline unsigned int addr_parse(const char *s, struct la_addr *ret)
{
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1) {
		*ret = addr_from_4(four);
		return 4;
	}
	return inet_pton(AF_INET6, s, ret->b) == 1 ? 6 : 0;
}

/* 4 or 6 */
static inline unsigned int addr_family(const struct la_addr *a)
{
	struct link_prefix mapped = { .addr = { .b = { [10] = 0xff, [11] = 0xff } },
				      .len = ADDR_V4_BITS };

	return prefix_has(&mapped, a) ? 4 : 6;
}
