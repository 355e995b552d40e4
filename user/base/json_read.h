/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a JSON text (RFC 8259) value by value, without memory of its own: state files of other
 * programs, and recorded events by the million.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

/* A value that is no object and no array, and where it is. */
struct json_value {
	enum json_type type;
	unsigned int depth; /* objects and arrays around it */
	const char *key; /* its own, or that of the array that it is in; "": none */
	const char *parent; /* the key of the object around it; "": none */
	uint64_t path; /* json_path() of its keys; in an array, of the array's */
	/* Of a string: its bytes without escapes, with a NUL behind; what has no place in a string
	 * of C is U+FFFD. Of the others: the word itself, without a NUL. */
	const char *value;
	size_t len;
};

/* Names a place by its keys: "event.action". */
uint64_t json_path(const char *keys);

/* A nonzero return ends the reading. */
typedef int json_value_fn(void *arg, const struct json_value *v);

/*
 * Calls fn for each value that is no key, in their order. The text is changed. Returns what fn
 * returned last, or -EBADMSG: the text is malformed, or nested too deeply. Bytes that are no UTF-8
 * are left to who reads the strings.
 */
int json_read(char *text, size_t len, json_value_fn *fn, void *arg);

/* The same, with its strings only. */
int json_strings(char *text, size_t len, json_value_fn *fn, void *arg);

/* Whether it is a number that a uint64_t holds; decimals are cut. */
bool json_value_u64(const struct json_value *v, uint64_t *ret);
