/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a cgroup's scope: hooks at the cards of namespaces that no process of the scope is in. One may
 * enter such a namespace, send frames there, of which no hook of sockets tells, and be back before
 * anybody has looked. A sentry is a stray from its beginning: it judges what no hook has judged
 * yet, and becomes the hook of its interface once the namespace is followed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "namespaces_priv.h"
#include "policy/policy.h"

/* A card that moves has its hook, so a new one is a tap, which comes soon after its namespace. */
#define PAUSE_FIRST (4 * NSEC_PER_SEC)
#define PAUSE_MOST (60 * NSEC_PER_SEC)

/* Whoever may make a namespace may fill it: so many are looked at of each. To detach takes 10 ms. */
#define LINKS_MAX 256
#define STRAYS_MAX 64

static struct unknown_netns *find(struct namespaces *s, const struct stat *st)
{
	size_t i;

	for (i = 0; i < s->n_unknown; i++)
		if (s->unknown[i].ino == st->st_ino && s->unknown[i].dev == st->st_dev)
			return &s->unknown[i];
	return NULL;
}

static struct unknown_netns *append(struct namespaces *s, const struct stat *st)
{
	struct unknown_netns *one;

	if (!GROW(s->unknown, s->n_unknown))
		return NULL;
	one = &s->unknown[s->n_unknown++];
	*one = (struct unknown_netns){ .dev = st->st_dev, .ino = st->st_ino, .pause = PAUSE_FIRST };
	return one;
}

/*
 * A way out of the namespace to where no hook is: at home there is one at the other end of a veth.
 * What a device below gets is that one's to see.
 */
static bool is_card(const struct namespaces *s, const struct netns *ns, const struct link *link)
{
	int32_t home;

	if (!link->up || !link_wants_tc(link) || link->flags & IFF_LOOPBACK)
		return false;
	if (!link_is_pair(link))
		return !link->lower_elsewhere;
	if (!link->peer_elsewhere)
		return false;
	home = netns_state_nsid(ns, namespaces_home(s));
	return home < 0 || link->lower_nsid != home;
}

static void say_unseen(struct namespaces *s, const char *what, int r)
{
	completeness_warn(s->cfg.completeness,
			  "not seen, if a process of the scope sends there: %s: %s", what,
			  r == -E2BIG ? "more interfaces than are watched" : strerror(-r));
}

static void post(struct namespaces *s, const struct netns *ns, const struct link *link)
{
	const struct tc_wish wish = {
		.ns = ns, .ifindex = link->ifindex, .task = TC_JUDGES, .mode = TC_TCX
	};
	struct tc_hook *h = NULL;
	int r = -E2BIG;

	if (netns_strays_has(s, ns, link->ifindex))
		return;
	if (s->n_strays < STRAYS_MAX)
		r = tc_attach(s->cfg.datapath, &wish, &h);
	if (!r)
		r = netns_strays_add(s, h, ns->cookie, link);
	/* -ENODEV: it has gone; -EINVAL: no tcx before 6.6 */
	if (r && r != -ENODEV && r != -EINVAL && !netns_is_roots(ns))
		say_unseen(s, link->name, r);
}

/*
 * At the start all that lead out for certain are looked at, and later each that is due has its
 * turn: to attach takes some 10 ms.
 */
static bool has_to_wait(struct namespaces *s, bool certain, uint8_t kept)
{
	if (s->turn.ends ? ktime_now() <= s->turn.ends : certain || s->cfg.once)
		return false;
	s->cards_due |= kept;
	return true;
}

static void post_all(struct namespaces *s, struct unknown_netns *u, const struct netns *ns,
		     const struct links *links, uint8_t kept)
{
	const struct link *link = NULL;

	while ((link = links_next(links, link))) {
		if (!is_card(s, ns, link))
			continue;
		if (has_to_wait(s, !link_is_pair(link), kept))
			u->due = 0;
		else
			post(s, ns, link);
	}
}

/* The namespace is not held open: its cards return home when it ends. */
static void look_at_cards(struct namespaces *s, struct unknown_netns *u, const char *path,
			  uint8_t kept)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	struct links *links;

	if (namespaces_open_path(path, &ns) ||
	    links_open_most(&links, ns, policy_roles(s->cfg.policy, false), LINKS_MAX, NULL, NULL))
		return;
	post_all(s, u, ns, links, kept);
	if (links_is_over(links) && !netns_is_roots(ns))
		say_unseen(s, path, -E2BIG);
	links_free(links);
}

/* Before Linux 6.6 a hook is a filter, which would hold the namespace for its removal. */
void namespaces_post_sentries(struct namespaces *s, const char *path, const struct stat *st,
			      uint8_t kept)
{
	struct unknown_netns *u = find(s, st);
	uint64_t now = ktime_now();

	if (!kept) {
		if (u)
			u->kept = 0;
		return;
	}
	if (!u)
		u = s->cfg.tc == TC_CLSACT ? NULL : append(s, st);
	if (!u)
		return;
	u->kept |= kept;
	if (now < u->due || has_to_wait(s, true, kept))
		return;
	u->due = now + u->pause;
	u->pause = MIN(2 * u->pause, PAUSE_MOST);
	look_at_cards(s, u, path, kept);
}

bool namespaces_sentries_due(const struct namespaces *s, uint8_t kept, uint64_t now)
{
	size_t i;

	for (i = 0; i < s->n_unknown; i++)
		if (s->unknown[i].kept & kept && now >= s->unknown[i].due)
			return true;
	return false;
}

void namespaces_sentries_expire(struct namespaces *s, uint8_t kept)
{
	size_t i;

	for (i = 0; i < s->n_unknown; i++)
		s->unknown[i].kept &= (uint8_t)~kept;
}

void namespaces_sentries_forget(struct namespaces *s)
{
	size_t i;

	for (i = s->n_unknown; i-- > 0;)
		if (!s->unknown[i].kept)
			s->unknown[i] = s->unknown[--s->n_unknown];
}
