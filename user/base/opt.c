/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "opt_find.h"
#include "opt_set.h"
#include "text.h"

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

/* The option that was meant, for the user; "-ojson" has its value too near. */
static void say_meant(struct text *t, const struct opt *opts, const char *typed)
{
	const char *names[OPT_MAX + 2] = { "help" }, *nearest;
	size_t n = 1;

	if (typed[1] && typed[1] != '-' && typed[2]) {
		const struct opt *o = opt_find(opts, (char[]){ '-', typed[1], '\0' }, 2);

		if (o && opt_takes_value(o) && !opt_value_optional(o)) {
			text_add(t, "; a value is apart: -%c ", o->letter);
			text_escape(t, typed + 2, false);
			return;
		}
	}
	for (; opts->type != OPT_T_END && n <= OPT_MAX; opts++)
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
 * Where there are no operands, any word can only be meant for a value, also a wrong one.
 */
static int refuse_apart(const struct opt *o, const char *next, bool operands)
{
	if (!next || *next == '-')
		return 0;
	if (!are_values(o, next))
		return operands ? 0 : opt_set(o, next, NULL);
	log_err("the value of --%s comes behind a '=': --%s=%s", o->name, o->name, next);
	return -EINVAL;
}

static void note(struct opt_given *given, const struct opt *o)
{
	if (!opt_given(given, o->target) && given->n < OPT_MAX)
		given->v[given->n++] = o->target;
}

bool opt_given(const struct opt_given *given, const void *target)
{
	for (size_t i = 0; i < given->n; i++)
		if (given->v[i] == target)
			return true;
	return false;
}

/* Parses the option at argv[*i] with its value. */
static int parse_option(const struct opt *opts, const struct opt_line *l, int *i,
			struct opt_given *given)
{
	const char *word = l->argv[*i];
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct opt *o = opt_find(opts, word, len);

	if (!o)
		return unknown_option(opts, word, len);
	if (value && !opt_takes_value(o))
		return opt_wrong(NULL, o, "takes no value");
	if (!value && opt_value_optional(o)) {
		if (refuse_apart(o, l->argv[*i + 1], l->operands))
			return -EINVAL;
		value = "all";
	} else if (!value && opt_takes_value(o) && *i + 1 < l->argc &&
		   strncmp(l->argv[*i + 1], "--", 2) != 0) {
		value = l->argv[++*i];
	}
	if (opt_takes_value(o) && (!value || !*value))
		return opt_wrong(NULL, o, "needs a value: --%s=%s", o->name, o->arg);
	note(given, o);
	return opt_set(o, value, NULL);
}

int opt_parse_noting(const struct opt_line *l, const struct opt_usage *u, struct opt_given *given)
{
	char **argv = l->argv;
	bool ended = false;
	int n = 1, r;

	for (int i = 1; i < l->argc; i++) {
		if (ended || argv[i][0] != '-' || !argv[i][1]) {
			if (!l->operands) {
				log_err("unexpected argument '%s'; --help lists what it takes",
					argv[i]);
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
		r = parse_option(u->opts, l, &i, given);
		if (r < 0)
			return r;
	}
	if (l->operands) {
		argv[n] = NULL; /* argv[argc] is NULL, so there is room */
		*l->operands = argv + 1;
	}
	return 0;
}

int opt_parse_line(void *arg, const struct opt_usage *u)
{
	struct opt_given given = { .n = 0 };

	return opt_parse_noting(arg, u, &given);
}
