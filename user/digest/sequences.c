/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sequences.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

void sequences_clear(struct sequences *s)
{
	free(s->spans);
	*s = (struct sequences){ 0 };
}

/* The first span that ends at the number or behind it, or s->n. Mostly it is the last one. */
static size_t find(const struct sequences *s, uint64_t number)
{
	size_t low = 0, high = s->n;

	if (!s->n || s->spans[s->n - 1].last < number)
		return s->n;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->spans[mid].last < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void remove_at(struct sequences *s, size_t i)
{
	s->n--;
	memmove(&s->spans[i], &s->spans[i + 1], (s->n - i) * sizeof(*s->spans));
}

/* Gives up the oldest gap. */
static void join_oldest(struct sequences *s)
{
	s->spans[0].last = s->spans[1].last;
	remove_at(s, 1);
	s->rough = true;
}

static int insert_at(struct sequences *s, size_t i, uint64_t number)
{
	if (!GROW(s->spans, s->n))
		return -ENOMEM;
	memmove(&s->spans[i + 1], &s->spans[i], (s->n - i) * sizeof(*s->spans));
	s->spans[i] = (struct sequence_span){ number, number };
	s->n++;
	if (s->n > SEQUENCES_SPANS_MAX)
		join_oldest(s);
	return 1;
}

int sequences_add(struct sequences *s, uint64_t number)
{
	size_t i = find(s, number);
	bool follows = i > 0 && s->spans[i - 1].last + 1 == number;
	bool precedes = i < s->n && s->spans[i].first == number + 1;

	if (i < s->n && s->spans[i].first <= number)
		return 0;
	if (follows && precedes) {
		s->spans[i - 1].last = s->spans[i].last;
		remove_at(s, i);
	} else if (follows) {
		s->spans[i - 1].last = number;
	} else if (precedes) {
		s->spans[i].first = number;
	} else {
		return insert_at(s, i, number);
	}
	return 1;
}

uint64_t sequences_before(const struct sequences *s)
{
	return s->n ? s->spans[0].first - 1 : 0;
}

uint64_t sequences_missing(const struct sequences *s)
{
	uint64_t missing = 0;

	for (size_t i = 1; i < s->n; i++)
		missing += s->spans[i].first - s->spans[i - 1].last - 1;
	return missing;
}
