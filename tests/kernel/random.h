/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that look random and are the same for the same seed everywhere. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline void random_seed(struct random *r, uint64_t seed)
{
	r->state = seed ^ 0x9e3779b97f4a7c15; /* 0 would stay 0 */
	if (!r->state)
		r->state = 1;
}

/* xorshift64*, Vigna 2016 */
static inline uint32_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)(r->state * 0x2545f4914f6cdd1d >> 32);
}

static inline uint32_t random_below(struct random *r, uint32_t n)
{
	return (uint32_t)((uint64_t)random_next(r) * n >> 32);
}

/* One time in n. */
static inline int random_once_in(struct random *r, uint32_t n)
{
	return !random_below(r, n);
}

static inline uint16_t random_16(struct random *r)
{
	return (uint16_t)random_next(r);
}

static inline void random_bytes(struct random *r, uint8_t *to, size_t n)
{
	while (n--)
		*to++ = (uint8_t)random_next(r);
}

#define random_of(r, array) ((array)[random_below(r, sizeof(array) / sizeof((array)[0]))])
