/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boxes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/addr_special.h"
#include "base/grow.h"
#include "base/pause.h"
#include "host/proc.h"
#include "namespaces_priv.h"
#include "policy/policy.h"

#define BOXES_MAX 64
#define LINKS_MAX 64

/* A walk through all processes: it takes one part in so many of a core. */
#define SHARE 10000
#define PAUSE_FIRST (4 * NSEC_PER_SEC)
#define PAUSE_MOST (60 * NSEC_PER_SEC)

struct boxes {
	const struct namespaces *namespaces;
	const struct policy *policy;
	struct box v[BOXES_MAX];
	size_t n;
	uint64_t changes; /* as of namespaces_changes() */
	uint32_t lost; /* as of lost() */
	uint64_t due, pause; /* of the next walk, for these */
};

int boxes_open(struct boxes **ret, const struct namespaces *n, const struct policy *p)
{
	struct boxes *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->namespaces = n;
	b->policy = p;
	b->changes = UINT64_MAX;
	*ret = b;
	return 0;
}

void boxes_free(struct boxes *b)
{
	free(b);
}

const struct box *boxes_each(const struct boxes *b, size_t i)
{
	return i < b->n ? &b->v[i] : NULL;
}

const struct box *boxes_of(const struct boxes *b, uint64_t netns)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].netns == netns)
			return &b->v[i];
	return NULL;
}

const struct box *boxes_by(const struct boxes *b, uint64_t netns, uint32_t inner)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].netns == netns && b->v[i].inner == inner)
			return &b->v[i];
	return NULL;
}

const struct box *boxes_at(const struct boxes *b, const struct la_addr *addr)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (box_has(&b->v[i], addr))
			return &b->v[i];
	return NULL;
}

bool box_has(const struct box *b, const struct la_addr *addr)
{
	size_t i;

	for (i = 0; i < b->n_addrs; i++)
		if (addr_equal(&b->addrs[i], addr))
			return true;
	return false;
}

const struct la_addr *box_addr(const struct box *b, unsigned int family)
{
	size_t i;

	for (i = 0; i < b->n_addrs; i++)
		if (addr_family(&b->addrs[i]) == family)
			return &b->addrs[i];
	return NULL;
}

int box_enter(const struct box *b, struct netns **ret)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	int r = netns_open_pid(&ns, b->pid);

	if (r)
		return r;
	if (ns->cookie != b->netns)
		return -ESTALE;
	*ret = take_ptr(ns);
	return 0;
}

/* --- a namespace --- */

struct ends {
	struct veth_end v[BOXES_MAX];
	bool found[BOXES_MAX]; /* where it leads to */
	size_t n;
};

struct found {
	struct box v[BOXES_MAX];
	size_t n;
};

/* home: the id by which the namespace knows it. */
static struct veth_end *end_of(struct ends *ends, const struct link *link, int32_t home)
{
	size_t i;

	for (i = 0; link->peer_elsewhere && link->lower_nsid == home && i < ends->n; i++)
		if (ends->v[i].ifindex == link->lower) {
			ends->found[i] = true;
			return &ends->v[i];
		}
	return NULL;
}

static void take_inner(const struct link *inner, const struct veth_end *end, struct box *b)
{
	size_t i;

	b->end = end->ifindex;
	b->bridge = end->bridge;
	b->inner = inner->ifindex;
	for (i = 0; i < inner->n_addrs && b->n_addrs < BOX_ADDRS; i++)
		if (!addr_special(&inner->addrs[i].addr, ADDR_LINK_LOCAL))
			b->addrs[b->n_addrs++] = inner->addrs[i].addr;
}

static bool leads_out(const struct link *link)
{
	return link->up && !(link->flags & IFF_LOOPBACK) && link->role != LA_ROLE_TUNNEL;
}

static void take_links(const struct links *links, int32_t home, const struct box *of,
		       struct ends *ends, struct found *ret)
{
	bool closed = !links_is_over(links);
	const struct link *link = NULL;
	size_t first = ret->n;

