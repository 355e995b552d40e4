/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "add.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static bool is(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

static unsigned int index_of(const char *name, const char *name_of(unsigned int), unsigned int max)
{
	unsigned int i;

	for (i = 0; i < max; i++) {
		const char *known = name_of(i);

		if (known && name && !strcmp(known, name))
			return i;
	}
	return 0;
}

/* --- the tables --- */

/* Of an event: what it adds, and how often that was told. */
struct addition {
	struct ends ends;
	uint64_t events;
};

static struct top_row *add_row(struct digest *d, enum digest_table t, const char *const *parts,
			       size_t n, const struct addition *a)
{
	struct top_row *row = top_row(d->tables[t], parts, n);

	if (row) {
		ends_add(&row->ends, &a->ends);
		row->events += a->events;
	}
	return row;
}

#define ADD_ROW(d, t, a, ...)                          \
	add_row(d, t, (const char *[]){ __VA_ARGS__ }, \
		sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), a)

static const char *process_of(const struct recorded *e)
{
	if (e->process)
		return e->process;
	return is(e->attribution, "kernel")	 ? "the kernel"
	       : is(e->attribution, "forwarded") ? "forwarded"
						 : "unknown";
}

/* The date where this report is read. Most events are of the quarter of an hour of the one before. */
static const char *day_of(struct digest *d, int64_t time)
{
	int64_t quarter = time / (900 * (int64_t)NSEC_PER_SEC);
	time_t second = time / (int64_t)NSEC_PER_SEC;
	struct tm tm;

	if (quarter != d->day_quarter && localtime_r(&second, &tm)) {
		strftime(d->day, sizeof(d->day), "%Y-%m-%d", &tm);
		d->day_quarter = quarter;
	}
	return d->day;
}

/* What is told of the processes of one program: the pid, if there is only one. */
static void note_pid(struct top_row *row, uint64_t pid)
{
	char words[24];

	snprintf(words, sizeof(words), "%llu", (unsigned long long)pid);
	if (row->noted) {
		if (strcmp(row->note, words) != 0)
			row->note[0] = '\0';
		return;
	}
	row->noted = true;
	snprintf(row->note, sizeof(row->note), "%s", words);
}

static int add_tables(struct digest *d, const struct recorded *e, const struct addition *a)
{
	char port[8] = "";
	const char *line = e->exposed ?: e->ingress;
	struct top_row *row;

	if (e->destination_port)
		snprintf(port, sizeof(port), "%u", (unsigned int)(e->destination_port & 0xffff));
	row = ADD_ROW(d, DIGEST_PROCESSES, a, process_of(e), e->host, e->executable, e->unit,
		      e->container, e->user);
	if (row && e->pid)
		note_pid(row, e->pid);
	return row && ADD_ROW(d, DIGEST_LINES, a, line ?: "unknown", e->host, e->netns) &&
			       ADD_ROW(d, DIGEST_CAUSES, a, e->cause ?: "unknown") &&
			       ADD_ROW(d, DIGEST_DESTINATIONS, a, e->destination ?: "unknown", port,
				       e->server_name) &&
			       (!e->scope || ADD_ROW(d, DIGEST_SCOPES, a, e->scope, e->host)) &&
			       ADD_ROW(d, DIGEST_DAYS, a, day_of(d, e->time))
		       ? 0
		       : -ENOMEM;
}

/* A flow's class may change: then all of it is of the new one. */
static int add_class(struct digest *d, const struct told_flow *before, const struct addition *a,
		     unsigned int cls, unsigned int detail)
{
	struct addition moved = *a, gone = { .events = 0 };

	if (before && (before->cls != cls || before->detail != detail)) {
		ends_add(&moved.ends, &before->ends);
		ends_take(&gone.ends, &before->ends);
		if (!ADD_ROW(d, DIGEST_CLASSES, &gone, record_class_name(before->cls),
			     record_detail_name(before->detail)))
			return -ENOMEM;
	}
	return ADD_ROW(d, DIGEST_CLASSES, &moved, record_class_name(cls),
		       record_detail_name(detail))
		       ? 0
		       : -ENOMEM;
}

/* Each question has an event of its own; the one that ends its flow is none. */
static int add_question(struct digest *d, const struct recorded *e)
{
	struct addition a = { .events = e->aggregated ?: 1 };
	struct la_sum one = { .packets = a.events };
	struct top_row *row;

	if (!e->question)
		return 0;
	if (is(e->outcome, "left"))
		a.ends.left = one;
	else if (is(e->outcome, "held"))
		a.ends.held = one;
	else
		a.ends.dropped = one;
	row = ADD_ROW(d, DIGEST_QUESTIONS, &a, e->question, e->question_type);
	if (row && !row->note[0])
		snprintf(row->note, sizeof(row->note), "%s", process_of(e));
	return row ? 0 : -ENOMEM;
}

