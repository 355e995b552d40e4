/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "log.h"
#include "opt_find.h"
#include "text.h"

#define OPTIONS_MAX 96 /* among which the nearest is looked for */
#define VALUES_MAX 32 /* of a set: the bits of its target */

void opt_list_free(struct opt_list *l)
{
	free(l->v);
	*l = (struct opt_list){ 0 };
}

void opt_mixed_free(struct opt_mixed *m)
{
	free(m->v);
	*m = (struct opt_mixed){ 0 };
}

/* Logs that a word is not known, and what was meant or what there is. */
static int unknown_value(const struct opt *o, const char *typed)
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
	log_err("--%s has no value '%s'; %s", o->name, typed, instead);
	return -EINVAL;
}

static int set_list(const struct opt *o, const char *value)
{
	const char **v = reallocarray(o->list->v, o->list->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	o->list->v = v;
	v[o->list->n++] = value;
	return 0;
}

static int set_mixed(const struct opt *o, const char *value)
{
	struct opt_of *v = reallocarray(o->mixed->v, o->mixed->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	o->mixed->v = v;
	v[o->mixed->n++] = (struct opt_of){ o->kind, value };
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

static int set_number(const struct opt *o, const char *value)
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
		log_err("--%s takes a value between %s, not '%s'", o->name, buf, value);
		return -EINVAL;
	}
	if (r < 0)
		log_err("--%s takes %s, not '%s'", o->name,
			size ? "a size such as 512K or 4M" : "seconds such as 5 or 0.5", value);
	return r;
}

static int set_choice(const struct opt *o, const char *value)
{
	for (unsigned int i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], value)) {
			*o->choice = i;
			return 0;
		}
	}
	return unknown_value(o, value);
}

static int set_bit(const struct opt *o, const char *word, size_t len, uint32_t *bits)
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
	return unknown_value(o, typed);
}

static int set_bits(const struct opt *o, const char *value)
{
	uint32_t bits = 0;
	size_t len;
	int r;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		r = set_bit(o, value, len, &bits);
		if (r < 0)
			return r;
		if (!value[len])
			break;
	}
	*o->set |= bits;
	return 0;
}

static int set_value(const struct opt *o, const char *value)
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
		return set_number(o, value);
	case OPT_T_CHOICE:
		return set_choice(o, value);
	case OPT_T_SET:
		return set_bits(o, value);
	case OPT_T_END:
	case OPT_T_GROUP:
		break;
	}
	return -EINVAL;
}

/* The option that was meant, for the user; "-ojson" has its value too near. */
static void say_meant(struct text *t, const struct opt *opts, const char *typed)
{
	const char *names[OPTIONS_MAX + 2] = { "help" }, *nearest;
	size_t n = 1;

	if (typed[1] && typed[1] != '-' && typed[2]) {
		const struct opt *o = opt_find(opts, (char[]){ '-', typed[1], '\0' }, 2);

		if (o && opt_takes_value(o) && !opt_value_optional(o)) {
			text_add(t, "; a value is apart: -%c ", o->letter);
			text_escape(t, typed + 2, false);
			return;
		}
	}
	for (; opts->type != OPT_T_END && n <= OPTIONS_MAX; opts++)
		if (opts->type != OPT_T_GROUP)
			names[n++] = opts->name;
	names[n] = NULL;
	nearest = opt_nearest(typed + strspn(typed, "-"), names);
	if (nearest)
		text_add(t, "; the nearest is '--%s'", nearest);
	else
		text_add(t, "; --help lists them");
}

static int unknown_option(const struct opt *opts, const char *word, size_t len)
{
	char typed[64], meant[128];
	struct text t;

	len = MIN(len, sizeof(typed) - 1);
	memcpy(typed, word, len);
	typed[len] = '\0';
	text_init(&t, meant, sizeof(meant));
	say_meant(&t, opts, word[1] == '-' ? typed : word);
	log_err("unknown option '%s'%s", typed, meant);
	return -EINVAL;
}

/* Whether all words are values of the set. */
static bool are_values(const struct opt *o, const char *value)
{
	size_t len, i;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		for (i = 0; o->choices[i]; i++)
			if (strlen(o->choices[i]) == len && !memcmp(o->choices[i], value, len))
				break;
		if (!o->choices[i] && !(len == 3 && !memcmp(value, "all", 3)))
			return false;
		if (!value[len])
			return true;
	}
}

/*
 * "--drop dns" would stop everything and take "dns" for an operand: with run, for the command.
 */
static int refuse_apart(const struct opt *o, const char *next)
{
	if (!next || !are_values(o, next))
		return 0;
	log_err("the value of --%s comes behind a '=': --%s=%s", o->name, o->name, next);
	return -EINVAL;
}

/* Parses the option at argv[*i] with its value. */
static int parse_option(const struct opt *opts, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct opt *o = opt_find(opts, word, len);

	if (!o)
		return unknown_option(opts, word, len);
	if (value && !opt_takes_value(o)) {
		log_err("--%s takes no value", o->name);
		return -EINVAL;
	}
	if (!value && opt_value_optional(o)) {
		if (refuse_apart(o, argv[*i + 1]))
			return -EINVAL;
		value = "all";
	} else if (!value && opt_takes_value(o) && *i + 1 < argc &&
		   strncmp(argv[*i + 1], "--", 2) != 0) {
		value = argv[++*i];
	}
	if (opt_takes_value(o) && (!value || !*value)) {
		log_err("--%s needs a value: --%s=%s", o->name, o->name, o->arg);
		return -EINVAL;
	}
	return set_value(o, value);
}

int opt_parse(const struct opt_usage *u, int argc, char **argv, char ***operands)
{
	bool ended = false;
	int n = 1, r;

	for (int i = 1; i < argc; i++) {
		if (ended || argv[i][0] != '-' || !argv[i][1]) {
			if (!operands) {
				log_err("unexpected argument '%s'", argv[i]);
				return -EINVAL;
			}
			argv[n++] = argv[i];
			ended |= u->command;
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			ended = true;
			continue;
		}
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			opt_help(u);
			return 1;
		}
		r = parse_option(u->opts, argc, argv, &i);
		if (r < 0)
			return r;
	}
	if (operands) {
		argv[n] = NULL; /* argv[argc] is NULL, so there is room */
		*operands = argv + 1;
	}
	return 0;
}

int opt_parse_line(void *arg, const struct opt_usage *u)
{
	const struct opt_line *l = arg;

	return opt_parse(u, l->argc, l->argv, l->operands);
}
