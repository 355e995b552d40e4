/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MINUTE 60LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Each is a multiple of the one before, so that bins can be joined. */
static const int64_t widths[] = { 1,	    10,	 MINUTE,  5 * MINUTE, 15 * MINUTE, HOUR,
				  6 * HOUR, DAY, 7 * DAY, 35 * DAY,   350 * DAY,   3500 * DAY };

int bins_open(struct bins *t, int64_t offset)
{
	*t = (struct bins){ .offset = offset };
	t->v = calloc(BINS_MAX, sizeof(*t->v));
	return t->v ? 0 : -ENOMEM;
}

void bins_close(struct bins *t)
{
	free(t->v);
	*t = (struct bins){ 0 };
}

int64_t bins_width(const struct bins *t)
{
	return widths[t->step];
}

int64_t bins_begin(const struct bins *t, int64_t number)
{
	return number * widths[t->step] - t->offset;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void bin_add(struct bin *to, const struct bin *what)
{
	for (size_t i = 0; i < LA_CLASS_MAX; i++)
		sum_add(&to->left[i], &what->left[i]);
	sum_add(&to->stopped, &what->stopped);
	to->events += what->events;
}

static void widen(struct bins *t)
{
	int64_t factor = widths[t->step + 1] / widths[t->step];
	size_t i, n = 0;

	t->step++;
	for (i = 0; i < t->n; i++) {
		int64_t number = floor_div(t->v[i].number, factor);

		if (n && t->v[n - 1].number == number) {
			bin_add(&t->v[n - 1], &t->v[i]);
			continue;
		}
		t->v[n] = t->v[i];
		t->v[n++].number = number;
	}
	t->n = n;
}

/* The first bin that is not before that number. Mostly it is the last one. */
static size_t find(const struct bins *t, int64_t number)
{
	size_t low = 0, high = t->n;

	if (!t->n || t->v[t->n - 1].number < number)
		return t->n;
	if (t->v[t->n - 1].number == number)
		return t->n - 1;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (t->v[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct bin *bins_at(struct bins *t, int64_t time)
{
	int64_t second = floor_div(time, (int64_t)NSEC_PER_SEC) + t->offset, number;
	size_t i;

	for (;;) {
		number = floor_div(second, widths[t->step]);
		i = find(t, number);
		if ((i < t->n && t->v[i].number == number) || t->n < BINS_MAX ||
		    t->step + 1 == ARRAY_SIZE(widths))
			break;
		widen(t);
	}
	if (i < t->n && t->v[i].number == number)
		return &t->v[i];
	if (t->n == BINS_MAX) /* not within the years that an event may be of */
		return &t->v[t->n - 1];
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(*t->v));
	t->v[i] = (struct bin){ .number = number };
	t->n++;
	return &t->v[i];
}

size_t bins_fit(struct bins *t, size_t most)
{
	while (t->n && (uint64_t)(t->v[t->n - 1].number - t->v[0].number) >= most &&
	       t->step + 1 < ARRAY_SIZE(widths))
		widen(t);
	return t->n ? (size_t)(t->v[t->n - 1].number - t->v[0].number) + 1 : 0;
}
