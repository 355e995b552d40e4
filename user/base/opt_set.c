/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_set.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "grow.h"
#include "log.h"
#include "text.h"

#define VALUES_MAX 32 /* of a set: the bits of its target */

int opt_wrong(const struct opt_place *at, const struct opt *o, const char *fmt, ...)
{
	char what[2048];
	struct text t;
	va_list ap;

	text_init(&t, what, sizeof(what));
	if (at)
		text_add(&t, "%s:%u: %s ", at->file, at->line, o->name);
	else
		text_add(&t, "--%s ", o->name);
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	log_err("%s", what);
	return -EINVAL;
}

/* Logs that a word is not known, and what was meant or what there is. */
static int unknown_value(const struct opt *o, const char *typed, const struct opt_place *at)
{
	const char *valid[VALUES_MAX + 2] = { "all" };
	char instead[512];
	struct text t;
	size_t n = o->type == OPT_T_SET; /* "all" is a value of every set */

	for (size_t i = 0; o->choices[i] && n <= VALUES_MAX; i++)
		valid[n++] = o->choices[i];
	valid[n] = NULL;
	text_init(&t, instead, sizeof(instead));
	opt_say_instead(&t, typed, valid);
	return opt_wrong(at, o, "has no value '%s'; %s", typed, instead);
}

static int set_list(const struct opt *o, const char *value)
{
	if (!GROW(o->list->v, o->list->n))
		return -ENOMEM;
	o->list->v[o->list->n++] = value;
	return 0;
}

static int set_mixed(const struct opt *o, const char *value)
{
	if (!GROW(o->mixed->v, o->mixed->n))
		return -ENOMEM;
	o->mixed->v[o->mixed->n++] = (struct opt_of){ o->kind, value };
	return 0;
}

/* Writes a limit in the unit that the user types, so that it can be typed as shown. */
static void limit_text(struct text *t, const struct opt *o, uint64_t v)
{
	static const char units[] = "KMG";
	unsigned int unit = 0;

	if (o->type == OPT_T_SECONDS) {
		text_add(t, "%" PRIu64, (uint64_t)(v / NSEC_PER_SEC));
		if (v % NSEC_PER_SEC) {
			text_add(t, ".%09" PRIu64, (uint64_t)(v % NSEC_PER_SEC));
			while (t->buf[t->len - 1] == '0')
				t->buf[--t->len] = '\0';
		}
		return;
	}
	while (unit < 3 && v && v % 1024 == 0) {
		v /= 1024;
		unit++;
	}
	text_add(t, "%" PRIu64, v);
	if (unit)
		text_add(t, "%c", units[unit - 1]);
}

static int set_number(const struct opt *o, const char *value, const struct opt_place *at)
{
	bool size = o->type == OPT_T_SIZE;
	char buf[128];
	struct text t;
	int r;

	r = size ? parse_size(value, o->min, o->max, o->number)
		 : parse_seconds(value, o->min, o->max, o->number);
	if (r == -ERANGE) {
		text_init(&t, buf, sizeof(buf));
		limit_text(&t, o, o->min);
		text_add(&t, " and ");
		limit_text(&t, o, o->max);
		return opt_wrong(at, o, "takes a value between %s, not '%s'", buf, value);
	}
	if (r < 0)
		opt_wrong(at, o, "takes %s, not '%s'",
			  size ? "a size such as 512K or 4M" : "seconds such as 5 or 0.5", value);
	return r;
}

static int set_choice(const struct opt *o, const char *value, const struct opt_place *at)
{
	for (unsigned int i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], value)) {
			*o->choice = i;
			return 0;
		}
	}
	return unknown_value(o, value, at);
}

static int set_bit(const struct opt *o, const char *word, size_t len, uint32_t *bits,
		   const struct opt_place *at)
{
	char typed[64];

	if (len == 3 && !memcmp(word, "all", 3)) {
		for (unsigned int i = 0; o->choices[i]; i++)
			*bits |= 1U << i;
		return 0;
	}
	for (unsigned int i = 0; o->choices[i]; i++) {
		if (strlen(o->choices[i]) == len && !memcmp(o->choices[i], word, len)) {
			*bits |= 1U << i;
			return 0;
		}
	}
	len = MIN(len, sizeof(typed) - 1);
	memcpy(typed, word, len);
	typed[len] = '\0';
	return unknown_value(o, typed, at);
}

static int set_bits(const struct opt *o, const char *value, const struct opt_place *at)
{
	uint32_t bits = 0;
	size_t len;
	int r;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		r = set_bit(o, value, len, &bits, at);
		if (r < 0)
			return r;
		if (!value[len])
			break;
	}
	*o->set |= bits;
	return 0;
}

int opt_set(const struct opt *o, const char *value, const struct opt_place *at)
{
	switch (o->type) {
	case OPT_T_FLAG:
		*o->flag = true;
		return 0;
	case OPT_T_STR:
		*o->str = value;
		return 0;
	case OPT_T_LIST:
		return set_list(o, value);
	case OPT_T_MIXED:
		return set_mixed(o, value);
	case OPT_T_SIZE:
	case OPT_T_SECONDS:
		return set_number(o, value, at);
	case OPT_T_CHOICE:
		return set_choice(o, value, at);
	case OPT_T_SET:
		return set_bits(o, value, at);
	case OPT_T_END:
	case OPT_T_GROUP:
		break;
	}
	return -EINVAL;
}
