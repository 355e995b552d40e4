/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "openmetrics.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Has room for an escaped path, each byte of which became four. */
#define VALUE_MAX (4 * PATH_MAX + 1)

void openmetrics_free(struct openmetrics *o)
{
	free(o->buf);
	*o = (struct openmetrics){ 0 };
}

void openmetrics_reset(struct openmetrics *o, enum openmetrics_format format)
{
	o->format = format;
	o->family = NULL;
	o->len = 0;
	o->failed = false;
}

static void put(struct openmetrics *o, const char *s, size_t n)
{
	size_t size = o->size ?: 4096;
	char *grown;

	while (size < o->len + n)
		size *= 2;
	if (size > o->size) {
		grown = realloc(o->buf, size);
		o->failed |= !grown;
		if (!grown)
			return;
		o->buf = grown;
		o->size = size;
	}
	memcpy(o->buf + o->len, s, n);
	o->len += n;
}

static void put_str(struct openmetrics *o, const char *s)
{
	put(o, s, strlen(s));
}

static void put_number(struct openmetrics *o, uint64_t v, unsigned int width)
{
	char digits[TEXT_DIGITS_MAX];

	put(o, digits, text_digits(digits, v, width));
}

/* "\\x1b": what an escaped byte would look like. */
static bool looks_escaped(const char *s)
{
	static const char hex[] = "0123456789abcdef";
	const char *high, *low;
	ptrdiff_t byte;

	if (s[0] != '\\' || s[1] != 'x' || !s[2] || !s[3])
		return false;
	high = strchr(hex, s[2]);
	low = strchr(hex, s[3]);
	byte = high && low ? (high - hex) * 16 + (low - hex) : ' ';
	return byte < ' ' || byte >= 0x7f || byte == '\\';
}

/*
 * As for people, but no two values become one, which would be two samples with the same labels:
 * what looks like an escaped byte has its backslash escaped. That of systemd's "\x2d" does not.
 */
static void put_safe(struct text *t, const char *raw)
{
	char part[PATH_MAX + 1];

	while (*raw) {
		size_t n = 0;

		while (raw[n] && !looks_escaped(raw + n))
			n++;
		snprintf(part, sizeof(part), "%.*s", (int)n, raw);
		text_escape(t, part, false);
		raw += n;
		if (!*raw)
			return;
		text_str(t, "\\x5c");
		raw++;
	}
}

/* What both formats require to be escaped. */
static void put_escaped(struct openmetrics *o, const char *raw)
{
	char safe[VALUE_MAX];
	const char *at = safe;
	struct text t;

	text_init(&t, safe, sizeof(safe));
	put_safe(&t, raw);
	while (*at) {
		size_t plain = strcspn(at, "\\\"");

		put(o, at, plain);
		at += plain;
		if (*at) {
			put_str(o, "\\");
			put(o, at++, 1);
		}
	}
}

static const char *suffix_of(const struct openmetrics_family *f)
{
	return f->type == OPENMETRICS_COUNTER ? "_total"
	       : f->type == OPENMETRICS_INFO  ? "_info"
					      : "";
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static void put_meta(struct openmetrics *o, const char *what, const char *value)
{
	put_str(o, "# ");
	put_str(o, what);
	put_str(o, " ");
	put_str(o, o->family->name);
	if (o->format == OPENMETRICS_PLAIN)
		put_str(o, suffix_of(o->family));
	put_str(o, " ");
	put_str(o, value);
	put_str(o, "\n");
}

void openmetrics_family(struct openmetrics *o, const struct openmetrics_family *family)
{
	static const char *const types[] = { [OPENMETRICS_COUNTER] = "counter",
					     [OPENMETRICS_GAUGE] = "gauge",
					     [OPENMETRICS_INFO] = "info" };
	static const char *const units[] = { "_seconds", "_bytes" };
	bool plain = o->format == OPENMETRICS_PLAIN;
	size_t i;

	o->family = family;
	put_meta(o, "HELP", family->help);
	put_meta(o, "TYPE",
		 plain && family->type == OPENMETRICS_INFO ? "gauge" : types[family->type]);
	for (i = 0; i < ARRAY_SIZE(units) && !plain; i++)
		if (ends_with(family->name, units[i]))
			put_meta(o, "UNIT", units[i] + 1);
}

static void put_name(struct openmetrics *o, const struct openmetrics_label *labels, size_t n)
{
	const char *before = "{";
	size_t i;

	put_str(o, o->family->name);
	put_str(o, suffix_of(o->family));
	for (i = 0; i < n; i++) {
		if (!labels[i].value)
			continue;
		put_str(o, before);
		put_str(o, labels[i].name);
		put_str(o, "=\"");
		put_escaped(o, labels[i].value);
		put_str(o, "\"");
		before = ",";
	}
	put_str(o, *before == ',' ? "} " : " ");
}

void openmetrics_sample(struct openmetrics *o, const struct openmetrics_label *labels, size_t n,
			uint64_t value)
{
	put_name(o, labels, n);
	put_number(o, value, 1);
	put_str(o, "\n");
}

void openmetrics_seconds(struct openmetrics *o, const struct openmetrics_label *labels, size_t n,
			 uint64_t ns)
{
	put_name(o, labels, n);
	put_number(o, ns / NSEC_PER_SEC, 1);
	put_str(o, ".");
	put_number(o, ns % NSEC_PER_SEC, 9);
	put_str(o, "\n");
}

int openmetrics_end(struct openmetrics *o)
{
	if (o->format == OPENMETRICS_1_0)
		put_str(o, "# EOF\n");
	return o->failed ? -ENOMEM : 0;
}
