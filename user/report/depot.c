/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "depot.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <zlib.h>

#include "base/log.h"

/* The first pauses between two tries to connect are 0.25, 0.5, 1 and 2 s. */
#define AWAY_MS 5000

int depot_open(struct depot *d, const char *kind, struct fault *f)
{
	return spool_open(&d->spool, d->dir, kind, d->size ?: DEPOT_SIZE, f);
}

static void count_lost(struct sink *s, struct depot *d)
{
	uint64_t lost = spool_lost(d->spool);

	s->lost += lost - d->counted;
	d->counted = lost;
}

void depot_close(struct sink *s, struct depot *d)
{
	if (d->spool) {
		uint64_t left = spool_unsaved(d->spool);

		count_lost(s, d);
		s->lost += left;
		sink_log_left(s, left);
	}
	spool_free(d->spool);
	free(d->dir);
}

int depot_put(struct sink *s, struct depot *d, const struct record *r, const char *message,
	      size_t len)
{
	int ret = spool_put(d->spool, message, len,
			    r->action != RECORD_LEAK && r->action != RECORD_POSSIBLE);

	count_lost(s, d);
	return ret;
}

void depot_arrived(struct sink *s, struct depot *d)
{
	spool_arrived(d->spool);
	s->written++;
}

void depot_refused(struct sink *s, struct depot *d)
{
	spool_arrived(d->spool);
	s->lost++;
}

void depot_tick(struct sink *s, struct depot *d)
{
	int r;

	spool_save(d->spool);
	count_lost(s, d);
	r = spool_error(d->spool);
	if (!r || d->unwritten)
		return;
	d->unwritten = true; /* said once: it may be full and not full in turn */
	log_warn("output %s: cannot write to %s: %s; events wait in memory", s->spec, d->dir,
		 strerror(-r));
}

static bool is_news(struct depot *d, const char *why)
{
	uint32_t sum = (uint32_t)crc32(0, (const Bytef *)why, (uInt)strlen(why));

	for (unsigned int i = 0; i < d->n_said; i++)
		if (d->said[i] == sum)
			return false;
	if (d->n_said == DEPOT_REASONS)
		return false;
	d->said[d->n_said++] = sum;
	return true;
}

void depot_away(struct sink *s, struct depot *d, const char *why)
{
	if (!d->away)
		d->lost_before = s->lost;
	d->away = true;
	if (!is_news(d, why))
		return;
	log_warn("output %s: %s; events wait %s%s", s->spec, why, d->dir ? "in " : "in memory",
		 d->dir ?: "");
}

void depot_back(struct sink *s, struct depot *d)
{
	if (!d->away)
		return;
	d->away = false;
	d->in_vain = 0;
	d->n_said = 0;
	s->logged = 0; /* what is wrong from now on is news */
	log_info("output %s: its receiver is back; lost meanwhile: %" PRIu64, s->spec,
		 s->lost - d->lost_before);
}

/* is_done: NULL: there is room. */
static int wait_until(struct sink *s, struct depot *d, unsigned int timeout_ms,
		      bool (*is_done)(const struct sink *s))
{
	int64_t now = ktime_ms(), end = now + timeout_ms, before;
	uint32_t events;
	struct pollfd p;

	for (;;) {
		s->ops->pump(s);
		before = now;
		now = ktime_ms();
		if (d->away)
			d->in_vain += now - before;
		if (is_done ? is_done(s) : spool_has_room(d->spool))
			return 0;
		if (d->in_vain >= AWAY_MS)
			return -ENOTCONN;
		if (now >= end)
			return -EAGAIN;
		p.fd = s->ops->interest(s, &events);
		p.events = (short)events; /* the values of EPOLLIN and EPOLLOUT are poll's */
		poll(&p, 1, (int)MIN(end - now, (int64_t)100));
	}
}

int depot_flush(struct sink *s, struct depot *d, unsigned int timeout_ms,
		bool (*is_done)(const struct sink *s))
{
	return wait_until(s, d, timeout_ms, is_done);
}

int depot_pace(struct sink *s, struct depot *d, unsigned int timeout_ms)
{
	return spool_has_room(d->spool) ? 0 : wait_until(s, d, timeout_ms, NULL);
}
