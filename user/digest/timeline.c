/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MINUTE 60LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Each is a multiple of the one before, so that slots can be joined. */
static const int64_t widths[] = { 1,	    10,	 MINUTE,  5 * MINUTE, 15 * MINUTE, HOUR,
				  6 * HOUR, DAY, 7 * DAY, 35 * DAY,   350 * DAY,   3500 * DAY };

int timeline_open(struct timeline *t, int64_t offset)
{
	*t = (struct timeline){ .offset = offset };
	t->v = calloc(TIMELINE_SLOTS_MAX, sizeof(*t->v));
	return t->v ? 0 : -ENOMEM;
}

void timeline_close(struct timeline *t)
{
	free(t->v);
	*t = (struct timeline){ 0 };
}

int64_t timeline_width(const struct timeline *t)
{
	return widths[t->step];
}

int64_t timeline_begin(const struct timeline *t, int64_t number)
{
	return number * widths[t->step] - t->offset;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void slot_add(struct timeline_slot *to, const struct timeline_slot *what)
{
	for (size_t i = 0; i < LA_CLASS_MAX; i++)
		sum_add(&to->left[i], &what->left[i]);
	sum_add(&to->stopped, &what->stopped);
	to->events += what->events;
}

static void widen(struct timeline *t)
{
	int64_t factor = widths[t->step + 1] / widths[t->step];
	size_t i, n = 0;

	t->step++;
	for (i = 0; i < t->n; i++) {
		int64_t number = floor_div(t->v[i].number, factor);

		if (n && t->v[n - 1].number == number) {
			slot_add(&t->v[n - 1], &t->v[i]);
			continue;
		}
		t->v[n] = t->v[i];
		t->v[n++].number = number;
	}
	t->n = n;
}

/* The first slot that is not before that number. Mostly it is the last one. */
static size_t find(const struct timeline *t, int64_t number)
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

struct timeline_slot *timeline_at(struct timeline *t, int64_t time)
{
	int64_t second = floor_div(time, (int64_t)NSEC_PER_SEC) + t->offset, number;
	size_t i;

	for (;;) {
		number = floor_div(second, widths[t->step]);
		i = find(t, number);
		if ((i < t->n && t->v[i].number == number) || t->n < TIMELINE_SLOTS_MAX ||
		    t->step + 1 == ARRAY_SIZE(widths))
			break;
		widen(t);
	}
	if (i < t->n && t->v[i].number == number)
		return &t->v[i];
	if (t->n == TIMELINE_SLOTS_MAX) /* not within the years that an event may be of */
		return &t->v[t->n - 1];
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(*t->v));
	t->v[i] = (struct timeline_slot){ .number = number };
	t->n++;
	return &t->v[i];
}

size_t timeline_fit(struct timeline *t, size_t most)
{
	while (t->n && (uint64_t)(t->v[t->n - 1].number - t->v[0].number) >= most &&
	       t->step + 1 < ARRAY_SIZE(widths))
		widen(t);
	return t->n ? (size_t)(t->v[t->n - 1].number - t->v[0].number) + 1 : 0;
}
