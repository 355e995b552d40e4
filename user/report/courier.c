/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "base/log.h"

/*
 * How long a flush waits for a receiver that does not come: that of a replay has no other end.
 * The first pauses between two tries are 0.25, 0.5, 1 and 2 s.
 */
#define AWAY_MS 5000
/* At the end, for the receiver to close the connection in turn, which says that it has read all. */
#define FINISH_MS 300

int courier_open(struct courier *c, const char *kind, const struct conn_target *t, struct fault *f)
{
	int r = conn_new(&c->conn, t, f);

	return r ?: spool_open(&c->spool, c->spool_dir, kind, c->spool_size ?: COURIER_SIZE, f);
}

static void say(struct sink *s, struct courier *c)
{
	if (conn_is_up(c->conn) || c->away || !*conn_why(c->conn))
		return;
	c->away = true;
	c->lost_before = s->lost;
	log_warn("output %s: %s; events wait %s%s", s->spec, conn_why(c->conn),
		 c->spool_dir ? "in " : "in memory", c->spool_dir ?: "");
}

/* Something has arrived again. */
static void say_back(struct sink *s, struct courier *c)
{
	if (!c->away)
		return;
	c->away = false;
	s->logged = 0;
	log_info("output %s: connected again; lost meanwhile: %" PRIu64, s->spec,
		 s->lost - c->lost_before);
}

static void count_lost(struct sink *s, struct courier *c)
{
	uint64_t lost = spool_lost(c->spool);

	s->lost += lost - c->counted;
	c->counted = lost;
}

static void arrive(struct sink *s, struct courier *c, uint64_t bytes)
{
	struct spool_message m;

	while (spool_first(c->spool, &m) && c->arrived + m.len <= bytes) {
		c->arrived += m.len;
		spool_arrived(c->spool);
		s->written++;
		say_back(s, c);
	}
}

/* What the receiver must have read by now is done with. */
static void look_at_arrived(struct sink *s, struct courier *c)
{
	uint64_t unread = conn_unread(c->conn);
	uint64_t sent = c->written - (c->batched - c->sent);

	if (sent > unread)
		arrive(s, c, sent - unread);
}

/* A connection has ended: what it may not have brought is to be brought by the next one. */
static void look_at_end(struct sink *s, struct courier *c)
{
	if (!c->written)
		return;
	if (conn_was_read(c->conn))
		arrive(s, c, c->written - (c->batched - c->sent));
	spool_back(c->spool);
	c->written = c->arrived = 0;
	c->batched = c->sent = 0;
}

/* Fills the batch with whole messages. */
static bool next_of_stream(struct courier *c, const char **data, size_t *len)
{
	struct spool_message m;

	if (c->sent == c->batched)
		c->sent = c->batched = 0;
	while (!c->sent && spool_next(c->spool, &m) && m.len <= sizeof(c->batch) - c->batched) {
		memcpy(c->batch + c->batched, m.data, m.len);
		c->batched += m.len;
		c->written += m.len;
		spool_take(c->spool);
	}
	*data = c->batch + c->sent;
	*len = c->batched - c->sent;
	return *len > 0;
}

static void write_stream(struct courier *c)
{
	const char *data;
	size_t len;
	ssize_t n;

	while (next_of_stream(c, &data, &len)) {
		n = conn_write(c->conn, data, len);
		if (n < 0)
			return;
		c->sent += (size_t)n;
	}
}

static void write_datagrams(struct sink *s, struct courier *c)
{
	struct spool_message m;
	ssize_t n;

	while (spool_next(c->spool, &m)) {
		n = conn_write(c->conn, m.data, m.len);
		if (n < 0 && n != -EMSGSIZE)
			return;
		spool_take(c->spool);
		c->written += m.len;
		if (n >= 0)
			continue;
		s->lost++; /* it would never go */
		s->written--;
	}
}

void courier_pump(struct sink *s)
{
	struct courier *c = s->own;

	if (conn_pump(c->conn)) {
		c->given_up = false;
		if (conn_is_datagram(c->conn)) {
			write_datagrams(s, c);
		} else {
			say_back(s, c);
			write_stream(c);
		}
	}
	if (conn_is_up(c->conn))
		look_at_arrived(s, c);
	else
		look_at_end(s, c);
	s->generation = conn_generation(c->conn);
	spool_save(c->spool);
	count_lost(s, c);
	say(s, c);
}

int courier_put(struct sink *s, const struct record *r, const char *message, size_t len)
{
	struct courier *c = s->own;
	int ret;

	if (len > sizeof(c->batch)) {
		s->lost++;
		return -EMSGSIZE;
	}
	ret = spool_put(c->spool, message, len,
			r->action != RECORD_LEAK && r->action != RECORD_POSSIBLE);
	courier_pump(s);
	return ret;
}

int courier_interest(const struct sink *s, uint32_t *events)
{
	const struct courier *c = s->own;

	return conn_interest(c->conn, c->sent < c->batched || spool_waiting(c->spool), events);
}

static bool is_done(const struct courier *c)
{
	return !spool_waiting(c->spool) && c->sent == c->batched;
}

int courier_flush(struct sink *s, unsigned int timeout_ms)
{
	struct courier *c = s->own;
	int64_t now = ktime_ms(), end = now + timeout_ms, seen = now;
	struct pollfd p;
	uint32_t events;

	for (;;) {
		courier_pump(s);
		now = ktime_ms();
		if (conn_is_up(c->conn))
			seen = now;
		if (is_done(c))
			return 0;
		c->given_up = c->given_up || now - seen >= AWAY_MS;
		if (now >= end || c->given_up)
			return -EAGAIN;
		p.fd = courier_interest(s, &events);
		p.events = (short)events; /* the values of EPOLLIN and EPOLLOUT are poll's */
		poll(&p, 1, (int)MIN(end - now, (int64_t)100));
	}
}

uint64_t courier_waiting(const struct sink *s)
{
	const struct courier *c = s->own;

	return is_done(c) ? 0 : spool_unsaved(c->spool);
}

void courier_close(struct sink *s)
{
	struct courier *c = s->own;

	if (!c)
		return;
	if (c->conn && c->spool) {
		if (is_done(c) && conn_finish(c->conn, FINISH_MS))
			arrive(s, c, c->written);
		s->lost += is_done(c) ? 0 : spool_unsaved(c->spool);
	}
	spool_free(c->spool);
	conn_free(c->conn);
	free(c->spool_dir);
}
