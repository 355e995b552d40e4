/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that are alike but for some values: those of a flow, and less so those of flows of a kind.
 * What is the same in them is kept when the second of them is written, and copied from then on.
 */
#pragma once

#include "json.h"

#define JSON_PARTS_MAX 24
#define JSON_FORM_KEY 1024

/* In which lines a part is the same. */
enum json_same { JSON_OF_KIND, JSON_OF_FLOW, JSON_OF_LINE };

struct json_part {
	/* It may leave an object open that has members. */
	void (*put)(struct json *j, const void *of);
	enum json_same same;
};

/* All that parts which are the same are made from. */
struct json_form_key {
	uint8_t bytes[JSON_FORM_KEY];
	size_t size; /* more than that: there was no room for all of it */
};

static inline void json_form_add(struct json_form_key *k, const void *from, size_t size)
{
	if (k->size <= sizeof(k->bytes) && size <= sizeof(k->bytes) - k->size)
		memcpy(k->bytes + k->size, from, size);
	k->size += size;
}

/* s may be NULL. */
static inline void json_form_add_str(struct json_form_key *k, const char *s)
{
	bool there = s;

	json_form_add(k, &there, sizeof(there));
	if (s)
		json_form_add(k, s, strlen(s) + 1);
}

/* The parts of such a line, and what makes those the same that are so in lines of a kind, or of a
 * flow, which is of that kind. */
struct json_shape {
	const struct json_part *parts;
	size_t n;
	void (*make_key)(struct json_form_key *k, const void *of, enum json_same same);
};

/*
 * Writes all parts. hash: of the key of its kind, and of its flow; 0: nothing is to be kept of it.
 * With a limit of the length of strings nothing is kept either.
 */
void json_form(struct json *j, const struct json_shape *shape, const uint64_t hash[JSON_OF_LINE],
	       const void *of);

/* Done by json_free(). */
void json_forms_free(struct json *j);
