/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asks.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* The questions of the last seconds; past that number the oldest are forgotten. */
#define ASKS_MAX 2048

/* How long a resolver may ask for a name that it was asked for: it tries one server after another. */
#define NAME_FOR (10 * NSEC_PER_SEC)
/* How long what it sends without a name that can be read may be for a question. */
#define WINDOW (5 * NSEC_PER_SEC)

struct asked {
	struct ask ask;
	char *name, *type;
	uint64_t round; /* of the resolver's question that it was counted with; 0: none yet */
};

struct asks {
	struct asked v[ASKS_MAX];
	size_t n; /* in all; the last ASKS_MAX are kept */
	uint64_t rounds;
};

int asks_open(struct asks **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void clear(struct asked *q)
{
	free(q->name);
	free(q->type);
	*q = (struct asked){ 0 };
}

void asks_free(struct asks *a)
{
	size_t i;

	for (i = 0; a && i < ASKS_MAX; i++)
		clear(&a->v[i]);
	free(a);
}

/* The i-th, counted from the last one. NULL: there are no more. */
static struct asked *back(struct asks *a, size_t i)
{
	return i < a->n && i < ASKS_MAX ? &a->v[(a->n - 1 - i) % ASKS_MAX] : NULL;
}

static bool same_word(const char *a, const char *b)
{
	return a && b ? !strcasecmp(a, b) : !a && !b;
}

static bool same_question(const struct asked *q, const char *name, const char *type)
{
	return same_word(q->name, name) && same_word(q->type, type);
}

static bool is_recent(const struct asked *q, uint64_t now, uint64_t window)
{
	return now < q->ask.ktime || now - q->ask.ktime < window;
}

/* A message that was told when it was asked is heard at the resolver as well, and seen on its way
 * to a container. */
static bool is_told(struct asks *a, const struct ask *ask)
{
	const struct asked *q;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, ask->ktime, WINDOW); i++)
		if (q->ask.ours && q->ask.port == ask->port &&
		    !memcmp(&q->ask.from, &ask->from, sizeof(ask->from)) &&
		    same_question(q, ask->name, ask->type))
			return true;
	return false;
}

/* A resolver that the scope has asked may ask the next one in a chain. */
static const struct asked *relayed(struct asks *a, const struct ask *ask)
{
	const struct asked *q;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, ask->ktime, NAME_FOR); i++)
		if (q->ask.ours && q->name && q->ask.resolver != ask->resolver &&
		    same_question(q, ask->name, ask->type))
			return q;
	return NULL;
}

void asks_add(struct asks *a, const struct ask *ask)
{
	struct asked *q = &a->v[a->n % ASKS_MAX], added = { .ask = *ask };
	const struct asked *first;

	if ((!ask->ours || !ask->who.tgid) && is_told(a, ask))
		return;
	first = ask->ours ? NULL : relayed(a, ask);
	if (first) {
		added.ask.ours = true;
		added.ask.who = first->ask.who;
		added.ask.scope = first->ask.scope;
	}
	added.name = ask->name ? strdup(ask->name) : NULL;
	added.type = ask->type ? strdup(ask->type) : NULL;
	clear(q);
	*q = added;
	a->n++;
}

bool asks_any(struct asks *a, uint64_t now)
{
	const struct asked *q;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, now, NAME_FOR); i++)
		if (q->ask.ours)
			return true;
	return false;
}

static void add_who(struct asks_matched *m, const struct la_owner *who, uint32_t scope)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->who[i].tgid == who->tgid && m->who[i].start_ns == who->start_ns)
			return;
	if (m->n == ASKS_WHO_MAX)
		return;
	m->scopes[m->n] = scope;
	m->who[m->n++] = *who;
}

void asks_merge(struct asks_matched *to, const struct asks_matched *m)
{
	size_t i;

	if (to->match == ASKS_NONE || m->match < to->match)
		to->match = m->match;
	for (i = 0; i < m->n; i++)
		add_who(to, &m->who[i], m->scopes[i]);
}

uint32_t asks_scope(const struct asks_matched *m)
{
	size_t i;

	for (i = 1; i < m->n; i++)
		if (m->scopes[i] != m->scopes[0])
			return LA_SCOPE_SHARED;
	return m->n ? m->scopes[0] : 0;
}

static bool is_at(const struct asked *q, const struct asks_sent *sent)
{
	return q->ask.resolver ? q->ask.resolver == sent->resolver : q->ask.netns == sent->netns;
}

/* Whether the resolver's question may be for that one, by name. */
static bool is_for(const struct asked *q, const struct asks_sent *sent)
{
	return is_at(q, sent) && same_question(q, sent->name, sent->type);
}

/*
 * The round of those whom it is for: who has asked since the resolver asked last. If nobody has,
 * it asks again for the same.
 */
static uint64_t round_of(struct asks *a, const struct asks_sent *sent)
{
	uint64_t last = 0;
	struct asked *q;
	bool fresh = false;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, sent->ktime, NAME_FOR); i++) {
		if (!is_for(q, sent))
			continue;
		last = MAX(last, q->round);
		fresh |= !q->round;
	}
	if (!fresh)
		return last;
	a->rounds++;
	for (i = 0; (q = back(a, i)) && is_recent(q, sent->ktime, NAME_FOR); i++)
		if (is_for(q, sent) && !q->round)
			q->round = a->rounds;
	return a->rounds;
}

/* Those who have asked for that name. Returns whether others have, too. */
static bool find_name(struct asks *a, const struct asks_sent *sent, struct asks_matched *m)
{
	uint64_t round = round_of(a, sent);
	const struct asked *q;
	bool others = false;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, sent->ktime, NAME_FOR); i++) {
		if (!is_for(q, sent) || q->round != round)
			continue;
		if (q->ask.ours)
			add_who(m, &q->ask.who, q->ask.scope);
		else
			others = true;
	}
	return others;
}

/*
 * Whether a question may be a step to another one's answer: the resolver asks for a part of the
 * name (RFC 9156), or for other records of it.
 */
static bool is_step(const char *name, const char *step)
{
	size_t n = strlen(name), s = strlen(step);

	if (!strcmp(step, "."))
		return true;
	return n >= s && !strcasecmp(name + n - s, step) && (n == s || name[n - s - 1] == '.');
}

/* Those in whose window it is sent, and for whom it may be a step. */
static void find_window(struct asks *a, const struct asks_sent *sent, struct asks_matched *m)
{
	const struct asked *q;
	size_t i;

	for (i = 0; (q = back(a, i)) && is_recent(q, sent->ktime, WINDOW); i++)
		if (q->ask.ours && is_at(q, sent) &&
		    (sent->heard || !sent->name || !q->name || is_step(q->name, sent->name)))
			add_who(m, &q->ask.who, q->ask.scope);
}

void asks_find(struct asks *a, const struct asks_sent *sent, struct asks_matched *ret)
{
	bool others = false;

	*ret = (struct asks_matched){ 0 };
	if (sent->name)
		others = find_name(a, sent, ret);
	if (ret->n) {
		ret->match = others || ret->n > 1 ? ASKS_SHARED : ASKS_EXACT;
		return;
	}
	if (others) /* it is theirs */
		return;
	find_window(a, sent, ret);
	if (ret->n)
		ret->match = ASKS_POSSIBLE;
}

const char *asks_match_name(enum asks_match m)
{
	static const char *const names[] = { NULL, "possible", "shared", "exact" };

	return names[m];
}
