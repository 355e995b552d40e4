/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that are alike but for a few values. What does not vary is kept when the second of them is
 * written, and copied from then on.
 */
#pragma once

#include "json.h"

#define JSON_PARTS_MAX 24
#define JSON_FORM_KEY 1024

struct json_part {
	void (*put)(struct json *j, const void *of);
	/* It is written anew in each line. One that does not vary writes something, and an object
	 * that it leaves open is not empty. */
	bool varies;
};

/* All that the parts which do not vary are made from. */
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

/* The parts of such a line, and all that those which do not vary are made from. */
struct json_shape {
	const struct json_part *parts;
	size_t n;
	void (*make_key)(struct json_form_key *k, const void *of);
};

/*
 * Writes all parts. hash: of the key; 0: nothing is to be kept. With a limit of the length of
 * strings nothing is kept either.
 */
void json_form(struct json *j, const struct json_shape *shape, uint64_t hash, const void *of);

/* Done by json_free(). */
void json_forms_free(struct json *j);
