/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"

/* At the end, for the receiver to close the connection in turn, which says that it has read all. */
#define FINISH_MS 1000

int courier_open(struct courier *c, const char *kind, const struct conn_target *t, struct fault *f)
{
	int r = conn_new(&c->conn, t, f);

	return r ?: depot_open(&c->depot, kind, f);
}

static void arrive(struct sink *s, struct courier *c, uint64_t bytes)
{
	struct spool_message m;

	while (spool_first(c->depot.spool, &m) && c->arrived + m.len <= bytes) {
		c->arrived += m.len;
		depot_arrived(s, &c->depot);
		depot_back(s, &c->depot);
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
	spool_back(c->depot.spool);
	c->written = c->arrived = 0;
	c->batched = c->sent = 0;
}

/* Fills the batch with whole messages. */
static bool next_of_stream(struct courier *c, const char **data, size_t *len)
{
	struct spool_message m;

	if (c->sent == c->batched)
		c->sent = c->batched = 0;
	while (!c->sent && spool_next(c->depot.spool, &m) &&
	       m.len <= sizeof(c->batch) - c->batched) {
		memcpy(c->batch + c->batched, m.data, m.len);
		c->batched += m.len;
		c->written += m.len;
		spool_take(c->depot.spool);
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

	while (spool_next(c->depot.spool, &m)) {
		n = conn_write(c->conn, m.data, m.len);
		if (n < 0 && n != -EMSGSIZE)
			return;
		spool_take(c->depot.spool);
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
		if (conn_is_datagram(c->conn)) {
			write_datagrams(s, c);
		} else {
			if (conn_is_settled(c->conn) && !conn_is_stuck(c->conn))
				depot_back(s, &c->depot);
			write_stream(c);
		}
	}
	if (conn_is_up(c->conn))
		look_at_arrived(s, c);
	else
		look_at_end(s, c);
	s->generation = conn_generation(c->conn);
	depot_tick(s, &c->depot);
	if (conn_is_stuck(c->conn))
		depot_away(s, &c->depot, "its receiver does not read");
	else if (!conn_is_up(c->conn) && *conn_why(c->conn))
		depot_away(s, &c->depot, conn_why(c->conn));
}

int courier_put(struct sink *s, const struct record *r, const char *message, size_t len)
{
	struct courier *c = s->own;
	int ret;

	if (len > sizeof(c->batch)) {
		s->lost++;
		return -EMSGSIZE;
	}
	ret = depot_put(s, &c->depot, r, message, len);
	courier_pump(s);
	return ret;
}

int courier_interest(const struct sink *s, uint32_t *events)
{
	const struct courier *c = s->own;

	return conn_interest(c->conn, c->sent < c->batched || spool_waiting(c->depot.spool),
			     events);
}

static bool is_done(const struct sink *s)
{
	const struct courier *c = s->own;

	return !spool_waiting(c->depot.spool) && c->sent == c->batched;
}

int courier_flush(struct sink *s, unsigned int timeout_ms)
{
	struct courier *c = s->own;

	return depot_flush(s, &c->depot, timeout_ms, is_done);
}

int courier_pace(struct sink *s, unsigned int timeout_ms)
{
	struct courier *c = s->own;

	return depot_pace(s, &c->depot, timeout_ms);
}

uint64_t courier_waiting(const struct sink *s)
{
	const struct courier *c = s->own;

	return is_done(s) ? 0 : spool_unsaved(c->depot.spool);
}

/*
 * Whether all has arrived. A receiver that does not close in turn has it from its kernel, if
 * nothing ends it: what a spool can keep until the next run is kept.
 */
static bool finish(struct courier *c)
{
	return conn_finish(c->conn, FINISH_MS) || (!c->depot.dir && conn_has_taken(c->conn));
}

void courier_close(struct sink *s)
{
	struct courier *c = s->own;

	if (!c)
		return;
	if (c->conn && c->depot.spool && spool_held(c->depot.spool) && is_done(s)) {
		if (finish(c))
			arrive(s, c, c->written);
		else if (*conn_why(c->conn))
			depot_away(s, &c->depot, conn_why(c->conn));
	}
	depot_close(s, &c->depot);
	conn_free(c->conn);
}
