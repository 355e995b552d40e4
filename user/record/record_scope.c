/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_scope.h"

#include <inttypes.h>

#include "record_json.h"
#include "record_tables.h"

void record_add_scope(struct text *t, const struct record_scope *s, bool back)
{
	const char *separator = ": it ran unwatched ";

	text_add(t, back ? "watching " : "the watched cgroup ");
	text_escape(t, s->path, false);
	text_add(t, back ? s->first ? "" : " again" : " is gone");
	if (s->unwatched_ns) {
		text_add(t, "%sfor up to %.3f s", separator,
			 (double)s->unwatched_ns / NSEC_PER_SEC);
		separator = " and ";
	}
	if (s->missed) {
		text_add(t, "%s", separator);
		text_count(t, s->missed, "time", "times");
		text_add(t, " too short to be noticed");
	}
}

void record_put_scope(struct json *j, const struct record_scope *s)
{
	json_obj(j, "leakaudit");
	json_str(j, "scope", s->scope);
	json_obj(j, "cgroup");
	json_str(j, "path", s->path);
	if (s->id)
		json_id(j, "id", s->id);
	json_end(j);
	json_obj(j, "unwatched");
	if (s->unwatched_ns)
		json_seconds(j, "seconds", s->unwatched_ns);
	if (s->missed)
		json_u64(j, "missed", s->missed);
	json_end(j);
	json_end(j);
}

void record_put_scope_row(struct json *j, const struct record_scope_row *s)
{
	json_obj(j, NULL);
	json_str(j, "scope", s->path);
	json_str(j, "named_by", s->named_by);
	json_str(j, "name", s->name);
	if (s->id)
		json_id(j, "id", s->id);
	if (s->waiting)
		json_bool(j, "waiting", true);
	json_end(j);
}

/* More of them are only counted: the line would be cut before its end. */
#define NAMED_MAX 8

/* Those in one state, as a list behind a word. */
static void say_some(struct text *t, const struct record_ready *r, bool waiting, const char *before)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_scopes; i++) {
		if (r->scopes[i].waiting != waiting)
			continue;
		if (n++ < NAMED_MAX) {
			text_str(t, n == 1 ? before : ", ");
			text_escape(t, r->scopes[i].path, false);
		}
	}
	if (n > NAMED_MAX)
		text_add(t, " and %zu more", n - NAMED_MAX);
}

void record_say_scopes(struct text *t, const struct record_ready *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_scopes; i++)
		any |= !r->scopes[i].waiting;
	say_some(t, r, false, "watching ");
	say_some(t, r, true, any ? ", waiting for " : "waiting for ");
}

void record_put_scope_sums(struct json *j, const struct record_scope_sums *s, const char *key,
			   size_t rows)
{
	const struct {
		const char *key;
		const struct record_sum *sum;
	} sums[] = {
		{ "leaks", &s->leaks },	  { "dropped", &s->dropped }, { "held", &s->held },
		{ "judged", &s->judged }, { "exempt", &s->exempt },   { "possible", &s->possible },
		{ "inside", &s->inside },
	};

	json_obj(j, NULL);
	json_str(j, "key", key);
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		record_put_sum(j, sums[i].key, sums[i].sum->packets, sums[i].sum->bytes);
	json_u64(j, "flows", s->flows);
	record_put_rows(j, rows);
	json_end(j);
}

static void add(struct record_sum *to, const struct record_sum *sum)
{
	to->packets += sum->packets;
	to->bytes += sum->bytes;
}

void record_add_scope_sums(struct record_scope_sums *to, const struct record_scope_sums *s)
{
	add(&to->leaks, &s->leaks);
	add(&to->dropped, &s->dropped);
	add(&to->held, &s->held);
	add(&to->judged, &s->judged);
	add(&to->exempt, &s->exempt);
	add(&to->possible, &s->possible);
	add(&to->inside, &s->inside);
	to->flows += s->flows;
}
