/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_read.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 32

/* FNV-1a */
#define PATH_SEED 0xcbf29ce484222325ULL
#define PATH_PRIME 0x100000001b3ULL

#define REPLACEMENT 0xfffd

struct level {
	bool array;
	const char *key; /* of the member that is being read; of an array: its own */
	uint64_t within; /* the path of the object itself; of an array: its own */
	uint64_t path; /* that of the member */
};

struct reader {
	char *at, *end;
	struct level levels[DEPTH_MAX + 1]; /* the first is the text itself */
	unsigned int depth;
	json_value_fn *fn;
	void *arg;
};

static uint64_t path_add(uint64_t path, const char *key, size_t len)
{
	if (path != PATH_SEED)
		path = (path ^ '.') * PATH_PRIME;
	for (size_t i = 0; i < len; i++)
		path = (path ^ (unsigned char)key[i]) * PATH_PRIME;
	return path;
}

uint64_t json_path(const char *keys)
{
	return path_add(PATH_SEED, keys, strlen(keys));
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end &&
	       (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* --- strings --- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind "\u". -1: there are none. */
static int32_t take_unit(struct reader *r)
{
	int32_t unit = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*r->at++);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* A pair of surrogates is one rune (RFC 8259 7); half a pair is none. */
static int32_t take_rune(struct reader *r)
{
	int32_t rune = take_unit(r), low;

	if (rune < 0)
		return -1;
	if (rune >= 0xd800 && rune < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
	    r->at[1] == 'u') {
		char *before = r->at;

		r->at += 2;
		low = take_unit(r);
		if (low >= 0xdc00 && low < 0xe000)
			return 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
		r->at = before; /* read on its own */
	}
	return !rune || (rune >= 0xd800 && rune < 0xe000) ? REPLACEMENT : rune;
}

static char *put_rune(char *to, int32_t rune)
{
	if (rune < 0x80) {
		*to++ = (char)rune;
		return to;
	}
	if (rune < 0x800) {
		*to++ = (char)(0xc0 | rune >> 6);
	} else if (rune < 0x10000) {
		*to++ = (char)(0xe0 | rune >> 12);
		*to++ = (char)(0x80 | (rune >> 6 & 0x3f));
	} else {
		*to++ = (char)(0xf0 | rune >> 18);
		*to++ = (char)(0x80 | (rune >> 12 & 0x3f));
		*to++ = (char)(0x80 | (rune >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (rune & 0x3f));
	return to;
}

/* Reads what is behind a backslash; what it stands for is never longer. NULL: malformed. */
static char *take_escape(struct reader *r, char *to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int32_t rune;

	if (r->at >= r->end)
		return NULL;
	if (*r->at == 'u') {
		r->at++;
		rune = take_rune(r);
		return rune < 0 ? NULL : put_rune(to, rune);
	}
	found = *r->at ? strchr(from, *r->at) : NULL;
	if (!found)
		return NULL;
	r->at++;
	*to++ = is[found - from];
	return to;
}

/* Ends the string where its quote was, or before. NULL: it is malformed. */
static char *take_string(struct reader *r, size_t *len)
{
	char *s = ++r->at, *to;

	while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (unsigned char)*r->at >= ' ')
		r->at++;
	for (to = r->at; r->at < r->end && *r->at != '"';) {
		if (*r->at == '\\') {
			r->at++;
			to = take_escape(r, to);
			if (!to)
				return NULL;
		} else if ((unsigned char)*r->at < ' ') {
			return NULL;
		} else {
			*to++ = *r->at++;
		}
	}
	if (r->at >= r->end)
		return NULL;
	r->at++;
	*to = '\0';
	*len = (size_t)(to - s);
	return s;
}

/* --- numbers and words --- */

static bool take_digits(struct reader *r)
{
	const char *begin = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > begin;
}

static bool take_one(struct reader *r, char c)
{
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_number(struct reader *r)
{
	take_one(r, '-');
	if (!take_one(r, '0') && !take_digits(r))
		return false;
	if (take_one(r, '.') && !take_digits(r))
		return false;
	if (!take_one(r, 'e') && !take_one(r, 'E'))
		return true;
	if (!take_one(r, '+'))
		take_one(r, '-');
	return take_digits(r);
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* --- values --- */

static int tell(struct reader *r, struct json_value *v)
{
	const struct level *in = &r->levels[r->depth];

	v->depth = r->depth;
	v->key = in->key;
	v->parent = r->depth ? r->levels[r->depth - 1].key : "";
	v->path = in->path;
	return r->fn(r->arg, v);
}

static int take_scalar(struct reader *r)
{
	struct json_value v = { .type = JSON_NUMBER, .value = r->at };
	bool valid = false;

	switch (*r->at) {
	case '"':
		v.type = JSON_STRING;
		v.value = take_string(r, &v.len);
		return v.value ? tell(r, &v) : -EBADMSG;
	case 't':
		v.type = JSON_TRUE;
		valid = take_word(r, "true");
		break;
	case 'f':
		v.type = JSON_FALSE;
		valid = take_word(r, "false");
		break;
	case 'n':
		v.type = JSON_NULL;
		valid = take_word(r, "null");
		break;
	default:
		valid = take_number(r);
	}
	v.len = (size_t)(r->at - v.value);
	return valid ? tell(r, &v) : -EBADMSG;
}

/* The key of an object's next member, with its colon. */
static int take_key(struct reader *r)
{
	struct level *in = &r->levels[r->depth];
	size_t len;

	skip_space(r);
	if (r->at >= r->end || *r->at != '"')
		return -EBADMSG;
	in->key = take_string(r, &len);
	if (!in->key || !take(r, ':'))
		return -EBADMSG;
	in->path = path_add(in->within, in->key, len);
	return 0;
}

/* Enters an object or an array. 1: it has a value, which is next; 0: it is empty. */
static int enter(struct reader *r)
{
	const struct level *in = &r->levels[r->depth];
	bool array = *r->at++ == '[';

	if (r->depth == DEPTH_MAX)
		return -EBADMSG;
	r->levels[++r->depth] = (struct level){
		.array = array, .key = array ? in->key : "", .within = in->path, .path = in->path
	};
	if (!take(r, array ? ']' : '}'))
		return array ? 1 : take_key(r) ?: 1;
	r->depth--;
	return 0;
}

/* What is behind a value: leaves what ends with it. 1: another value is next; 0: that was all. */
static int leave(struct reader *r)
{
	while (r->depth) {
		bool array = r->levels[r->depth].array;

		if (take(r, ','))
			return array ? 1 : take_key(r) ?: 1;
		if (!take(r, array ? ']' : '}'))
			return -EBADMSG;
		r->depth--;
	}
	skip_space(r);
	return r->at < r->end ? -EBADMSG : 0;
}

int json_read(char *text, size_t len, json_value_fn *fn, void *arg)
{
	struct reader r = { .at = text, .end = text + len, .fn = fn, .arg = arg };
	int n;

	r.levels[0] = (struct level){ .key = "", .within = PATH_SEED, .path = PATH_SEED };
	do {
		skip_space(&r);
		if (r.at >= r.end)
			return -EBADMSG;
		if (*r.at == '{' || *r.at == '[') {
			n = enter(&r);
		} else {
			n = take_scalar(&r);
			if (n)
				return n;
		}
		if (!n)
			n = leave(&r);
	} while (n > 0);
	return n;
}

struct strings {
	json_value_fn *fn;
	void *arg;
};

static int on_value(void *arg, const struct json_value *v)
{
	const struct strings *s = arg;

	return v->type == JSON_STRING ? s->fn(s->arg, v) : 0;
}

int json_strings(char *text, size_t len, json_value_fn *fn, void *arg)
{
	return json_read(text, len, on_value, &(struct strings){ fn, arg });
}

bool json_value_u64(const struct json_value *v, uint64_t *ret)
{
	uint64_t n = 0;

	if (v->type != JSON_NUMBER || v->value[0] == '-')
		return false;
	for (size_t i = 0; i < v->len && v->value[i] != '.'; i++) {
		if (v->value[i] < '0' || v->value[i] > '9') /* an exponent */
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(v->value[i] - '0'), &n))
			return false;
	}
	*ret = n;
	return true;
}
