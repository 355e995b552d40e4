/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON into a buffer that is reused for each line, so that it seldom allocates. A field
 * without a value (a NULL string) and an object without a field are left out. A failed allocation
 * is remembered and returned by json_line().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define JSON_DEPTH 16

struct json {
	char *buf;
	size_t len, size;
	size_t start[JSON_DEPTH]; /* where the line is cut if the object stays empty */
	uint32_t arrays; /* a bit for each depth: an array is open there */
	uint32_t filled; /* the same: the next member needs a comma */
	unsigned int depth;
	bool failed;
	size_t limit; /* of a value's bytes; 0: none. What is longer ends in "…" before that */
	struct json_date {
		time_t second; /* that text is of, if it is not empty */
		char text[48]; /* has room for the largest year */
	} dates[2]; /* most lines are of the second of the line before, or of their flow's start */
	unsigned int date; /* the latest of them */
	size_t text; /* bytes of the string that json_text_begin() has begun */
	size_t cut; /* where the line is cut if that grows beyond the limit; 0: not known yet */
	struct json_pieces *pieces; /* see json_again.h; NULL: none were kept yet */
	struct json_forms *forms; /* see json_form.h; the same */
};

/* A zeroed struct json is ready for use. json_reset() starts the next line. */
void json_reset(struct json *j);
void json_free(struct json *j);

/*
 * A member's name: NULL in an array and at the top. It is written as it is, and has neither quotes
 * nor escapes. Nearly all are literals, whose length the compiler knows.
 */
struct json_key {
	const char *s;
	size_t len;
};

static inline struct json_key json_key(const char *key)
{
	return (struct json_key){ key, key ? strlen(key) : 0 };
}

void json_open_key(struct json *j, struct json_key key, bool array);
void json_str_key(struct json *j, struct json_key key, const char *s);
void json_u64_key(struct json *j, struct json_key key, uint64_t v);
void json_id_key(struct json *j, struct json_key key, uint64_t v);

static inline void json_obj(struct json *j, const char *key)
{
	json_open_key(j, json_key(key), false);
}

static inline void json_arr(struct json *j, const char *key)
{
	json_open_key(j, json_key(key), true);
}

void json_end(struct json *j); /* the innermost object or array */

/* A string in several pieces. */
void json_text_begin(struct json *j, const char *key);
void json_text_add(struct json *j, const char *s);
void json_text_end(struct json *j);

/* Writes text as it is. */
void json_copy(struct json *j, const char *text, size_t len);

/* Writes members that were written before: "a":1,"b":2 */
void json_raw(struct json *j, const char *members, size_t len);

static inline void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_str_key(j, json_key(key), s);
}

static inline void json_u64(struct json *j, const char *key, uint64_t v)
{
	json_u64_key(j, json_key(key), v);
}

/* Writes ns as seconds with three decimals: 12.345. */
void json_seconds(struct json *j, const char *key, uint64_t ns);

/* Writes a 64-bit id as a string: readers that store numbers as doubles would round it. */
static inline void json_id(struct json *j, const char *key, uint64_t v)
{
	json_id_key(j, json_key(key), v);
}

void json_bool(struct json *j, const char *key, bool v);
/* RFC 3339 in UTC with nanoseconds; what is beyond its years is the nearest second in them. */
void json_time(struct json *j, const char *key, const struct timespec *t);

/*
 * The finished line with its '\n', valid until the next call. 0; -ENOMEM; -EINVAL if an object or
 * array is still open.
 */
int json_line(struct json *j, const char **line, size_t *len);

/* Prints it to stdout. -errno as well. */
int json_print(struct json *j);
