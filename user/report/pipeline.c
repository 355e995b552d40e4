/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "record/record_tables.h"
#include "sink.h"
#include "record/speaker.h"

struct pipeline {
	struct sink **sinks;
	size_t n;
	int stream; /* the stream of sinks without a file */
	bool capture;
	uint64_t sequence;
	struct speaker speaker;
	struct metrics_source measured; /* what the run knows, */
	struct metrics_source metrics; /* and the sinks' own counts */
	struct state_source state;
};

static int refuse_capture(const char *spec)
{
	log_err("output '%s' shows a live audit, and captures are read", spec);
	log_hint("the summary of the events has the same counts");
	return -EINVAL;
}

static int add_sink(struct pipeline *p, const char *spec)
{
	struct fault f = { 0 };
	int r = sink_open(spec, p->stream, &p->sinks[p->n], &f);

	if (r)
		return log_fault(r, &f);
	p->n++;
	return p->capture && sink_measures(p->sinks[p->n - 1]) ? refuse_capture(spec) : 0;
}

/*
 * Adds the default sink if there is none for records, unless packets have the stream. One stream
 * cannot hold both.
 */
static int complete_sinks(struct pipeline *p)
{
	bool records = false, packets = false;
	unsigned int on_stream = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		records |= sink_keeps_records(p->sinks[i]);
		on_stream += sink_on_stream(p->sinks[i]);
		packets |= sink_on_stream(p->sinks[i]) && !sink_takes_records(p->sinks[i]);
	}
	if (packets && on_stream > 1) {
		log_err("packets and another output cannot share standard output");
		log_hint("write one of them to a file: pcap:FILE, json:FILE");
		return -EINVAL;
	}
	return records || packets ? 0 : add_sink(p, sink_default(p->stream));
}

int pipeline_open(struct pipeline **ret, const struct opt_list *outputs, int stream, bool capture)
{
	_cleanup_(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	size_t i;
	int r;

	if (!p)
		return -ENOMEM;
	p->stream = stream;
	p->capture = capture;
	r = speaker_init(&p->speaker, capture);
	if (r)
		return log_err_r(r, "cannot get random bytes for the id of this run");
	p->sinks = calloc(outputs->n + 1, sizeof(*p->sinks)); /* and the default sink */
	if (!p->sinks)
		return -ENOMEM;
	for (i = 0; i < outputs->n; i++) {
		r = add_sink(p, outputs->v[i]);
		if (r)
			return r;
	}
	r = complete_sinks(p);
	if (r)
		return r;
	*ret = take_ptr(p);
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	while (p->n)
		sink_free(p->sinks[--p->n]);
	free(p->sinks);
	free(p);
}

/* What CLOCK_REALTIME is ahead of CLOCK_MONOTONIC. It is read anew with each tick of the kernel. */
static uint64_t ahead(void)
{
	static uint64_t read_at, value;
	uint64_t tick = ktime_coarse();
	struct timespec real;

	if (tick == read_at)
		return value;
	read_at = tick;
	clock_gettime(CLOCK_REALTIME, &real);
	value = (uint64_t)real.tv_sec * NSEC_PER_SEC + (uint64_t)real.tv_nsec - ktime_now();
	return value;
}

struct timespec pipeline_time(uint64_t ktime)
{
	uint64_t now = ahead() + ktime;

	return (struct timespec){ .tv_sec = (time_t)(now / NSEC_PER_SEC),
				  .tv_nsec = (long)(now % NSEC_PER_SEC) };
}

static void hand_on(struct pipeline *p, struct record *r)
{
	size_t i;

	r->sequence = ++p->sequence;
	r->speaker = &p->speaker;
	if (!r->time.tv_sec)
		clock_gettime(CLOCK_REALTIME, &r->time);
	for (i = 0; i < p->n; i++)
		sink_write(p->sinks[i], r);
}

static void hand_on_pages(struct pipeline *p, const struct record *of)
{
	struct record r = { .action = RECORD_PAGE, .time = of->time };

	while (record_page_next(&r.page, of, of->cut))
		hand_on(p, &r);
}

/* "ready" stays the first event and "summary" the last. */
void pipeline_emit(struct pipeline *p, struct record *r)
{
	struct record_cut cut;

	if (r->action != RECORD_READY && r->action != RECORD_SUMMARY) {
		hand_on(p, r);
		return;
	}
	if (!record_cut_fill(&cut, r)) /* else it is one long line */
		r->cut = &cut;
	if (r->cut && r->action == RECORD_SUMMARY)
		hand_on_pages(p, r);
	hand_on(p, r);
	if (r->cut && r->action == RECORD_READY)
		hand_on_pages(p, r);
	r->cut = NULL;
}

uint32_t pipeline_snaplen(const struct pipeline *p)
{
	uint32_t most = 0, snaplen;
	size_t i;

	for (i = 0; i < p->n; i++) {
		snaplen = sink_snaplen(p->sinks[i]);
		most = MAX(most, snaplen);
	}
	return most;
}

void pipeline_packet(struct pipeline *p, const struct record_packet *packet)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_packet(p->sinks[i], packet);
}

