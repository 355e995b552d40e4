/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the policy that no interface has: a mistyped one is a tunnel's that is none. */
#include "base/log.h"
#include "base/opt.h"
#include "namespaces_priv.h"

#define NAMES_MAX 256 /* among which the nearest is looked for */

static bool is_matched(const struct namespaces *s, const char *word)
{
	const struct link *link;
	size_t i;

	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link;
		     link = links_next(s->v[i]->links, link))
			if (policy_word_matches(word, link->name))
				return true;
	return false;
}

static const char *nearest(const struct namespaces *s, const char *word)
{
	const char *names[NAMES_MAX + 1];
	const struct link *link = NULL;
	size_t n = 0;

	while ((link = links_next(s->v[0]->links, link)) && n < NAMES_MAX)
		if (link->role != LA_ROLE_LOOPBACK)
			names[n++] = link->name;
	names[n] = NULL;
	return opt_nearest(word, names);
}

static size_t add(const struct namespaces *s, const char *option, const struct policy_words *words,
		  struct record_unmatched *v)
{
	size_t n = 0, i;

	for (i = 0; i < words->n; i++)
		if (!is_matched(s, words->v[i]))
			v[n++] = (struct record_unmatched){ option, words->v[i],
							    nearest(s, words->v[i]) };
	return n;
}

struct record_unmatched *namespaces_unmatched(const struct namespaces *s, size_t *n)
{
	const struct policy *p = s->cfg.policy;
	struct record_unmatched *v = calloc(p->tunnels.n + p->exposed.n + 1, sizeof(*v));

	*n = v ? add(s, "tunnel", &p->tunnels, v) : 0;
	if (v)
		*n += add(s, "exposed", &p->exposed, v + *n);
	return v;
}

void namespaces_warn_unmatched(const struct namespaces *s)
{
	_cleanup_(freep) struct record_unmatched *v = NULL;
	size_t n, i;

	v = namespaces_unmatched(s, &n);
	for (i = 0; i < n; i++) {
		log_warn("no interface is called --%s %s", v[i].option, v[i].word);
		if (v[i].nearest)
			log_hint("--%s %s, which is the nearest; or wait until it is there",
				 v[i].option, v[i].nearest);
	}
}
