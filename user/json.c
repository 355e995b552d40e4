/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define JSON_FIRST 1024

void json_reset(struct json *j)
{
	j->len = 0;
	j->depth = 0;
	j->filled[0] = false;
	j->failed = false;
}

void json_free(struct json *j)
{
	free(j->buf);
	*j = (struct json){ 0 };
}

static bool json_room(struct json *j, size_t n)
{
	size_t size = MAX(j->size, (size_t)JSON_FIRST);
	char *buf;

	if (j->failed)
		return false;
	if (n <= j->size - j->len)
		return true;
	while (size - j->len < n)
		size *= 2;
	buf = realloc(j->buf, size);
	if (!buf) {
		j->failed = true;
		return false;
	}
	j->buf = buf;
	j->size = size;
	return true;
}

static void json_put(struct json *j, const char *s, size_t n)
{
	if (!json_room(j, n))
		return;
	memcpy(j->buf + j->len, s, n);
	j->len += n;
}

static void json_escape(struct json *j, const char *s, size_t n, int32_t rune)
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *known = rune > 0 ? strchr(from, rune) : NULL;

	if (rune < 0)
		json_put(j, "\\ufffd", 6);
	else if (known && rune < 0x80)
		json_put(j, (char[]){ '\\', to[known - from] }, 2);
	else if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0))
		/* C1 controls are valid JSON, but someone will cat the file */
		json_put(j, (char[]){ '\\', 'u', '0', '0', hex[rune >> 4], hex[rune & 15] }, 6);
	else
		json_put(j, s, n);
}

/* Whether a byte stands for itself: printable ASCII but for '"' and '\\'. Nearly
 * all do, so that this is asked more often than anything else here. */
static inline bool json_is_plain(uint8_t c)
{
	static const uint32_t plain[256 / 32] = { 0, ~(1U << ('"' - 32)), ~(1U << ('\\' - 64)),
						  ~(1U << (0x7f - 96)) };

	return plain[c / 32] >> c % 32 & 1;
}

static void json_quoted(struct json *j, const char *s)
{
	int32_t rune;
	size_t n;

	json_put(j, "\"", 1);
	for (;;) {
		for (n = 0; json_is_plain((uint8_t)s[n]); n++)
			;
		json_put(j, s, n);
		s += n;
		if (!*s)
			break;
		rune = text_rune(s, &n);
		json_escape(j, s, n, rune);
		s += n;
	}
	json_put(j, "\"", 1);
}

/* What stands before a value: a comma, then the key. */
static void json_key(struct json *j, const char *key)
{
	if (j->depth >= JSON_DEPTH)
		return;
	if (j->filled[j->depth])
		json_put(j, ",", 1);
	j->filled[j->depth] = true;
	if (key) {
		json_quoted(j, key);
		json_put(j, ":", 1);
	}
}

static void json_open(struct json *j, const char *key, bool array)
{
	if (j->depth + 1 >= JSON_DEPTH) {
		j->failed = true; /* and the line with it: json_end() must pair */
		j->depth++;
		return;
	}
	j->start[j->depth + 1] = j->len;
	json_key(j, key);
	json_put(j, array ? "[" : "{", 1);
	j->depth++;
	j->array[j->depth] = array;
	j->filled[j->depth] = false;
}

void json_obj(struct json *j, const char *key)
{
	json_open(j, key, false);
}

void json_arr(struct json *j, const char *key)
{
	json_open(j, key, true);
}

void json_end(struct json *j)
{
	if (!j->depth) {
		j->failed = true;
		return;
	}
	if (j->depth-- >= JSON_DEPTH)
		return;
	if (j->filled[j->depth + 1] || j->array[j->depth + 1] || !j->depth) {
		json_put(j, j->array[j->depth + 1] ? "]" : "}", 1);
		return;
	}
	/* nothing was known: as if it had not been opened */
	j->len = j->start[j->depth + 1];
	if (j->len)
		j->filled[j->depth] = j->buf[j->len - 1] != '{' && j->buf[j->len - 1] != '[';
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (!s)
		return;
	json_key(j, key);
	json_quoted(j, s);
}

static void json_digits(struct json *j, uint64_t v, unsigned int width)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[sizeof(digits) - ++n] = '0' + v % 10;
		v /= 10;
	} while (v || n < width);
	json_put(j, digits + sizeof(digits) - n, n);
}

void json_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_digits(j, v, 1);
}

void json_seconds(struct json *j, const char *key, uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	json_u64(j, key, ms / 1000);
	json_put(j, ".", 1);
	json_digits(j, ms % 1000, 3);
}

void json_id(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_put(j, "\"", 1);
	json_digits(j, v, 1);
	json_put(j, "\"", 1);
}

void json_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_put(j, v ? "true" : "false", v ? 4 : 5);
}

void json_time(struct json *j, const char *key, const struct timespec *t)
{
	char date[64];
	struct tm tm;
	size_t n;

	if (!gmtime_r(&t->tv_sec, &tm))
		return;
	n = strftime(date, sizeof(date), "\"%Y-%m-%dT%H:%M:%S.", &tm);
	json_key(j, key);
	json_put(j, date, n);
	json_digits(j, t->tv_nsec, 9);
	json_put(j, "Z\"", 2);
}

int json_line(struct json *j, const char **line, size_t *len)
{
	json_put(j, "\n", 1);
	if (j->failed)
		return -ENOMEM;
	if (j->depth)
		return -EINVAL;
	*line = j->buf;
	*len = j->len;
	return 0;
}
