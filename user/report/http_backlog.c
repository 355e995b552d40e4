/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http_backlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

static struct backlog_event *event_of(struct backlog *b, uint64_t number)
{
	return &b->v[number % BACKLOG_EVENTS];
}

static void forget_first(struct backlog *b)
{
	struct backlog_event *e = event_of(b, b->first++);

	b->bytes -= e->len;
	free(e->text);
	*e = (struct backlog_event){ 0 };
}

int backlog_add(struct backlog *b, const char *run, const char *line, size_t len)
{
	struct backlog_event e = { 0 };
	int n = -1;

	/* the line has its own '\n'; an empty one ends the event */
	if (line)
		n = asprintf(&e.text, "id: %s-%" PRIu64 "\ndata: %.*s\n", run, b->next, (int)len,
			     line);
	e.len = n < 0 ? 0 : (size_t)n;
	if (n < 0)
		e.text = NULL;
	while (b->first < b->next &&
	       (b->next - b->first == BACKLOG_EVENTS || b->bytes + e.len > BACKLOG_BYTES))
		forget_first(b);
	*event_of(b, b->next++) = e;
	b->bytes += e.len;
	return n < 0 ? -ENOMEM : 0;
}

void backlog_clear(struct backlog *b)
{
	while (b->first < b->next)
		forget_first(b);
}

uint64_t backlog_after(const struct backlog *b, const char *run, const char *last)
{
	size_t len = strlen(run);
	uint64_t number;

	if (!last || strncmp(last, run, len) || last[len] != '-' ||
	    parse_u64(last + len + 1, 0, UINT64_MAX - 1, &number) || number >= b->next)
		return b->first;
	return number + 1;
}

/* Begins what is next: a word on what is gone, or an event. False: there is none. */
static bool begin(const struct backlog *b, struct backlog_reader *r)
{
	const struct backlog_event *e;
	int n;

	r->at = r->len = 0;
	if (r->next < b->first) {
		n = asprintf(&r->rest, "event: dropped\ndata: {\"dropped\":%" PRIu64 "}\n\n",
			     b->first - r->next);
		r->next = b->first;
	} else {
		if (r->next == b->next)
			return false;
		e = &b->v[r->next++ % BACKLOG_EVENTS];
		n = asprintf(&r->rest, "%s",
			     e->text ?: "event: dropped\ndata: {\"dropped\":1}\n\n");
	}
	if (n < 0)
		r->rest = NULL;
	r->len = n < 0 ? 0 : (size_t)n;
	return true;
}

size_t backlog_read(const struct backlog *b, struct backlog_reader *r, char *to, size_t size)
{
	size_t done = 0, n;

	while (done < size) {
		if (r->at == r->len) {
			free(take_ptr(r->rest));
			if (!begin(b, r))
				break;
		}
		n = MIN(size - done, r->len - r->at);
		if (n)
			memcpy(to + done, r->rest + r->at, n);
		r->at += n;
		done += n;
	}
	return done;
}

void backlog_reader_clear(struct backlog_reader *r)
{
	free(r->rest);
	*r = (struct backlog_reader){ 0 };
}
