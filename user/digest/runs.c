/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/text.h"

struct runs {
	struct run *v;
	size_t n;
	size_t latest; /* whose event was the last one: the next is mostly of it, too */
	uint32_t numbers; /* given so far */
	runs_forget_fn *forget;
	void *arg;
};

int runs_open(struct runs **ret)
{
	struct runs *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*ret = r;
	return 0;
}

void runs_free(struct runs *r)
{
	if (!r)
		return;
	while (r->n)
		sequences_clear(&r->v[--r->n].sequences);
	free(r->v);
	free(r);
}

void runs_on_forget(struct runs *r, runs_forget_fn *fn, void *arg)
{
	r->forget = fn;
	r->arg = arg;
}

static void keep_string(char *to, size_t size, const char *s)
{
	if (s && !*to)
		snprintf(to, size, "%s", s);
}

/* One that has ended goes before one that has not. */
static size_t oldest(const struct runs *r)
{
	size_t i, found = 0;

	for (i = 1; i < r->n; i++) {
		const struct run *a = &r->v[i], *b = &r->v[found];

		if (a->has_summary != b->has_summary ? a->has_summary : a->last < b->last)
			found = i;
	}
	return found;
}

/* NULL: no memory. */
static struct run *new_run(struct runs *r)
{
	size_t i;

	if (r->n == RUNS_MAX) {
		i = oldest(r);
		r->forget(r->arg, &r->v[i]);
		sequences_clear(&r->v[i].sequences);
		return &r->v[i];
	}
	return GROW(r->v, r->n) ? &r->v[r->n++] : NULL;
}

struct run *runs_of(struct runs *r, const struct recorded *e)
{
	const char *agent = e->agent ?: "";
	struct run *run;
	size_t i;

	if (r->latest < r->n && !strcmp(r->v[r->latest].agent, agent))
		return &r->v[r->latest];
	for (i = r->n; i-- > 0;) {
		if (!strcmp(r->v[i].agent, agent)) {
			r->latest = i;
			return &r->v[i];
		}
	}
	run = new_run(r);
	if (!run)
		return NULL;
	*run = (struct run){ .first = e->time, .last = e->time, .number = ++r->numbers };
	snprintf(run->agent, sizeof(run->agent), "%s", agent);
	r->latest = (size_t)(run - r->v);
	return run;
}

static int by_first(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

struct run *runs_sorted(struct runs *r, size_t *n)
{
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_first);
	r->latest = r->n;
	*n = r->n;
	return r->v;
}

/* --- one run --- */

static void take_lost(struct run *run, const struct recorded *e)
{
	run->lost.events = MAX(run->lost.events, e->lost.events);
	run->lost.flows = MAX(run->lost.flows, e->lost.flows);
	run->lost.output = MAX(run->lost.output, e->lost.output);
	run->lost.evidence = MAX(run->lost.evidence, e->lost.evidence);
}

/* Of a summary, or of the latest heartbeat. What is held may have left since the one before. */
static void take_sums(struct run *run, const struct recorded *e)
{
	run->said = (struct ends){ e->sum.left, e->sum.dropped, e->sum.held };
	run->inside = e->sum.inside;
	run->refused = MAX(run->refused, e->sum.refused);
	run->incomplete = e->complete != RECORDED_TRUE;
	snprintf(run->why, sizeof(run->why), "%s", e->incomplete ?: "");
	take_lost(run, e);
}

/* Events may come in any order: what was told before a dropout's end is of that dropout. */
static void take_down(struct run *run, const struct recorded *e)
{
	if (e->time <= run->up_last)
		return;
	if (!run->down[0] || e->time < run->down_since) {
		snprintf(run->down, sizeof(run->down), "%s", e->tunnel);
		run->down_since = e->time;
	}
	run->down_last = MAX(run->down_last, e->time);
}

static void take_up(struct run *run, int64_t time)
{
	run->up_last = MAX(run->up_last, time);
	if (run->down_last <= run->up_last)
		run->down[0] = '\0';
	else
		run->down_since = run->down_last;
}

static void take_tunnel(struct run *run, const struct recorded *e)
{
	if (!e->tunnel)
		return;
	if (e->action == RECORD_TUNNEL_DOWN)
		take_down(run, e);
	else if (e->action == RECORD_TUNNEL_UP &&
		 (!strcmp(run->down, e->tunnel) || e->dropout.since != RECORDED_NO_TIME))
		take_up(run, e->time);
}

