/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_scope.h"

#include <inttypes.h>

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