static void add_bin(struct digest *d, const struct recorded *e, const struct ends *ends,
		    unsigned int cls)
{
	struct bin *bin = bins_at(&d->bins, e->time);

	sum_add(&bin->left[cls], &ends->left);
	sum_add(&bin->stopped, &ends->dropped);
	sum_add(&bin->stopped, &ends->held);
	bin->events++;
}

/* --- events --- */

/* Where events are out of order: a later one has told more of the flow. */
static bool is_older(const struct recorded *e, const struct run *run, const struct told_flow *flow)
{
	return flow->run == run->number && e->sequence && e->sequence < flow->sequence;
}

/* It counts as an event, and its question as one. */
static int add_older(struct digest *d, const struct recorded *e, const struct told_flow *flow,
		     uint64_t events)
{
	struct addition a = { .events = events };
	int r = add_class(d, flow, &a, flow->cls, flow->detail) ?: add_tables(d, e, &a) ?:
		add_question(d, e);

	add_bin(d, e, &a.ends, flow->cls);
	return r;
}

/* Counts of a flow are its totals so far, also what earlier runs have told of a guard's. */
static int add_flow(struct digest *d, struct run *run, const struct recorded *e)
{
	unsigned int cls = index_of(e->cls, record_class_name, LA_CLASS_MAX);
	unsigned int detail = index_of(e->detail, record_detail_name, LA_DETAIL_MAX);
	struct ends now = { e->left, e->dropped, e->held };
	struct addition a = { .ends = now, .events = e->aggregated ?: 1 };
	struct told_flow *flow = NULL;
	bool fresh = true;
	int r;

	if (e->flow_id) {
		flow = told_flow(d->told, e->flow_id, is(e->flow, "close"), &fresh);
		if (!flow)
			return -ENOMEM;
		if (is_older(e, run, flow))
			return add_older(d, e, flow, a.events);
		ends_take(&a.ends, &flow->ends);
	}
	ends_add(&d->told_ends, &a.ends);
	ends_add(&run->told, fresh || flow->run != run->number ? &now : &a.ends);
	r = add_class(d, fresh ? NULL : flow, &a, cls, detail) ?: add_tables(d, e, &a) ?:
	    add_question(d, e);
	add_bin(d, e, &a.ends, cls);
	if (flow)
		*flow = (struct told_flow){ now, run->number, cls, detail, e->sequence };
	return r;
}

/* What is told once in five seconds, and has no flow: the summary counts all of them. */
static bool is_refusal(const struct recorded *e)
{
	return is(e->hook, "connect") || is(e->hook, "ingress") ||
	       (e->refused_by && !e->flow_id && !e->aggregated);
}

static int add_refusal(struct digest *d, struct run *run, const struct recorded *e)
{
	struct addition told = { .events = 1 };

	run->refused_told += !is(e->hook, "ingress");
	if (!ADD_ROW(d, DIGEST_PROCESSES, &told, process_of(e), e->host, e->executable, e->unit,
		     e->container, e->user))
		return -ENOMEM;
	return add_question(d, e);
}

/* It left through the tunnel, and is in no other table. */
static int add_told(struct digest *d, struct run *run, const struct recorded *e)
{
	struct addition a = { .ends.left = e->left, .events = 1 };
	struct top_row *row;

	sum_add(&run->inside_told, &e->left);
	row = ADD_ROW(d, DIGEST_TOLD, &a, e->told ?: "unknown", e->told_form, process_of(e));
	if (row && e->pid)
		note_pid(row, e->pid);
	return row ? 0 : -ENOMEM;
}

static int add_leak(struct digest *d, struct run *run, const struct recorded *e)
{
	if (is(e->detail, "address-inside"))
		return add_told(d, run, e);
	if (is_refusal(e))
		return add_refusal(d, run, e);
	return add_flow(d, run, e);
}

int add_event(struct digest *d, struct run *run, const struct recorded *e)
{
	if (e->dropout.ms || e->dropout.until != RECORDED_NO_TIME)
		outages_add(&d->outages, e);
	switch (e->action) {
	case RECORD_LEAK:
		return add_leak(d, run, e);
	case RECORD_POSSIBLE:
		if (!e->flow_id || is(e->flow, "close") || e->aggregated)
			sum_add(&run->possible_told, &e->left);
		return 0;
	default:
		return 0;
	}
}
