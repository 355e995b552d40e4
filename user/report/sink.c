/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/journal.h"
#include "base/log.h"
#include "base/opt.h"
#include "record/record_severity.h"
#include "sink_ops.h"

static const struct sink_ops *const sinks[] = {
	&sink_json,   &sink_text, &sink_journal, &sink_pcap,	&sink_tcp,  &sink_unix,
	&sink_syslog, &sink_otlp, &sink_kafka,	 &sink_metrics, &sink_http,
};

const char *const *sink_names(void)
{
	static const char *names[ARRAY_SIZE(sinks) + 1];

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++)
		names[i] = sinks[i]->name;
	return names;
}

enum sink_target sink_target(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++)
		if (!strcmp(sinks[i]->name, name))
			return sinks[i]->target;
	return SINK_TARGET_NEEDED;
}

const char *sink_default(int stream)
{
	if (isatty(stream))
		return "text";
	return journal_has(stream) && sink_journal_listens() ? "journal" : "json";
}

static int find_ops(const char *spec, size_t len, const struct sink_ops **ret, struct fault *f)
{
	char name[32], instead[256];
	struct text t;

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++)
		if (strlen(sinks[i]->name) == len && !memcmp(sinks[i]->name, spec, len)) {
			*ret = sinks[i];
			return 0;
		}
	len = MIN(len, sizeof(name) - 1);
	memcpy(name, spec, len);
	name[len] = '\0';
	text_init(&t, instead, sizeof(instead));
	opt_say_instead(&t, name, sink_names());
	return fault_say(f, -EINVAL, "no output is called '%s'; %s", name, instead);
}

int sink_check_spec(const char *spec, struct fault *f)
{
	size_t len = strcspn(spec, ":");
	const struct sink_ops *ops;
	int r = find_ops(spec, len, &ops, f);

	if (r)
		return r;
	if (ops->target == SINK_TARGET_NEEDED && !spec[len])
		return fault_say(f, -EINVAL, "output '%s' lacks what is behind its ':'", spec);
	return 0;
}

static int open_spec(struct sink *s, const char *spec, struct fault *f)
{
	size_t len = strcspn(spec, ":");
	const char *arg = spec[len] ? spec + len + 1 : NULL;
	int r = find_ops(spec, len, &s->ops, f);

	if (r < 0)
		return r;
	s->spec = strdup(spec);
	if (!s->spec)
		return -ENOMEM;
	if (arg && !*arg && s->ops->target == SINK_TARGET_OPTIONAL) {
		fault_say(f, -EINVAL, "output '%s' lacks what is behind its ':'", spec);
		return fault_help(f, -EINVAL, "%s alone, or what leakaudit-watch(8) has for it",
				  s->ops->name);
	}
	return s->ops->open(s, arg && *arg ? arg : NULL, f);
}

/* What helps where a file cannot be made or written to. */
static int help_open(int r, struct fault *f)
{
	switch (r) {
	case -ENOENT:
		return fault_help(f, r, "make its directory first, with 'mkdir -p'");
	case -EISDIR:
		return fault_help(f, r, "name a file in that directory");
	case -EROFS:
		return fault_help(f, r,
				  "a unit may write below /var/log/leakaudit alone, unless a "
				  "drop-in has ReadWritePaths= for more");
	}
	return r;
}

int sink_open(const char *spec, int stream, struct sink **ret, struct fault *f)
{
	_cleanup_(sink_freep) struct sink *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	fault_clear(f);
	if (s) {
		s->out.fd = -1;
		s->watched.fd = -1;
		s->stream = stream;
		r = open_spec(s, spec, f);
	}
	if (r < 0 && !f->reason[0]) {
		fault_say(f, r, "cannot open output '%s': %s", spec, strerror(-r));
		return help_open(r, f);
	}
	if (r < 0)
		return r;
	*ret = take_ptr(s);
	return 0;
}

void sink_log_left(const struct sink *s, uint64_t n)
{
	if (n)
		log_warn("output %s: the run has ended before its receiver had all: %" PRIu64
			 " more events are lost",
			 s->spec, n);
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	if (!s->out.dead)
		sink_log_left(s, s->out.lines);
	if (s->ops && s->ops->close)
		s->ops->close(s);
	outq_close(&s->out);
	free(s->path);
	free(s->spec);
	free(s);
}

/* Logs each kind of error once: it may occur for a million events. */
static void sink_log_error(struct sink *s, int error)
{
	static const struct {
		int error;
		const char *words;
	} known[] = {
		{ -ENOBUFS, "its reader is too slow: events are lost, counts are not" },
		{ -EPIPE, "its reader has gone: events are counted, but not written" },
		{ -ENXIO, "nobody reads it: events wait, and are lost once they are too many" },
		{ -ENOSPC, "no space left: events will be lost" },
	};
	size_t i;

	if (error == -EPIPE && s->out.lasting) /* another may come */
		error = -ENXIO;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].error == error)
			break;
	if (s->logged & 1U << i)
		return;
	s->logged |= 1U << i;
	if (i < ARRAY_SIZE(known))
		log_warn("output %s: %s", s->spec, known[i].words);
	else
		log_warn_r(error, "output %s: events may be lost", s->spec);
}

