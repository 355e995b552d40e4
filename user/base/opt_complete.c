/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_complete.h"

#include <stdio.h>
#include <string.h>

#include "opt_find.h"

#define HEAD_MAX 512

/* Of a list, the last value is what is asked for: head has those before it. */
static void offer_set(const struct opt *o, const char *head, struct opt_offers *to)
{
	const char *value = to->typed + strlen(head), *last = strrchr(value, ',');
	char longer[HEAD_MAX];

	snprintf(longer, sizeof(longer), "%s%.*s", head, last ? (int)(last - value + 1) : 0, value);
	to->offer(to, longer, "all", NULL);
	for (const char *const *c = o->choices; *c; c++)
		to->offer(to, longer, *c, NULL);
}

static void offer_values(const struct opt *o, const char *head, struct opt_offers *to)
{
	if (o->type == OPT_T_SET) {
		offer_set(o, head, to);
		return;
	}
	for (const char *const *c = o->choices; c && *c; c++)
		to->offer(to, head, *c, NULL);
	if (!o->choices && o->arg)
		to->things(to, head, o->arg);
}

static void offer_options(const struct opt_usage *u, struct opt_offers *to)
{
	char name[64];

	for (const struct opt *o = u->opts; o->type != OPT_T_END; o++) {
		if (o->type == OPT_T_GROUP || !o->help)
			continue;
		to->offer(to, "--", o->name, o->help);
		if (opt_value_optional(o)) {
			snprintf(name, sizeof(name), "%s=", o->name);
			to->offer(to, "--", name, o->help);
		}
	}
	to->offer(to, "--", "help", "print this command's options");
}

/* Whether the word is an option whose value is the next word, to *ret. */
static bool waits(const struct opt_usage *u, const char *word, const struct opt **ret)
{
	const struct opt *o = strchr(word, '=') ? NULL : opt_find(u->opts, word, strlen(word));

	if (!o || !opt_takes_value(o) || opt_value_optional(o))
		return false;
	*ret = o;
	return true;
}

/* The last word, where it is no option's value that stands apart. */
static void offer_word(const struct opt_usage *u, bool ended, struct opt_offers *to)
{
	size_t len = strcspn(to->typed, "=");
	const struct opt *o;
	char head[HEAD_MAX];

	if (!ended && to->typed[0] == '-' && to->typed[len]) {
		o = opt_find(u->opts, to->typed, len);
		snprintf(head, sizeof(head), "%.*s=", (int)len, to->typed);
		if (o && opt_takes_value(o))
			offer_values(o, head, to);
		return;
	}
	if (u->operand && (ended || to->typed[0] != '-'))
		to->things(to, "", u->operand);
	if (!ended)
		offer_options(u, to);
}

int opt_complete(const struct opt_usage *u, const char *const *words, size_t n,
		 struct opt_offers *to)
{
	const struct opt *o;
	bool ended = false;

	to->typed = words[n - 1];
	for (size_t i = 0; i + 1 < n; i++) {
		if (!ended && !strcmp(words[i], "--")) {
			ended = true;
			if (u->command)
				return (int)i + 1;
		} else if (ended || words[i][0] != '-' || !words[i][1]) {
			if (u->command)
				return (int)i;
		} else if (waits(u, words[i], &o) && strncmp(words[i + 1], "--", 2) != 0) {
			if (++i + 1 < n)
				continue;
			offer_values(o, "", to);
			return -1;
		}
	}
	if (u->command && to->typed[0] && to->typed[0] != '-')
		return (int)n - 1;
	offer_word(u, ended, to);
	return -1;
}
