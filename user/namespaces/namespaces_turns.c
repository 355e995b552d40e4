/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever may make a namespace may make as many interfaces there as he likes, and each costs time:
 * attaching and detaching a hook waits for RCU, up to 12 ms, with the lock of all interfaces held.
 * So home comes first, the others in turns, and there is room for so many.
 */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/grow.h"
#include "namespaces_priv.h"

/* How long the others may keep home waiting, beside the one step that is not finished by then. */
#define TURN_NS (20 * (NSEC_PER_SEC / 1000))

/* The last one, of all of them together. */
#define LAST_TURN_NS (2 * NSEC_PER_SEC)

/* Followed interfaces of a namespace, and of all that are not root's. A node of containers has
 * some 110 to 250, a container two. Half of all slots are left to the others. */
#define IFACES_MAX 256
#define USERS_IFACES_MAX (LA_SLOTS / 2)

struct netns_state *namespaces_in_turn(const struct namespaces *s, size_t i)
{
	return s->v[i ? 1 + (s->turn.first + i) % (s->n - 1) : 0];
}

void namespaces_turn_begins(struct namespaces *s)
{
	s->turn.ends = ktime_now() + TURN_NS;
	s->turn.first++;
}

bool namespaces_turn_is_over(const struct netns_state *sp)
{
	uint64_t ends = sp->all->turn.ends;

	return !sp->home && ends && ktime_now() > ends;
}

int namespaces_open_links(struct netns_state *sp, struct link_roles roles)
{
	return links_open_most(&sp->links, sp->ns, roles, sp->home ? SIZE_MAX : IFACES_MAX, NULL,
			       NULL);
}

static void tell(struct netns_state *sp, const char *what)
{
	completeness_warn(sp->all->cfg.completeness, "namespace %s has more interfaces than %s",
			  sp->name, what);
}

/* What is not followed is exposed, so what sockets of the scope send there is judged. */
bool namespaces_has_room(struct netns_state *sp)
{
	struct namespaces *s = sp->all;

	if (!sp->trusted && s->n_users >= USERS_IFACES_MAX)
		netns_state_forget_users(s);
	if (sp->trusted || s->n_users < USERS_IFACES_MAX)
		return true;
	tell(sp, "are followed");
	return false;
}

void namespaces_check_room(struct netns_state *sp)
{
	if (links_is_over(sp->links))
		tell(sp, "are followed");
}

static bool is_behind(const struct netns_state *sp)
{
	struct pollfd p = { .fd = links_fd(sp->links), .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Whether an interface has waited for its hook until now. */
static bool has_due(const struct netns_state *sp)
{
	const struct link *link = NULL;
	const struct iface *i;

	while ((link = links_next(sp->links, link))) {
		i = link->user;
		if (i && i->tc_due)
			return true;
	}
	return false;
}

void namespaces_turns_end(struct namespaces *s)
{
	uint64_t ends = ktime_now() + LAST_TURN_NS;
	struct netns_state *sp;
	size_t i;

	for (i = 1; i < s->n; i++) {
		sp = namespaces_in_turn(s, i);
		while (is_behind(sp) && ktime_now() < ends)
			if (links_dispatch(sp->links))
				break;
		namespaces_check_room(sp);
		if (is_behind(sp) || has_due(sp))
			tell(sp, "there was time to follow");
	}
}

void namespaces_detach_hook(struct namespaces *s, struct tc_hook *h)
{
	int link = tc_detach_later(h);

	if (link < 0)
		return;
	if (!GROW(s->turn.links, s->turn.n_links)) {
		close(link);
		return;
	}
	s->turn.links[s->turn.n_links++] = link;
	s->turn.due = true;
}

static void detach_some(struct namespaces *s)
{
	while (s->turn.n_links && ktime_now() <= s->turn.ends)
		close(s->turn.links[--s->turn.n_links]);
	s->turn.due |= s->turn.n_links != 0;
}

static void attach_some(struct netns_state *sp)
{
	struct link *link = NULL;
	struct iface *i;

	while ((link = links_next(sp->links, link))) {
		i = link->user;
		if (i && i->tc_due)
			netns_state_place_tc(sp, link, i);
	}
}

void namespaces_take_turns(struct namespaces *s)
{
	size_t i;

	if (!s->turn.due)
		return;
	s->turn.due = false;
	for (i = 1; i < s->n; i++)
		attach_some(namespaces_in_turn(s, i));
	detach_some(s);
}

int namespaces_wait(const struct namespaces *s)
{
	return s->turn.due ? 0 : -1;
}

void namespaces_turns_free(struct namespaces *s)
{
	while (s->turn.n_links)
		close(s->turn.links[--s->turn.n_links]);
	free(s->turn.links);
}
