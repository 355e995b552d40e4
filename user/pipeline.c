/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "sink.h"

struct pipeline {
	struct sink **sinks;
	size_t n;
	uint64_t sequence;
};

static int add_sink(struct pipeline *p, const char *spec)
{
	int r = sink_open(spec, &p->sinks[p->n]);

	if (!r) {
		p->n++;
		return 0;
	}
	if (r == -ENOENT) {
		char name[32];
		size_t n = 0;

		for (; spec[n] && spec[n] != ':' && n < sizeof(name) - 1; n++)
			name[n] = spec[n];
		name[n] = 0;
		for (size_t i = 0; sink_names()[i]; i++)
			if (!strcmp(sink_names()[i], name)) /* a known sink: its file it was */
				return log_err_r(r, "cannot open output '%s'", spec);
		log_err("no output is called '%s'", name);
		log_hint("did you mean '%s'?", opt_nearest(name, sink_names()));
		return -EINVAL;
	}
	return log_err_r(r, "cannot open output '%s'", spec);
}

int pipeline_open(struct pipeline **ret, const struct opt_list *outputs)
{
	_cleanup_(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	size_t i;
	int r;

	if (!p)
		return -ENOMEM;
	p->sinks = calloc(outputs->n + 1, sizeof(*p->sinks));
	if (!p->sinks)
		return -ENOMEM;
	for (i = 0; i < outputs->n; i++) {
		r = add_sink(p, outputs->v[i]);
		if (r)
			return r;
	}
	if (!outputs->n) {
		r = add_sink(p, sink_default());
		if (r)
			return r;
	}
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

struct timespec pipeline_time(uint64_t ktime)
{
	struct timespec real, mono;
	uint64_t now, then;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	now = (uint64_t)real.tv_sec * NSEC_PER_SEC + (uint64_t)real.tv_nsec;
	then = (uint64_t)mono.tv_sec * NSEC_PER_SEC + (uint64_t)mono.tv_nsec;
	now = now - then + ktime;
	return (struct timespec){ .tv_sec = (time_t)(now / NSEC_PER_SEC),
				  .tv_nsec = (long)(now % NSEC_PER_SEC) };
}

void pipeline_emit(struct pipeline *p, struct record *r)
{
	size_t i;

	r->sequence = ++p->sequence;
	if (!r->time.tv_sec)
		clock_gettime(CLOCK_REALTIME, &r->time);
	for (i = 0; i < p->n; i++)
		sink_write(p->sinks[i], r);
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

void pipeline_reopen(struct pipeline *p)
{
	size_t i;
	int r;

	for (i = 0; i < p->n; i++) {
		r = sink_reopen(p->sinks[i]);
		if (r)
			log_warn_r(r, "cannot reopen output '%s', going on with the old one",
				   sink_name(p->sinks[i]));
	}
}

void pipeline_flush(struct pipeline *p, unsigned int timeout_ms)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		sink_flush(p->sinks[i], timeout_ms);
}

uint64_t pipeline_lost(const struct pipeline *p)
{
	uint64_t lost = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		lost += sink_lost(p->sinks[i]);
	return lost;
}
