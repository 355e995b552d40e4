/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "conclusion.h"

const char *conclusion_name(enum conclusion c)
{
	return c == CONCLUSION_LEAKED	 ? "Leaked"
	       : c == CONCLUSION_TOLD	 ? "Address told"
	       : c == CONCLUSION_UNSURE	 ? "Not certain"
	       : c == CONCLUSION_GOES_ON ? "No leak so far"
					 : "Nothing leaked";
}

void conclusion_time(struct text *t, int64_t ns)
{
	time_t second = ns / (int64_t)NSEC_PER_SEC;
	char words[32] = "";
	struct tm tm;

	if (localtime_r(&second, &tm))
		strftime(words, sizeof(words), "%Y-%m-%d %H:%M:%S", &tm);
	text_str(t, words);
}

void conclusion_sum(struct text *t, const struct la_sum *sum)
{
	text_count(t, sum->packets, "packet (", "packets (");
	text_bytes(t, sum->bytes);
	text_str(t, ")");
}

void conclusion_period(const struct digest *d, struct text *t)
{
	if (!d->events)
		return;
	conclusion_time(t, d->first);
	text_str(t, " to ");
	conclusion_time(t, d->last);
}

/* --- doubts --- */

/* So many runs are told one by one. */
#define RUNS_TOLD 5

struct doubts {
	conclusion_doubt_fn *fn;
	void *arg;
	size_t n, going_on; /* of n, runs that have not ended yet and are in order so far */
};

static void doubt(struct doubts *to, const char *fmt, ...) _printf_(2, 3);
static void doubt(struct doubts *to, const char *fmt, ...)
{
	char words[1024];
	struct text t;
	va_list ap;

	text_init(&t, words, sizeof(words));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	to->n++;
	if (to->fn)
		to->fn(to->arg, words);
}

static void doubt_run(struct doubts *to, const struct digest *d, const struct run *run,
		      const char *why)
{
	char when[64];
	struct text t;

	text_init(&t, when, sizeof(when));
	conclusion_time(&t, run->first);
	if (run_goes_on(run, d->now)) {
		to->going_on++;
		doubt(to, "the run of %s%s%s has no summary yet: it goes on, as it seems", when,
		      d->several_hosts ? " on " : "", d->several_hosts ? run->host : "");
		return;
	}
	doubt(to, "the run of %s%s%s is incomplete: %s", when, d->several_hosts ? " on " : "",
	      d->several_hosts ? run->host : "", why);
}

static void doubt_runs(struct doubts *to, struct digest *d)
{
	uint64_t told = 0;
	char why[512];
	struct run *v;
	size_t n, i;

	v = runs_sorted(d->runs, &n);
	for (i = 0; i < n && told < RUNS_TOLD; i++) {
		run_doubt(&v[i], d->now, why, sizeof(why));
		if (!*why)
			continue;
		doubt_run(to, d, &v[i], why);
		told++;
	}
	if (d->sums.unwhole > told)
		doubt(to, "%" PRIu64 " more runs are incomplete%s%s", d->sums.unwhole - told,
		      *d->forgotten_why ? ", one of them since " : "", d->forgotten_why);
}

static void doubt_lines(struct doubts *to, const struct digest *d)
{
	if (d->unread.n)
		doubt(to, "%" PRIu64 " of the files cannot be read to the end; %s", d->unread.n,
		      d->unread.first);
	if (d->broken.n == 1)
		doubt(to, "a line is broken: %s", d->broken.first);
	else if (d->broken.n)
		doubt(to, "%" PRIu64 " lines are broken, the first is %s", d->broken.n,
		      d->broken.first);
	if (d->strange.n)
		doubt(to,
		      "%" PRIu64 " events are of a kind that this version does not know, the "
		      "first is %s",
		      d->strange.n, d->strange.first);
}

static void doubt_all(struct digest *d, struct doubts *to)
{
	const struct digest_sums *s = &d->sums;

	if (!d->events)
		doubt(to, "there is no event of leakaudit");
	doubt_runs(to, d);
	doubt_lines(to, d);
	if (s->possible.packets)
		doubt(to, "%llu packets of resolvers may have been sent for what is watched",
		      (unsigned long long)s->possible.packets);
	if (told_forgotten(d->told))
		doubt(to,
		      "more than %u flows were open at a time: %" PRIu64
		      " of them may be counted twice",
		      TOLD_FLOWS_MAX, told_forgotten(d->told));
}

