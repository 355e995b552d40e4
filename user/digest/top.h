/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of the largest: rows by a key, with exact totals. Where there are more keys than rows,
 * the smallest become one row, "other"; what comes again of them begins anew, so that a row is then
 * too small, by what is in "other", and never too large.
 */
#pragma once

#include <stdbool.h>

#include "ends.h"
#include "base/util.h"

#define TOP_ROWS_MAX 4096U
#define TOP_KEY_MAX 1024U /* what is longer is cut */
#define TOP_PARTS 6 /* of a key */

struct top;

struct top_row {
	char *key; /* its parts, with TOP_BREAK between them */
	struct ends ends;
	uint64_t events;
	char note[32]; /* what the caller keeps of it */
	bool noted; /* the same */
	uint32_t chained; /* the next of the same hash */
};

#define TOP_BREAK '\x1f'

int top_open(struct top **ret);
void top_free(struct top *t);
static inline void top_freep(struct top **t)
{
	top_free(*t);
}

/* The row of a key of n parts, of which any may be NULL. Valid until the next call. NULL: no
 * memory. */
struct top_row *top_row(struct top *t, const char *const *parts, size_t n);

/* Splits a row's key: absent parts are "". buf holds TOP_KEY_MAX bytes. */
void top_parts(const struct top_row *row, char *buf, const char *parts[TOP_PARTS]);

/* Sorts the rows, the largest first, or by key, and returns them; their number in *n. */
enum top_order { TOP_BY_SIZE, TOP_BY_KEY };
struct top_row *top_sorted(struct top *t, enum top_order order, size_t *n);

/* What became "other". NULL: nothing did. */
const struct top_row *top_other(const struct top *t);