/* Logs the result of a write, if it is an error, and that it is none any more. */
static void sink_check(struct sink *s, int r)
{
	uint64_t lost = sink_lost(s) - s->lost_before;

	if (s->out.error && !s->failing) {
		s->failing = true;
		s->lost_before = sink_lost(s);
	}
	if (s->out.error) {
		sink_log_error(s, s->out.error);
	} else if (s->failing) {
		s->failing = false;
		s->logged = 0;
		log_info("output %s: written to again; lost meanwhile: %" PRIu64, s->spec, lost);
	}
	if (!s->out.error && r < 0 && r != -EAGAIN && r != -ENOTCONN)
		sink_log_error(s, r);
}

int sink_put(struct sink *s, const struct record *r, const char *line, size_t len)
{
	char prefix[8] = "";

	if (s->in_journal)
		snprintf(prefix, sizeof(prefix), "<%u>", record_severity(r));
	return outq_put(&s->out, prefix, line, len,
			r->action != RECORD_LEAK && r->action != RECORD_POSSIBLE);
}

bool sink_takes_records(const struct sink *s)
{
	return s->ops->write != NULL;
}

bool sink_keeps_records(const struct sink *s)
{
	return s->ops->write && !s->ops->passing;
}

bool sink_measures(const struct sink *s)
{
	return s->ops->measures;
}

void sink_set_metrics(struct sink *s, const struct metrics_source *source)
{
	s->metrics = source;
}

void sink_set_state(struct sink *s, const struct state_source *source)
{
	s->state = source;
}

void sink_libraries(sink_library_fn *fn, void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++)
		if (sinks[i]->library)
			fn(arg, sinks[i]->name, sinks[i]->library, sinks[i]->built);
}

int sink_not_built(const struct sink *s, const char *package, struct fault *f)
{
	fault_say(f, -ENOSYS, "cannot open output '%s': this build lacks %s", s->spec,
		  s->ops->library);
	return fault_help(f, -ENOSYS, "install %s, build again", package);
}

int sink_write_not_built(struct sink *s, const struct record *r)
{
	(void)s;
	(void)r;
	return -ENOSYS;
}

bool sink_on_stream(const struct sink *s)
{
	return !s->path;
}

int sink_write(struct sink *s, const struct record *r)
{
	int ret = s->ops->write ? s->ops->write(s, r) : 0;

	sink_check(s, ret);
	return ret;
}

uint32_t sink_snaplen(const struct sink *s)
{
	return s->ops->snaplen ? s->ops->snaplen(s) : 0;
}

int sink_packet(struct sink *s, const struct record_packet *packet)
{
	int ret = s->ops->packet ? s->ops->packet(s, packet) : 0;

	sink_check(s, ret);
	return ret;
}

void sink_pump(struct sink *s)
{
	if (s->ops->pump) {
		s->ops->pump(s);
	} else {
		outq_check(&s->out);
		outq_pump(&s->out);
	}
	sink_check(s, 0);
}

void sink_gather(struct sink *s)
{
	s->out.gathers = true;
}

void sink_settle(struct sink *s)
{
	if (!s->out.lines)
		return;
	outq_pump(&s->out);
	sink_check(s, 0);
}

int sink_flush(struct sink *s, unsigned int timeout_ms)
{
	int r;

	if (s->ops->flush)
		r = s->ops->flush(s, timeout_ms);
	else
		r = outq_flush(&s->out, timeout_ms);
	sink_check(s, r);
	return r;
}

int sink_pace(struct sink *s, unsigned int timeout_ms)
{
	int r = 0;

	if (s->ops->pace)
		r = s->ops->pace(s, timeout_ms);
	else if (!outq_has_room(&s->out))
		r = sink_flush(s, timeout_ms);
	return r == -EAGAIN ? r : 0;
}

int sink_reopen(struct sink *s, struct fault *f)
{
	int r = 0;

	fault_clear(f);
	if (s->ops->reopen)
		r = s->ops->reopen(s, f);
	if (r < 0)
		return fault_unsaid(f, r, "cannot reopen it: %s", strerror(-r));
	s->logged = 0; /* errors of a new file are news */
	return r;
}

static int interest(const struct sink *s, uint32_t *events)
{
	*events = s->out.lines ? EPOLLOUT : 0;
	return s->ops->interest ? s->ops->interest(s, events) : outq_pollable(&s->out);
}

int sink_watch(struct sink *s, int epfd, void *data)
{
	struct epoll_event e = { .data.ptr = data };
	unsigned int generation = s->generation + s->out.generation;
	uint32_t wanted;
	int fd = interest(s, &wanted), op = EPOLL_CTL_ADD;

	e.events = wanted;
	if (fd == s->watched.fd && generation == s->watched.generation) {
		if (fd < 0 || wanted == s->watched.events)
			return 0;
		op = EPOLL_CTL_MOD;
	} else if (s->watched.fd >= 0 && generation == s->watched.generation) {
		epoll_ctl(epfd, EPOLL_CTL_DEL, s->watched.fd, NULL);
	} /* else it was closed, which removed it from every epoll set */
	s->watched.fd = -1;
	if (fd >= 0 && epoll_ctl(epfd, op, fd, &e) < 0)
		return -errno;
	s->watched.fd = fd;
	s->watched.events = wanted;
	s->watched.generation = generation;
	return 0;
}

bool sink_gone(const struct sink *s)
{
	return s->out.dead && s->out.kind == OUTQ_STREAM;
}

bool sink_want_write(const struct sink *s)
{
	return s->ops->waiting ? s->ops->waiting(s) > 0 : s->out.lines > 0;
}

const char *sink_name(const struct sink *s)
{
	return s->spec;
}

uint64_t sink_written(const struct sink *s)
{
	return s->out.written + s->written;
}

uint64_t sink_lost(const struct sink *s)
{
	return s->out.lost + s->lost;
}
