/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON writer into one buffer that is kept from line to line: in the steady
 * state it allocates nothing. Fields whose value is not known (a NULL string)
 * and objects that end without a field are left out. An allocation that fails
 * is remembered and told once, by json_line().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define JSON_DEPTH 16

struct json {
	char *buf;
	size_t len, size;
	size_t start[JSON_DEPTH]; /* where an open object would be cut off */
	bool array[JSON_DEPTH];
	bool filled[JSON_DEPTH]; /* the next member needs a comma */
	unsigned int depth;
	bool failed;
	time_t second; /* that date has, if it is not empty */
	char date[48]; /* which the largest year fits */
};

/* A zeroed struct json is ready for use. json_reset() starts the next line. */
void json_reset(struct json *j);
void json_free(struct json *j);

/* key is NULL in an array and at the top. */
void json_obj(struct json *j, const char *key);
void json_arr(struct json *j, const char *key);
void json_end(struct json *j); /* of the innermost open object or array */

void json_str(struct json *j, const char *key, const char *s);
void json_u64(struct json *j, const char *key, uint64_t v);
/* ns in seconds, to the millisecond: 12.345 */
void json_seconds(struct json *j, const char *key, uint64_t ns);
/* 64-bit ids: readers that keep numbers as doubles would round them. */
void json_id(struct json *j, const char *key, uint64_t v);
void json_bool(struct json *j, const char *key, bool v);
/* RFC 3339 in UTC with nanoseconds. */
void json_time(struct json *j, const char *key, const struct timespec *t);

/* The finished line with its '\n', valid until the next call: 0, -ENOMEM, or
 * -EINVAL when something is still open. */
int json_line(struct json *j, const char **line, size_t *len);
