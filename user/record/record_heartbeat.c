/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_heartbeat.h"

#include <inttypes.h>

#include "record_json.h"
#include "record_summary.h"

static void add_sum(struct text *t, const struct la_sum *sum, const char *what)
{
	if (!sum->packets)
		return;
	text_add(t, ", ");
	text_count(t, sum->packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, sum->bytes);
	text_add(t, ") %s", what);
}

void record_say_heartbeat(struct text *t, const struct record_heartbeat *h)
{
	text_add(t, "alive for ");
	text_duration(t, h->ns);
	if (!h->up && !h->down)
		text_add(t, ": there is no tunnel");
	else
		text_add(t, ": tunnels up %" PRIu64 ", down %" PRIu64, h->up, h->down);
	text_add(t, ", ");
	record_say_leaks(t, &h->leaks, h->inside.packets, !h->incomplete);
	add_sum(t, &h->dropped, "stopped");
	add_sum(t, &h->held, "held by something else");
	if (!h->incomplete)
		return;
	text_add(t, "; incomplete: ");
	text_escape(t, h->incomplete, false);
}

void record_put_heartbeat(struct json *j, const struct record_heartbeat *h)
{
	json_obj(j, "leakaudit");
	json_bool(j, "complete", !h->incomplete);
	json_str(j, "incomplete", h->incomplete);
	record_put_lost(j, &h->lost);
	json_obj(j, "heartbeat");
	json_seconds(j, "interval", h->interval);
	json_seconds(j, "seconds", h->ns);
	record_put_sum(j, "leaks", h->leaks.packets, h->leaks.bytes);
	record_put_sum(j, "dropped", h->dropped.packets, h->dropped.bytes);
	record_put_sum(j, "held", h->held.packets, h->held.bytes);
	record_put_sum(j, "judged", h->judged.packets, h->judged.bytes);
	record_put_sum(j, "inside", h->inside.packets, h->inside.bytes);
	json_u64(j, "refused", h->refused);
	json_obj(j, "tunnels");
	json_u64(j, "up", h->up);
	json_u64(j, "down", h->down);
	json_arr(j, "names_down");
	for (size_t i = 0; i < RECORD_TUNNELS_MAX && h->tunnels_down[i]; i++)
		json_str(j, NULL, h->tunnels_down[i]);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}
