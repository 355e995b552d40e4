/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rows.h"

#include <string.h>

#include "base/text.h"

#define OTHERS "all others"

const char *rows_counted(enum digest_table t)
{
	return t == DIGEST_QUESTIONS ? "left" : t == DIGEST_TOLD ? "messages" : NULL;
}

bool rows_are(struct digest *d, enum digest_table t, size_t least)
{
	size_t n;

	top_sorted(d->tables[t], TOP_BY_SIZE, &n);
	return n >= least;
}

static void also(struct text *t, const char *before, const char *part)
{
	if (!*part)
		return;
	text_add(t, "%s%s%s", t->len ? ", " : "", before, part);
}

/* What the name alone does not say. */
static void say_detail(const struct digest *d, enum digest_table t, const struct top_row *row,
		       struct shown_row *to)
{
	const char *const *p = to->parts;
	struct text words;

	text_init(&words, to->detail, sizeof(to->detail));
	/* first, since a narrow table has no room for all */
	if (d->several_hosts && (t == DIGEST_PROCESSES || t == DIGEST_LINES || t == DIGEST_SCOPES))
		also(&words, "on ", p[1]);
	switch (t) {
	case DIGEST_PROCESSES:
		also(&words, "pid ", row->note);
		also(&words, "user ", p[5]);
		also(&words, "", p[3]);
		also(&words, "container ", p[4]);
		also(&words, "", p[2]);
		break;
	case DIGEST_LINES:
		also(&words, "in ", p[2]);
		break;
	case DIGEST_DESTINATIONS:
		also(&words, "port ", p[1]);
		also(&words, "", p[2]);
		break;
	case DIGEST_QUESTIONS:
		also(&words, "", p[1]);
		also(&words, "by ", row->note);
		break;
	case DIGEST_CLASSES:
		also(&words, "", p[1]);
		break;
	case DIGEST_TOLD:
		also(&words, "", p[1]);
		also(&words, "by ", p[2]);
		also(&words, "pid ", row->note);
		break;
	default:
		break;
	}
}

static void show(const struct digest *d, enum digest_table t, const struct top_row *row,
		 shown_row_fn *fn, void *arg)
{
	struct shown_row shown = { .ends = row->ends,
				   .events = row->events,
				   .at_least = top_other(d->tables[t]) != NULL };
	char buf[TOP_KEY_MAX];

	top_parts(row, buf, shown.parts);
	shown.name = *shown.parts[0] ? shown.parts[0] : "unknown";
	say_detail(d, t, row, &shown);
	fn(arg, &shown);
}

/*
 * Moving a flow to another class leaves rows of nothing behind. Of a process that is worth a row:
 * its connections were refused.
 */
static bool is_empty(const struct top_row *row, enum digest_table t)
{
	return t != DIGEST_PROCESSES && !row->ends.left.packets && !row->ends.dropped.packets &&
	       !row->ends.held.packets;
}

void rows_each(struct digest *d, enum digest_table t, size_t most, shown_row_fn *fn, void *arg)
{
	struct shown_row rest = { .name = OTHERS };
	const struct top_row *other = top_other(d->tables[t]);
	bool days = t == DIGEST_DAYS;
	struct top_row *v;
	size_t n, i, from, shown = 0;

	v = top_sorted(d->tables[t], days ? TOP_BY_KEY : TOP_BY_SIZE, &n);
	from = days && n > most ? n - most : 0; /* the latest days */
	for (i = 0; i < n; i++) {
		if (is_empty(&v[i], t))
			continue;
		if (i >= from && shown < most) {
			show(d, t, &v[i], fn, arg);
			shown++;
			continue;
		}
		ends_add(&rest.ends, &v[i].ends);
		rest.events += v[i].events;
		rest.rows++;
		rest.others = true;
	}
	if (other) { /* the same one may have become that several times */
		rest.rows = 0;
		rest.others = true;
		ends_add(&rest.ends, &other->ends);
		rest.events += other->events;
	}
	for (i = 0; i < TOP_PARTS; i++)
		rest.parts[i] = "";
	if (rest.others)
		fn(arg, &rest);
}
