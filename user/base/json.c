/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_again.h"
#include "json_form.h"
#include "text.h"

#define JSON_FIRST 1024

void json_reset(struct json *j)
{
	j->len = 0;
	j->depth = 0;
	j->filled = 0;
	j->failed = false;
}

void json_free(struct json *j)
{
	free(j->buf);
	json_again_free(j);
	json_forms_free(j);
	*j = (struct json){ 0 };
}

static char *json_grow(struct json *j, size_t n)
{
	size_t size = MAX(j->size, (size_t)JSON_FIRST);
	char *buf;

	if (j->failed)
		return NULL;
	while (size - j->len < n)
		size *= 2;
	buf = realloc(j->buf, size);
	if (!buf) {
		j->failed = true;
		return NULL;
	}
	j->buf = buf;
	j->size = size;
	return j->buf + j->len;
}

/* Returns room for up to n bytes, or NULL. json_upto() adds those that were written. */
static inline char *json_room(struct json *j, size_t n)
{
	return n <= j->size - j->len ? j->buf + j->len : json_grow(j, n);
}

static inline void json_upto(struct json *j, const char *end)
{
	j->len = (size_t)(end - j->buf);
}

static inline void json_put(struct json *j, const char *s, size_t n)
{
	char *to = json_room(j, n);

	if (to)
		json_upto(j, mempcpy(to, s, n));
}

static inline void json_byte(struct json *j, char c)
{
	char *to = json_room(j, 1);

	if (to) {
		*to = c;
		j->len++;
	}
}

/* The longest escape of a rune: that of an invalid byte. */
#define JSON_RUNE_MAX 6

static char *json_escape(char *to, const char *s, size_t n, int32_t rune)
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\"\\\b\f\n\r\t", escapes[] = "\"\\bfnrt";
	const char *known = rune > 0 ? strchr(from, rune) : NULL;

	if (rune < 0)
		return mempcpy(to, "\\ufffd", 6);
	if (known && rune < 0x80)
		return mempcpy(to, (char[]){ '\\', escapes[known - from] }, 2);
	if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0))
		/* C1 controls are valid JSON, but act on a terminal that shows the file */
		return mempcpy(to, (char[]){ '\\', 'u', '0', '0', hex[rune >> 4], hex[rune & 15] },
			       6);
	return mempcpy(to, s, n);
}

/*
 * Whether a byte is copied unchanged: printable ASCII except '"' and '\\'. Nearly all bytes are, so
 * this runs more often than anything else here.
 */
static inline bool json_is_plain(uint8_t c)
{
	static const uint32_t plain[256 / 32] = { 0, ~(1U << ('"' - 32)), ~(1U << ('\\' - 64)),
						  ~(1U << (0x7f - 96)) };

	return plain[c / 32] >> c % 32 & 1;
}

/*
 * Sets bit 7 of each of eight bytes that is not plain. A borrow may mark the byte after it, too,
 * which costs time but is not wrong.
 */
static inline uint64_t json_not_plain(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101, high = ones << 7;
	const uint64_t quote = v ^ ones * '"', backslash = v ^ ones * '\\', del = v ^ ones * 0x7f;

	return ((v - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones)) & high;
}

/* Copies plain bytes from *s on, up to end. Nearly all bytes are plain. */
static inline char *json_plain(char *to, const char **s, const char *end)
{
	const char *from = *s;
	uint64_t v;

	for (; end - from >= 8; from += 8, to += 8) {
		memcpy(&v, from, 8);
		if (json_not_plain(v))
			break;
		memcpy(to, &v, 8);
	}
	while (from < end && json_is_plain((uint8_t)*from))
		*to++ = *from++;
	*s = from;
	return to;
}

/* to: room for JSON_RUNE_MAX times so many bytes. */
static char *json_escaped(char *to, const char *s, size_t len)
{
	const char *end = s + len;
	int32_t rune;
	size_t n;

	for (to = json_plain(to, &s, end); s < end; to = json_plain(to, &s, end)) {
		rune = text_rune(s, &n);
		to = json_escape(to, s, n, rune);
		s += n;
	}
	return to;
}

static void json_quoted(struct json *j, const char *s, size_t len)
{
	char *to = json_room(j, len * JSON_RUNE_MAX + 2);

	if (!to)
		return;
	*to++ = '"';
	to = json_escaped(to, s, len);
	*to++ = '"';
	json_upto(j, to);
}

/* The bytes of whole runes that fit into the limit, of a string that is longer. */
static size_t json_fitting(const char *s, size_t limit)
{
	size_t at = 0, n;

	for (text_rune(s, &n); at + n <= limit; text_rune(s + at, &n))
		at += n;
	return at;
}

static const char json_more[] = "…";

static void json_begin(struct json *j, struct json_key key);

static void json_open_text(struct json *j)
{
	json_byte(j, '"');
	j->text = 0;
	j->cut = 0;
}

void json_text_begin(struct json *j, const char *key)
{
	json_begin(j, json_key(key));
	json_open_text(j);
}

static void json_text_put(struct json *j, const char *s, size_t len)
{
	char *to = json_room(j, len * JSON_RUNE_MAX);

	if (to)
		json_upto(j, json_escaped(to, s, len));
	j->text += len;
}

