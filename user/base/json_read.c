/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_read.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX 32

struct level {
	bool array;
	const char *key; /* of the member that is being read; of an array: its own */
};

struct reader {
	char *at, *end;
	struct level levels[DEPTH_MAX + 1]; /* the first is the text itself */
	unsigned int depth;
	json_string_fn *fn;
	void *arg;
};

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || (*r->at >= '\t' && *r->at <= '\r')))
		r->at++;
}

/* Ends the string where its quote was. NULL: it has no end. */
static char *take_string(struct reader *r)
{
	char *s = ++r->at;

	for (; r->at < r->end && *r->at != '"'; r->at++)
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
	if (r->at >= r->end)
		return NULL;
	*r->at++ = '\0';
	return s;
}

static int open_level(struct reader *r)
{
	const char *key = r->levels[r->depth].key;

	if (r->depth == DEPTH_MAX)
		return -EBADMSG;
	r->levels[++r->depth] =
		(struct level){ .array = *r->at == '[', .key = *r->at == '[' ? key : "" };
	r->at++;
	return 0;
}

static int close_level(struct reader *r)
{
	if (!r->depth || r->levels[r->depth].array != (*r->at == ']'))
		return -EBADMSG;
	r->depth--;
	r->at++;
	return 0;
}

static int on_string(struct reader *r)
{
	struct level *in = &r->levels[r->depth];
	struct json_string s = { .depth = r->depth, .key = in->key, .parent = "" };

	s.value = take_string(r);
	if (!s.value)
		return -EBADMSG;
	skip_space(r);
	if (r->at < r->end && *r->at == ':') {
		if (!r->depth || in->array)
			return -EBADMSG;
		in->key = s.value;
		r->at++;
		return 0;
	}
	if (r->depth)
		s.parent = r->levels[r->depth - 1].key;
	return r->fn(r->arg, &s);
}

int json_strings(char *text, size_t len, json_string_fn *fn, void *arg)
{
	struct reader r = { .at = text, .end = text + len, .fn = fn, .arg = arg };
	int n = 0;

	r.levels[0].key = "";
	for (skip_space(&r); r.at < r.end && !n; skip_space(&r)) {
		switch (*r.at) {
		case '{':
		case '[':
			n = open_level(&r);
			break;
		case '}':
		case ']':
			n = close_level(&r);
			break;
		case '"':
			n = on_string(&r);
			break;
		default: /* commas, numbers and words say nothing */
			r.at++;
		}
	}
	return n ?: r.depth ? -EBADMSG : 0;
}
