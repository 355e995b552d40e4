/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/text.h"

#define NONE UINT32_MAX
#define SLOTS (2 * TOP_ROWS_MAX)

struct top {
	struct top_row *v;
	size_t n;
	uint32_t heads[SLOTS];
	struct top_row other;
	bool has_other;
};

int top_open(struct top **ret)
{
	struct top *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	memset(t->heads, 0xff, sizeof(t->heads));
	*ret = t;
	return 0;
}

static void clear_from(struct top *t, size_t n)
{
	while (t->n > n)
		free(t->v[--t->n].key);
}

void top_free(struct top *t)
{
	if (!t)
		return;
	clear_from(t, 0);
	free(t->v);
	free(t);
}

static uint32_t *head_of(struct top *t, const char *key)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3ULL;
	return &t->heads[(hash ^ hash >> 32) % SLOTS];
}

static void chain_all(struct top *t)
{
	memset(t->heads, 0xff, sizeof(t->heads));
	for (size_t i = 0; i < t->n; i++) {
		uint32_t *head = head_of(t, t->v[i].key);

		t->v[i].chained = *head;
		*head = (uint32_t)i;
	}
}

static int compare(uint64_t x, uint64_t y)
{
	return (x < y) - (x > y);
}

/* What left first; then what was stopped, and then how often it was told. */
static int by_size(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	return compare(x->ends.left.bytes, y->ends.left.bytes)
		       ?: compare(x->ends.left.packets, y->ends.left.packets)
		       ?: compare(x->ends.dropped.bytes + x->ends.held.bytes,
				  y->ends.dropped.bytes + y->ends.held.bytes)
		       ?: compare(x->ends.dropped.packets + x->ends.held.packets,
				  y->ends.dropped.packets + y->ends.held.packets)
		       ?: compare(x->events, y->events) ?: strcmp(x->key, y->key);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct top_row *)a)->key, ((const struct top_row *)b)->key);
}

struct top_row *top_sorted(struct top *t, enum top_order order, size_t *n)
{
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), order == TOP_BY_SIZE ? by_size : by_key);
	chain_all(t);
	*n = t->n;
	return t->v;
}

/* The smaller half goes at once, so that sorting is rare. */
static void make_room(struct top *t)
{
	size_t n, i;

	top_sorted(t, TOP_BY_SIZE, &n);
	for (i = n / 2; i < n; i++) {
		ends_add(&t->other.ends, &t->v[i].ends);
		t->other.events += t->v[i].events;
	}
	t->has_other = true;
	clear_from(t, n / 2);
	chain_all(t);
}

static struct top_row *add_row(struct top *t, const char *key)
{
	struct top_row *row;
	uint32_t *head;

	if (t->n == TOP_ROWS_MAX)
		make_room(t);
	if (!GROW(t->v, t->n))
		return NULL;
	row = &t->v[t->n];
	*row = (struct top_row){ .key = strdup(key) };
	if (!row->key)
		return NULL;
	head = head_of(t, key);
	row->chained = *head;
	*head = (uint32_t)t->n++;
	return row;
}

struct top_row *top_row(struct top *t, const char *const *parts, size_t n)
{
	char key[TOP_KEY_MAX];
	struct text words;
	uint32_t i;

	text_init(&words, key, sizeof(key));
	for (size_t k = 0; k < n; k++) {
		const char *part = parts[k] ?: "";
		const char *end = strchrnul(part, TOP_BREAK);

		if (k)
			text_put(&words, (const char[]){ TOP_BREAK }, 1);
		text_put(&words, part, (size_t)(end - part));
	}
	for (i = *head_of(t, key); i != NONE; i = t->v[i].chained)
		if (!strcmp(t->v[i].key, key))
			return &t->v[i];
	return add_row(t, key);
}

void top_parts(const struct top_row *row, char *buf, const char *parts[TOP_PARTS])
{
	char *at = buf;

	strncpy(buf, row->key, TOP_KEY_MAX - 1);
	buf[TOP_KEY_MAX - 1] = '\0';
	for (size_t i = 0; i < TOP_PARTS; i++) {
		char *end = strchrnul(at, TOP_BREAK);

		parts[i] = at;
		at = *end ? end + 1 : end;
		*end = '\0';
	}
}

const struct top_row *top_other(const struct top *t)
{
	return t->has_other ? &t->other : NULL;
}