void json_text_add(struct json *j, const char *s)
{
	size_t most = j->limit - (sizeof(json_more) - 1), len = strlen(s), fits = 0;

	if (j->limit && !j->cut && j->text + len > most) {
		fits = json_fitting(s, most - j->text);
		json_text_put(j, s, fits);
		j->cut = j->len;
	}
	json_text_put(j, s + fits, len - fits);
}

void json_text_end(struct json *j)
{
	if (j->limit && j->text > j->limit && !j->failed) {
		j->len = j->cut;
		json_put(j, json_more, sizeof(json_more) - 1);
	}
	json_byte(j, '"');
}

static void json_value(struct json *j, const char *s)
{
	size_t len = strlen(s);

	if (!j->limit || len <= j->limit) {
		json_quoted(j, s, len);
		return;
	}
	json_open_text(j);
	json_text_add(j, s);
	json_text_end(j);
}

/* Writes what precedes a value: a comma, then the key. */
static void json_begin(struct json *j, struct json_key key)
{
	char *to = json_room(j, key.len + 4);

	if (!to || j->depth >= JSON_DEPTH)
		return;
	if (j->filled >> j->depth & 1)
		*to++ = ',';
	j->filled |= 1U << j->depth;
	if (key.s) {
		*to++ = '"';
		to = mempcpy(to, key.s, key.len);
		*to++ = '"';
		*to++ = ':';
	}
	json_upto(j, to);
}

void json_open_key(struct json *j, struct json_key key, bool array)
{
	if (j->depth + 1 >= JSON_DEPTH) {
		j->failed = true; /* fail the whole line, since json_end() must pair */
		j->depth++;
		return;
	}
	j->start[j->depth + 1] = j->len;
	json_begin(j, key);
	json_byte(j, array ? '[' : '{');
	j->depth++;
	j->arrays &= ~(1U << j->depth);
	j->arrays |= (uint32_t)array << j->depth;
	j->filled &= ~(1U << j->depth);
}

void json_end(struct json *j)
{
	bool array;

	if (!j->depth) {
		j->failed = true;
		return;
	}
	if (j->depth-- >= JSON_DEPTH)
		return;
	array = j->arrays >> (j->depth + 1) & 1;
	if (array || j->filled >> (j->depth + 1) & 1 || !j->depth) {
		json_byte(j, array ? ']' : '}');
		return;
	}
	/* the object is empty: remove it */
	j->len = j->start[j->depth + 1];
	if (j->len && (j->buf[j->len - 1] == '{' || j->buf[j->len - 1] == '['))
		j->filled &= ~(1U << j->depth);
}

void json_copy(struct json *j, const char *text, size_t len)
{
	json_put(j, text, len);
}

void json_raw(struct json *j, const char *members, size_t len)
{
	json_begin(j, json_key(NULL));
	json_put(j, members, len);
}

void json_str_key(struct json *j, struct json_key key, const char *s)
{
	json_begin(j, key);
	json_value(j, s);
}

static void json_digits(struct json *j, uint64_t v, unsigned int width)
{
	char *to = json_room(j, TEXT_DIGITS_MAX);

	if (to)
		json_upto(j, to + text_digits(to, v, width));
}

void json_u64_key(struct json *j, struct json_key key, uint64_t v)
{
	json_begin(j, key);
	json_digits(j, v, 1);
}

void json_seconds(struct json *j, const char *key, uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	json_u64(j, key, ms / 1000);
	json_byte(j, '.');
	json_digits(j, ms % 1000, 3);
}

void json_id_key(struct json *j, struct json_key key, uint64_t v)
{
	json_begin(j, key);
	json_byte(j, '"');
	json_digits(j, v, 1);
	json_byte(j, '"');
}

void json_bool(struct json *j, const char *key, bool v)
{
	json_begin(j, json_key(key));
	json_put(j, v ? "true" : "false", v ? 4 : 5);
}

/* RFC 3339 has years of four digits: 1000-01-01T00:00:00 to 9999-12-31T23:59:59. */
#define SECOND_MIN (-30610224000)
#define SECOND_MAX 253402300799

void json_time(struct json *j, const char *key, const struct timespec *t)
{
	time_t second = MIN(MAX(t->tv_sec, SECOND_MIN), SECOND_MAX);
	struct json_date *date = &j->dates[j->date];
	struct tm tm;

	if (!*date->text || date->second != second) {
		j->date = !j->date;
		date = &j->dates[j->date];
	}
	if (!*date->text || date->second != second) {
		gmtime_r(&second, &tm);
		strftime(date->text, sizeof(date->text), "\"%Y-%m-%dT%H:%M:%S.", &tm);
		date->second = second;
	}
	json_begin(j, json_key(key));
	json_put(j, date->text, strlen(date->text));
	json_digits(j, t->tv_nsec, 9);
	json_put(j, "Z\"", 2);
}

int json_line(struct json *j, const char **line, size_t *len)
{
	json_byte(j, '\n');
	if (j->failed)
		return -ENOMEM;
	if (j->depth)
		return -EINVAL;
	*line = j->buf;
	*len = j->len;
	return 0;
}

int json_print(struct json *j)
{
	const char *line;
	size_t len;
	int r = json_line(j, &line, &len);

	if (!r && (fwrite(line, 1, len, stdout) != len || fflush(stdout)))
		r = -errno;
	return r;
}