bool pipeline_measures(const struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (sink_measures(p->sinks[i]))
			return true;
	return false;
}

static void fill_metrics(void *arg, struct metrics *ret)
{
	const struct pipeline *p = arg;
	size_t i;

	p->measured.fill(p->measured.arg, ret);
	ret->lost_output = pipeline_lost(p);
	for (i = 0; i < p->n && ret->n_outputs < METRICS_OUTPUTS_MAX; i++)
		ret->outputs[ret->n_outputs++] =
			(struct metrics_output){ .spec = sink_name(p->sinks[i]),
						 .written = sink_written(p->sinks[i]),
						 .lost = sink_lost(p->sinks[i]) };
}

void pipeline_set_metrics(struct pipeline *p, const struct metrics_source *source)
{
	size_t i;

	p->measured = *source;
	p->metrics = (struct metrics_source){ fill_metrics, p };
	for (i = 0; i < p->n; i++)
		sink_set_metrics(p->sinks[i], &p->metrics);
}

void pipeline_set_state(struct pipeline *p, const struct state_source *source)
{
	size_t i;

	p->state = *source;
	for (i = 0; i < p->n; i++)
		sink_set_state(p->sinks[i], &p->state);
}

const struct speaker *pipeline_speaker(const struct pipeline *p)
{
	return &p->speaker;
}

void pipeline_watch(struct pipeline *p, int epfd)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_watch(p->sinks[i], epfd, p);
}

void pipeline_pump(struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_pump(p->sinks[i]);
}

void pipeline_gather(struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_gather(p->sinks[i]);
}

void pipeline_settle(struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_settle(p->sinks[i]);
}

bool pipeline_gone(const struct pipeline *p)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (!sink_takes_records(p->sinks[i]))
			continue;
		if (!sink_gone(p->sinks[i]))
			return false;
		any = true;
	}
	return any;
}

void pipeline_reopen(struct pipeline *p)
{
	struct fault f = { 0 };
	size_t i;
	int r;

	for (i = 0; i < p->n; i++) {
		r = sink_reopen(p->sinks[i], &f);
		if (!r)
			continue;
		fault_at(&f, r, "output %s: continuing with the old file", sink_name(p->sinks[i]));
		log_warn_fault(r, &f);
	}
}

int pipeline_flush(struct pipeline *p, unsigned int timeout_ms)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (sink_flush(p->sinks[i], timeout_ms) == -EAGAIN)
			ret = -EAGAIN;
	return ret;
}

int pipeline_pace(struct pipeline *p, unsigned int timeout_ms)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		ret = sink_pace(p->sinks[i], timeout_ms) ?: ret;
	return ret;
}

uint64_t pipeline_lost(const struct pipeline *p)
{
	uint64_t lost = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		lost += sink_lost(p->sinks[i]);
	return lost;
}

bool pipeline_waiting(const struct pipeline *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (sink_want_write(p->sinks[i]))
			return true;
	return false;
}
