/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the strings of a JSON text: enough for the state files of other programs. */
#pragma once

#include <stddef.h>

/* A string, and where it is. Escapes are left as they are. */
struct json_string {
	unsigned int depth; /* objects and arrays around it */
	const char *key; /* its own, or that of the array that it is in; "": none */
	const char *parent; /* the key of the object around it; "": none */
	const char *value; /* ends with NUL */
};

/* A nonzero return ends the reading. */
typedef int json_string_fn(void *arg, const struct json_string *s);

/*
 * Calls fn for each string that is no key, in their order. The text is changed. Returns what fn
 * returned last, or -EBADMSG: the text is malformed, or nested too deeply.
 */
int json_strings(char *text, size_t len, json_string_fn *fn, void *arg);
