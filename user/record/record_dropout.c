/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_dropout.h"

#include <inttypes.h>

#include "record_json.h"

static void add_traffic(struct text *t, const struct record_dropout *d)
{
	if (!d->tried.packets && !d->refused) {
		text_add(t, "nothing tried to leave");
		return;
	}
	if (d->tried.packets) {
		text_count(t, d->tried.packets, "packet", "packets");
		text_add(t, " (");
		text_bytes(t, d->tried.bytes);
		text_add(t,
			 d->dropped.packets || d->held.packets ? ") tried to leave" : ") leaked");
		if (d->dropped.packets)
			text_add(t, ", %" PRIu64 " of them stopped", (uint64_t)d->dropped.packets);
		if (d->held.packets)
			text_add(t, ", %" PRIu64 " of them held by something else",
				 (uint64_t)d->held.packets);
	}
	if (d->refused) {
		text_str(t, d->tried.packets ? ", " : "");
		text_count(t, d->refused, "connection, question or frame",
			   "connections, questions or frames");
		text_add(t, " refused");
	}
}

void record_add_dropout(struct text *t, const struct record_dropout *d)
{
	if (d->name) {
		text_add(t, " is up, ");
		text_duration(t, d->ns);
		text_add(t, " after the loss of ");
		text_escape(t, d->name, false);
	} else {
		text_add(t, " is back after ");
		text_duration(t, d->ns);
	}
	text_add(t, ": ");
	add_traffic(t, d);
}

void record_add_dropouts(struct text *t, const struct record_dropouts *d)
{
	text_count(t, d->count, "dropout", "dropouts");
	text_add(t, " of the tunnel (");
	text_duration(t, d->ns);
	text_add(t, "%s)", d->down ? ", still down" : "");
}

void record_put_dropout(struct json *j, const struct record_dropout *d)
{
	json_obj(j, "dropout");
	json_str(j, "name", d->name);
	json_time(j, "since", &d->since);
	json_time(j, "until", &d->until);
	json_seconds(j, "seconds", d->ns);
	json_u64(j, "packets", d->tried.packets);
	json_u64(j, "bytes", d->tried.bytes);
	record_put_sum(j, "dropped", d->dropped.packets, d->dropped.bytes);
	record_put_sum(j, "held", d->held.packets, d->held.bytes);
	json_u64(j, "refused", d->refused);
	json_end(j);
}

void record_put_dropouts(struct json *j, const struct record_dropouts *d)
{
	json_obj(j, "dropouts");
	json_u64(j, "count", d->count);
	json_seconds(j, "seconds", d->ns);
	json_seconds(j, "longest", d->longest);
	json_bool(j, "down", d->down);
	json_end(j);
}
