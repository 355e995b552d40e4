/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "add.h"

#define X(sym, name, title, ...) [DIGEST_##sym] = { name, title, { __VA_ARGS__ } },
const struct digest_table_words digest_table_words[DIGEST_TABLE_MAX] = { DIGEST_TABLES(X) };
#undef X

static void note(struct digest_lines *l, const char *file, uint64_t number)
{
	if (!l->n++)
		snprintf(l->first, sizeof(l->first), "%s:%llu", file, (unsigned long long)number);
}

/* A run that is shown no more is in the sums all the same. */
static void settle(struct digest *d, const struct run *run)
{
	struct digest_sums *s = &d->sums;
	struct ends untold = { sum_over(&run->said.left, &run->told.left),
			       sum_over(&run->said.dropped, &run->told.dropped),
			       sum_over(&run->said.held, &run->told.held) };
	bool knows_inside = run->has_summary || run->inside.packets > run->inside_told.packets;
	char why[sizeof(d->forgotten_why)];

	if (!run->has_summary) /* what its last heartbeat has held may have left since */
		untold.held = (struct la_sum){ 0, 0 };
	ends_add(&s->untold, &untold);
	sum_add(&s->possible, run->has_summary ? &run->possible : &run->possible_told);
	sum_add(&s->inside, knows_inside ? &run->inside : &run->inside_told);
	sum_add(&s->let_in, &run->let_in);
	sum_add(&s->kept_out, &run->kept_out);
	for (size_t i = 0; i < ARRAY_SIZE(s->exempt); i++)
		sum_add(&s->exempt[i], &run->exempt[i]);
	s->refused += MAX(run->refused, run->refused_told);
	s->bypasses += run->bypasses;
	s->left_scope += run->left_scope;
	s->watched += run->last - run->first;
	s->runs++;
	run_doubt(run, d->now, why, sizeof(why));
	s->unwhole += !!*why;
	if (run->down[0])
		outages_add_open(&d->outages, run->host, run->down, run->down_since, run->last);
}

static void on_forget(void *arg, struct run *run)
{
	struct digest *d = arg;

	settle(d, run);
	if (!d->forgotten_why[0])
		run_doubt(run, d->now, d->forgotten_why, sizeof(d->forgotten_why));
}

int digest_open(struct digest **ret)
{
	_cleanup_(digest_freep) struct digest *d = calloc(1, sizeof(*d));
	struct timespec now;
	struct tm tm;
	int r;

	if (!d)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	d->now = now.tv_sec * (int64_t)NSEC_PER_SEC + now.tv_nsec;
	d->first = INT64_MAX;
	d->last = d->day_quarter = INT64_MIN;
	r = recorded_open(&d->reader) ?: runs_open(&d->runs) ?: told_open(&d->told);
	if (!r)
		r = bins_open(&d->bins, localtime_r(&now.tv_sec, &tm) ? tm.tm_gmtoff : 0);
	for (size_t i = 0; i < DIGEST_TABLE_MAX && !r; i++)
		r = top_open(&d->tables[i]);
	if (r)
		return r;
	runs_on_forget(d->runs, on_forget, d);
	*ret = take_ptr(d);
	return 0;
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	recorded_free(d->reader);
	runs_free(d->runs);
	told_free(d->told);
	bins_close(&d->bins);
	for (size_t i = 0; i < DIGEST_TABLE_MAX; i++)
		top_free(d->tables[i]);
	free(d);
}

static int take(struct digest *d, const struct recorded *e)
{
	struct run *run = runs_of(d->runs, e);
	int r = run ? run_take(run, e) : -ENOMEM;

	if (r <= 0) {
		d->twice += !r;
		return r;
	}
	d->events++;
	d->first = MIN(d->first, e->time);
	d->last = MAX(d->last, e->time);
	if (e->host && !d->host[0])
		snprintf(d->host, sizeof(d->host), "%s", e->host);
	d->several_hosts |= e->host && strncmp(e->host, d->host, sizeof(d->host) - 1) != 0;
	return add_event(d, run, e);
}

int digest_line(struct digest *d, char *line, size_t len, const char *file, uint64_t number)
{
	struct recorded e;
	int r = recorded_read(d->reader, line, len, &e);

	d->lines++;
	d->bytes += len + 1;
	if (r == -ENOMSG)
		note(&d->foreign, file, number);
	else if (r)
		note(&d->broken, file, number);
	else if (e.action == RECORD_ACTION_MAX)
		note(&d->strange, file, number);
	return r ? 0 : take(d, &e);
}

void digest_broken(struct digest *d, const char *file, uint64_t number)
{
	d->lines++;
	note(&d->broken, file, number);
}

void digest_unread(struct digest *d, const char *file, const char *why)
{
	if (!d->unread.n++)
		snprintf(d->unread.first, sizeof(d->unread.first), "%s: %s", file, why);
}

void digest_end(struct digest *d)
{
	struct run *v;
	size_t n, i;

	v = runs_sorted(d->runs, &n);
	for (i = 0; i < n; i++)
		settle(d, &v[i]);
	d->sums.ends = d->told_ends;
	ends_add(&d->sums.ends, &d->sums.untold);
	outages_sort(&d->outages);
}