static void take_summary(struct run *run, const struct recorded *e)
{
	int64_t begin = e->time - (int64_t)MIN(e->sum.duration_ns, (uint64_t)INT64_MAX / 4);

	take_sums(run, e);
	run->has_summary = true;
	run->possible = e->sum.possible;
	run->let_in = e->sum.let_in;
	run->kept_out = e->sum.kept_out;
	memcpy(run->exempt, e->sum.exempt, sizeof(run->exempt));
	run->first = MIN(run->first, begin);
	if (e->sum.down == RECORDED_FALSE)
		take_up(run, e->time);
}

int run_take(struct run *run, const struct recorded *e)
{
	int r = e->sequence ? sequences_add(&run->sequences, e->sequence) : 1;

	if (r <= 0)
		return r;
	run->unnumbered |= !e->sequence || !e->agent;
	run->events++;
	run->first = MIN(run->first, e->time);
	run->last = MAX(run->last, e->time);
	keep_string(run->host, sizeof(run->host), e->host);
	keep_string(run->boot, sizeof(run->boot), e->boot);
	keep_string(run->version, sizeof(run->version), e->version);
	if (e->action == RECORD_READY) {
		keep_string(run->scope, sizeof(run->scope), e->scope);
		keep_string(run->guard, sizeof(run->guard), e->guard);
	} else if (e->action == RECORD_SUMMARY) {
		take_summary(run, e);
	} else if (e->action == RECORD_HEARTBEAT && !run->has_summary && e->time >= run->last) {
		take_sums(run, e);
	} else if (e->action == RECORD_LOST) {
		run->lost.events += run->has_summary ? 0 : e->lost.events;
		run->lost.flows += run->has_summary ? 0 : e->lost.flows;
		run->lost.output += run->has_summary ? 0 : e->lost.output;
		run->lost.evidence += run->has_summary ? 0 : e->lost.evidence;
	}
	run->bypasses += e->action == RECORD_BYPASS &&
			 (!e->verdict || strcmp(e->verdict, "dropped"));
	run->left_scope += e->action == RECORD_SCOPE_LEFT;
	take_tunnel(run, e);
	return 1;
}

/* Heartbeats come each minute; what has been silent for so long is over. */
#define SILENT_NS (5 * 60 * (int64_t)NSEC_PER_SEC)

/* What can be said of a run's end. */
enum run_end { RUN_ENDED, RUN_CUT_OFF, RUN_MAY_GO_ON };

static enum run_end end_of(const struct run *run, int64_t now)
{
	if (run->has_summary)
		return RUN_ENDED;
	return now >= run->last && now - run->last < SILENT_NS ? RUN_MAY_GO_ON : RUN_CUT_OFF;
}

static void also(struct text *t)
{
	if (t->len)
		text_str(t, "; ");
}

static void say_lost(const struct run *run, struct text *t)
{
	const struct {
		uint64_t n;
		const char *one, *many;
	} lost[] = {
		{ run->lost.events, "event was lost", "events were lost" },
		{ run->lost.flows, "packet has no flow", "packets have no flow" },
		{ run->lost.output, "line was not written", "lines were not written" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		if (!lost[i].n)
			continue;
		also(t);
		text_count(t, lost[i].n, lost[i].one, lost[i].many);
	}
}

static void say_missing(const struct run *run, struct text *t)
{
	uint64_t before = sequences_before(&run->sequences);
	uint64_t missing = sequences_missing(&run->sequences);

	if (before) {
		also(t);
		text_str(t, "its first ");
		text_count(t, before, "event is not here", "events are not here");
	}
	if (missing) {
		also(t);
		text_str(t, run->sequences.rough ? "at least " : "");
		text_count(t, missing, "event is missing", "events are missing");
	}
	if (run->unnumbered) {
		also(t);
		text_str(t, "events without a run or a number: what is missing or comes twice is "
			    "not known");
	}
}

/* What is wrong with it, whether it has ended or not. */
static void say_faults(const struct run *run, struct text *t)
{
	if (run->incomplete) {
		also(t);
		text_str(t, *run->why ? run->why : "it says that it is not complete");
	}
	say_lost(run, t);
	say_missing(run, t);
	if (run->bypasses) {
		also(t);
		text_count(t, run->bypasses, "socket sent past every hook",
			   "sockets sent past every hook");
	}
}

void run_doubt(const struct run *run, int64_t now, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	if (end_of(run, now) == RUN_CUT_OFF)
		text_str(&t, "it ended without its summary");
	else if (end_of(run, now) == RUN_MAY_GO_ON)
		text_str(&t, "its summary is not here: it may still run");
	say_faults(run, &t);
}

bool run_goes_on(const struct run *run, int64_t now)
{
	char buf[64];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	say_faults(run, &t);
	return end_of(run, now) == RUN_MAY_GO_ON && !t.len;
}