	while ((link = links_next(links, link))) {
		const struct veth_end *end = end_of(ends, link, home);

		if (!end || ret->n == BOXES_MAX) {
			closed &= !leads_out(link);
			continue;
		}
		ret->v[ret->n] = *of;
		take_inner(link, end, &ret->v[ret->n++]);
	}
	for (; first < ret->n; first++)
		ret->v[first].closed = closed;
}

/* That of the process, if it is one that home reaches so. */
static void look_into(const struct boxes *all, pid_t pid, struct ends *ends, struct found *ret)
{
	const struct netns *home = namespaces_home(all->namespaces);
	_cleanup_(netns_freep) struct netns *ns = NULL;
	_cleanup_(links_freep) struct links *links = NULL;
	int32_t nsid;
	size_t i;

	if (netns_open_pid(&ns, pid) || !ns->cookie || netns_equal(ns, home))
		return;
	for (i = 0; i < ret->n; i++)
		if (ret->v[i].netns == ns->cookie)
			return;
	nsid = netns_state_nsid(ns, home);
	if (nsid >= 0 &&
	    !links_open_most(&links, ns, policy_roles(all->policy, false), LINKS_MAX, NULL, NULL))
		take_links(links, nsid, &(struct box){ .netns = ns->cookie, .pid = pid }, ends,
			   ret);
}

/* --- all of them --- */

struct walk {
	const struct boxes *all;
	struct ends *ends;
	struct found *found;
	ino_t *seen;
	size_t n_seen;
};

static bool was_seen(struct walk *w, ino_t ino)
{
	size_t i;

	for (i = 0; i < w->n_seen; i++)
		if (w->seen[i] == ino)
			return true;
	if (GROW(w->seen, w->n_seen))
		w->seen[w->n_seen++] = ino;
	return false;
}

/* Of the ends of which it is not known where they lead to. 0: there are none. */
static uint32_t lost(const struct ends *ends)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < ends->n; i++)
		if (!ends->found[i])
			sum = sum * 31 + ends->v[i].ifindex;
	return sum;
}

/* proc_each() */
static int look_at_process(void *arg, pid_t pid)
{
	struct walk *w = arg;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (!stat(path, &st) && !was_seen(w, st.st_ino))
		look_into(w->all, pid, w->ends, w->found);
	return !lost(w->ends);
}

static void walk(struct boxes *b, struct ends *ends, struct found *found)
{
	struct walk w = { .all = b, .ends = ends, .found = found };
	uint64_t cost = cpu_now();

	proc_each(look_at_process, &w);
	free(w.seen);
	cost = cpu_now() - cost;
	b->due = ktime_now() + pause_after(cost, SHARE, b->pause, PAUSE_MOST);
	b->pause = MIN(2 * b->pause, PAUSE_MOST);
}

static bool is_same(const struct box *a, const struct box *b)
{
	return a->netns == b->netns && a->end == b->end && a->bridge == b->bridge &&
	       a->inner == b->inner && a->closed == b->closed && a->n_addrs == b->n_addrs &&
	       !memcmp(a->addrs, b->addrs, sizeof(a->addrs));
}

static bool is_as_it_was(const struct boxes *b, const struct found *found)
{
	size_t i;

	for (i = 0; i < b->n && i < found->n; i++)
		if (!is_same(&b->v[i], &found->v[i]))
			return false;
	return b->n == found->n;
}

bool boxes_find(struct boxes *b)
{
	const uint64_t changes = namespaces_changes(b->namespaces);
	struct found found = { .n = 0 };
	struct ends ends = { .n = 0 };
	uint32_t was = b->lost;
	bool same;
	size_t i;

	if (changes == b->changes && (!b->lost || ktime_now() < b->due))
		return false;
	b->changes = changes;
	ends.n = namespaces_ends(b->namespaces, ends.v, BOXES_MAX);
	for (i = 0; i < b->n; i++)
		look_into(b, b->v[i].pid, &ends, &found);
	b->lost = lost(&ends);
	if (b->lost != was) {
		b->due = 0;
		b->pause = PAUSE_FIRST;
	}
	if (b->lost && ktime_now() >= b->due) {
		walk(b, &ends, &found);
		b->lost = lost(&ends);
	}
	same = is_as_it_was(b, &found);
	memcpy(b->v, found.v, sizeof(found.v));
	b->n = found.n;
	return !same;
}
