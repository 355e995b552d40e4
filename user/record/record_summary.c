/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_summary.h"

#include <inttypes.h>

#include "record_dropout.h"
#include "record_lines.h"

static void add_total(struct text *t, uint64_t packets, uint64_t bytes, const char *what)
{
	text_count(t, packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, bytes);
	text_add(t, ") %s", what);
}

/* o: NULL without such a command. */
static void add_on_leak(struct text *t, const struct record_on_leak *o)
{
	if (!o)
		return;
	text_add(t, ", the command was run ");
	text_count(t, o->run, "time", "times");
	if (o->limited)
		text_add(t, " and %" PRIu64 " not, for the rate limit", o->limited);
	if (o->failed)
		text_add(t, ", %" PRIu64 " failed", o->failed);
}

static void add_exempt(struct text *t, const struct record_sums *exempt)
{
	uint64_t packets = 0, bytes = 0;

	for (size_t i = 0; i < exempt->n; i++) {
		packets += exempt->v[i].packets;
		bytes += exempt->v[i].bytes;
	}
	if (!packets)
		return;
	text_add(t, ", ");
	add_total(t, packets, bytes, "exempt");
}

void record_say_leaks(struct text *t, const struct la_sum *left, uint64_t inside, bool complete)
{
	if (left->packets)
		add_total(t, left->packets, left->bytes, "leaked");
	else if (inside)
		text_add(t, complete ? "no packet leaked" : "no packet seen that leaked");
	else
		text_add(t, complete ? "no leak" : "no leak seen");
	if (!inside)
		return;
	text_add(t, left->packets ? ", " : ", but ");
	text_count(t, inside, "message", "messages");
	text_add(t, " through the tunnel told an exposed address");
}

void record_format_summary(struct text *t, const struct record_summary *s)
{
	const struct la_sum left = { s->leaks.packets, s->leaks.bytes };

	record_say_leaks(t, &left, s->inside.packets, s->complete);
	if (s->dropped.packets) {
		text_add(t, ", ");
		add_total(t, s->dropped.packets, s->dropped.bytes, "stopped");
	}
	if (s->held.packets) {
		text_add(t, ", ");
		add_total(t, s->held.packets, s->held.bytes, "held by something else");
	}
	add_exempt(t, &s->exempt);
	if (s->refused) {
		text_add(t, ", ");
		text_count(t, s->refused, "connection, question or frame",
			   "connections, questions or frames");
		text_add(t, " refused");
	}
	if (s->inbound.packets + s->inbound_dropped.packets) {
		text_add(t, ", ");
		add_total(t, s->inbound.packets + s->inbound_dropped.packets,
			  s->inbound.bytes + s->inbound_dropped.bytes, "came in from outside");
	}
	if (s->possible.packets) {
		text_add(t, ", ");
		add_total(t, s->possible.packets, s->possible.bytes,
			  "of resolvers that may be for it");
	}
	if (s->dropouts && s->dropouts->count) {
		text_add(t, ", ");
		record_add_dropouts(t, s->dropouts);
	}
	add_on_leak(t, s->on_leak);
	if (s->cut) {
		text_add(t, ", ");
		text_count(t, s->cut, "packet", "packets");
		text_add(t, " cut off within the headers");
	}
	if (s->unread) {
		text_add(t, ", ");
		text_count(t, s->unread, "packet", "packets");
		text_add(t, " not read");
	}
	text_add(t, " in %.1f s", s->seconds);
	if (s->complete)
		return;
	text_add(t, "; incomplete");
	if (s->incomplete) {
		text_add(t, ": ");
		text_escape(t, s->incomplete, false);
	}
}