size_t conclusion_doubts(struct digest *d, conclusion_doubt_fn *fn, void *arg)
{
	struct doubts to = { .fn = fn, .arg = arg };

	doubt_all(d, &to);
	return to.n;
}

/* --- the sentences --- */

/* "mostly by aria2c, over eth0" */
static void say_most(struct digest *d, struct text *t)
{
	char buf[TOP_KEY_MAX];
	const char *parts[TOP_PARTS];
	struct top_row *v;
	size_t n;

	v = top_sorted(d->tables[DIGEST_PROCESSES], TOP_BY_SIZE, &n);
	if (!n || !v[0].ends.left.packets)
		return;
	top_parts(&v[0], buf, parts);
	text_add(t, ", %sby %s", n > 1 ? "most of it " : "", parts[0]);
	v = top_sorted(d->tables[DIGEST_LINES], TOP_BY_SIZE, &n);
	if (!n || !v[0].ends.left.packets)
		return;
	top_parts(&v[0], buf, parts);
	text_add(t, " over %s", parts[0]);
}

static void say_leaked(struct digest *d, struct text *t)
{
	const struct digest_sums *s = &d->sums;

	if (s->ends.left.packets) {
		conclusion_sum(t, &s->ends.left);
		text_str(t, " left outside the tunnel");
		say_most(d, t);
	}
	if (s->inside.packets) {
		text_str(t, s->ends.left.packets ? "; " : "");
		text_count(t, s->inside.packets,
			   "message through the tunnel told an exposed address",
			   "messages through the tunnel told an exposed address");
	}
	text_str(t, ". ");
}

static void say_stopped(const struct digest *d, struct text *t)
{
	const struct digest_sums *s = &d->sums;
	bool any = false;

	if (s->ends.dropped.packets) {
		conclusion_sum(t, &s->ends.dropped);
		text_str(t, s->ends.dropped.packets == 1 ? " was dropped" : " were dropped");
		any = true;
	}
	if (s->ends.held.packets) {
		text_str(t, any ? ", " : "");
		conclusion_sum(t, &s->ends.held);
		text_str(t, s->ends.held.packets == 1 ? " was held by something else"
						      : " were held by something else");
		any = true;
	}
	if (s->refused) {
		text_str(t, any ? ", " : "");
		text_count(t, s->refused, "connection or question was refused",
			   "connections or questions were refused");
		any = true;
	}
	text_str(t, any ? ". " : "");
}

static void say_outages(const struct digest *d, struct text *t)
{
	const struct outages *o = &d->outages;

	if (!o->count)
		return;
	text_str(t, "The tunnel was down ");
	if (o->count == 1)
		text_str(t, "once, for ");
	else
		text_add(t, "%" PRIu64 " times, for ", o->count);
	text_duration(t, o->ms * 1000000);
	if (o->count > 1)
		text_str(t, " in all");
	if (o->open && o->count == 1)
		text_str(t, ", and was still down at the end");
	else if (o->open)
		text_add(t, "; %" PRIu64 " of these ends are not told", o->open);
	text_str(t, ". ");
}

enum conclusion conclusion_say(struct digest *d, struct text *t)
{
	const struct digest_sums *s = &d->sums;
	bool leaked = s->ends.left.packets || s->inside.packets;
	struct doubts doubts = { .n = 0 };

	doubt_all(d, &doubts);
	if (leaked)
		say_leaked(d, t);
	else if (d->events)
		text_str(t, doubts.n > doubts.going_on ? "No leak is recorded. "
						       : "Nothing left outside the tunnel. ");
	else
		text_str(t, "There is nothing to report. ");
	say_stopped(d, t);
	say_outages(d, t);
	if (!doubts.n) {
		text_str(t, "All runs are complete.");
	} else if (doubts.n == doubts.going_on) {
		text_count(t, doubts.n, "run has not ended yet.", "runs have not ended yet.");
	} else {
		text_str(t, leaked ? "There may be more, for " : "It is in doubt, for ");
		text_count(t, doubts.n, "reason.", "reasons.");
	}
	return s->ends.left.packets	    ? CONCLUSION_LEAKED
	       : leaked			    ? CONCLUSION_TOLD
	       : doubts.n > doubts.going_on ? CONCLUSION_UNSURE
	       : doubts.n		    ? CONCLUSION_GOES_ON
					    : CONCLUSION_CLEAN;
}
