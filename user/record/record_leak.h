/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A leak, in words and as a line. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

/* What both tell of one. */
struct record_told {
	const struct record_leak *l;
	struct record_ends ends; /* of its flow so far */
	bool ended; /* the flow has */
	bool named; /* by the name that was asked for */
	bool many; /* as several messages */
};

void record_tell(struct record_told *ret, const struct record_leak *l);

/* The message, and the parts of which it is made: name and counts vary from event to event, the way
 * from flow to flow. */
void record_say_leak(struct text *t, const struct record_leak *l);
void record_say_who(struct text *t, const struct record_told *told);
void record_say_name(struct text *t, const struct record_told *told);
void record_say_way(struct text *t, const struct record_told *told);
void record_say_why(struct text *t, const struct record_told *told);
void record_say_counts(struct text *t, const struct record_told *told);

/* record_leak_json.c: RECORD_LEAK and RECORD_POSSIBLE as an object. */
void record_leak_json(struct json *j, const struct record *r);
