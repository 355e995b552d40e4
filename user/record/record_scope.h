/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records about a watched cgroup that was removed or created again: message and JSON. */
#pragma once

#include "base/json.h"
#include "record.h"
#include "base/text.h"

/* One of several scopes, for the record of the start. */
struct record_scope_row {
	const char *path; /* of its cgroup, or what is waited for */
	uint64_t id; /* 0: unknown */
	const char *named_by; /* "unit", "cgroup", "pid", "container" */
	const char *name; /* as the user named it */
	bool waiting; /* it does not exist yet */
};

/* What one of several scopes has sent in a run, as record_summary has it of all. */
struct record_scope_sums {
	const char *path; /* NULL: what belongs to one of them, and to which is not known */
	struct record_sum leaks, dropped, held, judged;
	struct record_sum exempt, possible, inside;
	uint64_t flows;
};

void record_put_scope_row(struct json *j, const struct record_scope_row *s);
void record_say_scopes(struct text *t, const struct record_ready *r);
/* A row of the summary. rows: 0, or it is the sum of so many. */
void record_put_scope_sums(struct json *j, const struct record_scope_sums *s, const char *key,
			   size_t rows);
void record_add_scope_sums(struct record_scope_sums *to, const struct record_scope_sums *s);

void record_add_scope(struct text *t, const struct record_scope *s, bool back);

/* Writes all members after the head of the line. */
void record_put_scope(struct json *j, const struct record_scope *s);
