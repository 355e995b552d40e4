/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of other namespaces that lead to another place on this machine: what goes out there is
 * no leak, and is judged where it leaves the machine. The veth of a container is one, where its
 * other end is at home and all that enters there is the scope's. A user-mode network (pasta,
 * slirp4netns) is one: a process holds a tap of the namespace, and sends what comes out of it by
 * sockets of its own elsewhere. A process can make itself such a holder, so this is only believed
 * where its own sockets are judged.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/proc.h"
#include "namespaces_priv.h"
#include "facts/transport.h"

/* A holder may come after its tap. A walk through /proc takes up to 10 us for each open file. */
#define PAUSE_FIRST (NSEC_PER_SEC / 2)
#define PAUSE_MOST (60 * NSEC_PER_SEC)

/* In the host scope the veth of another namespace leads to this machine. */
static bool is_hosts_veth(const struct netns_state *sp, const struct link *link)
{
	return sp->all->cfg.host && link->role == LA_ROLE_EXPOSED && link->peer_elsewhere;
}

bool netns_hops_has(const struct netns_state *sp, const struct link *link)
{
	const struct iface *i = link->user;

	if (sp->home || !i)
		return false;
	return is_hosts_veth(sp, link) || (i->n_holders && transport_is_tap(link)) ||
	       (i->entry && link->role == LA_ROLE_EXPOSED);
}

/* --- veths whose other end is at home --- */

/* Each namespace gets an id for the other with the first device between them. */
static bool knows_home(struct netns_state *sp)
{
	const struct netns *home = sp->all->v[0]->ns;

	if (sp->home_nsid < 0)
		sp->home_nsid = netns_state_nsid(sp->ns, home);
	if (sp->nsid_at_home < 0)
		sp->nsid_at_home = netns_state_nsid(home, sp->ns);
	return sp->home_nsid >= 0 && sp->nsid_at_home >= 0;
}

/*
 * Of an end at home it is not told that the other one has moved: until there is other news of it,
 * its peer is an interface of home that is gone.
 */
static bool is_end_of(const struct netns_state *sp, const struct link *end, const struct link *link)
{
	if (end->peer_elsewhere)
		return end->lower == link->ifindex && end->lower_nsid == sp->nsid_at_home;
	return !strcmp(end->kind, "veth") && end->lower &&
	       !links_find(sp->all->v[0]->links, end->lower);
}

/* The end at home of a veth of a followed namespace. NULL: it is elsewhere. */
static const struct link *end_at_home(struct netns_state *sp, const struct link *link)
{
	const struct link *end;

	if (sp->home || !link->peer_elsewhere || !knows_home(sp) ||
	    link->lower_nsid != sp->home_nsid)
		return NULL;
	end = links_find(sp->all->v[0]->links, link->lower);
	return end && is_end_of(sp, end, link) ? end : NULL;
}

/* Whether an interface of a namespace is the other one. */
static bool has_other_end(struct netns_state *sp, const struct link *end)
{
	const struct link *link = NULL;

	if (end->peer_elsewhere) {
		link = links_find(sp->links, end->lower);
		return link && end_at_home(sp, link) == end;
	}
	while ((link = links_next(sp->links, link)))
		if (link->lower == end->ifindex && end_at_home(sp, link) == end)
			return true;
	return false;
}

bool netns_hops_is_end(struct namespaces *s, const struct link *end)
{
	size_t i;

	for (i = 1; !strcmp(end->kind, "veth") && i < s->n; i++)
		if (has_other_end(s->v[i], end))
			return true;
	return false;
}

/*
 * Whether all that leaves the namespace is judged at home. What it sends by an interface that is
 * judged here could go on by the veth, and would be judged twice. And with a tunnel of its own,
 * only here is known which packets carry that.
 */
static bool is_judged_at_home(struct netns_state *sp, const struct link *link)
{
	const struct link *other = NULL;

	if (sp->had_tunnel)
		return false;
	while ((other = links_next(sp->links, other)))
		if (other != link && other->role == LA_ROLE_EXPOSED && other->up &&
		    !end_at_home(sp, other))
			return false;
	return true;
}

/* The scope whose processes are in those namespaces, or LA_SCOPE_SHARED. scopes: a bit for each. */
static uint32_t the_scope(const struct namespaces *s, uint64_t scopes)
{
	if (s->cfg.scopes->n == 1)
		return 1;
	return scopes && !(scopes & (scopes - 1)) ? (uint32_t)__builtin_ctzll(scopes) + 1
						  : LA_SCOPE_SHARED;
}

/*
 * The end of a veth pair at home, where what comes in is marked by the hook there, whatever bridge
 * it goes on by.
 */
void netns_hops_enter(struct netns_state *sp, const struct link *link, struct iface *i)
{
	const struct link *end =
		sp->all->cfg.host || link->role != LA_ROLE_EXPOSED ? NULL : end_at_home(sp, link);
	const struct iface *at = end ? end->user : NULL;
	uint32_t entry = at && at->origin && is_judged_at_home(sp, link) ? at->ifindex : 0;

	if (entry &&
	    datapath_add_entry(sp->all->cfg.datapath, entry, the_scope(sp->all, sp->scopes)) &&
	    entry != i->entry)
		entry = 0;
	i->entry = entry;
}

static bool is_entry(void *arg, uint32_t ifindex)
{
	const struct namespaces *s = arg;
	size_t i;

	for (i = 0; i < s->n_ifaces; i++)
		if (s->ifaces[i]->alive && s->ifaces[i]->entry == ifindex)
			return true;
	return false;
}

void netns_hops_forget(struct namespaces *s)
{
	if (!s->cfg.host)
		datapath_keep_entries(s->cfg.datapath, is_entry, s);
}

/* --- holders --- */

/* Whether its sockets are in a namespace other than the tap's, whose interfaces are known. */
static bool sends_elsewhere(const struct netns_state *sp, pid_t pid)
{
	const struct namespaces *s = sp->all;
	char path[64];
	struct stat st;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &st))
		return false;
	if (st.st_ino == sp->ns->ino && st.st_dev == sp->ns->dev)
		return false;
	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->ino == st.st_ino && s->v[i]->ns->dev == st.st_dev)
			return true;
	return s->cfg.host; /* the cgroup hook judges what is not known as exposed */
}

/*
 * Of a process outside of the scope it must be known that it sends by sockets: one that passes the
 * packets on to another process would hide what that sends.
 */
static bool sends_by_sockets(pid_t pid)
{
	static const char *const known[] = { "slirp4netns", "pasta", "pasta.avx2", "passt",
					     "passt.avx2" };
	_cleanup_(closep) int proc = proc_open(pid);
	char exe[PATH_MAX], *base;
	size_t i;

	if (proc < 0 || proc_exe(proc, exe, sizeof(exe)))
		return false;
	base = strrchr(exe, '/');
	for (i = 0; base && i < ARRAY_SIZE(known); i++)
		if (!strcmp(base + 1, known[i]))
			return true;
	return false;
}

/* Whether what it sends is judged, from now on at the latest. */
static bool is_judged(const struct netns_state *sp, const struct transport_holder *h)
{
	const struct namespaces *s = sp->all;

	if (s->cfg.host || scopes_of_pid(s->cfg.scopes, (pid_t)h->tgid))
		return true;
	return h->same_pidns && sends_by_sockets((pid_t)h->tgid) &&
	       !attach_take(s->cfg.datapath, h->tgid, h->start_ticks, the_scope(s, sp->scopes));
}

/* Devices of two namespaces would make it a switch, whose packets the kernel forwards. */
static bool is_proxy(const struct netns_state *sp, const struct transport_holder *h)
{
	return sends_elsewhere(sp, (pid_t)h->tgid) &&
	       transport_holds_only(sp->ns, (pid_t)h->tgid) && is_judged(sp, h);
}

static bool is_still(const struct netns_state *sp, const struct hop_holder *h)
{
	_cleanup_(closep) int proc = proc_open((pid_t)h->tgid);
	uint64_t ticks;

	return proc >= 0 && !proc_start_ticks(proc, &ticks) && ticks == h->start_ticks &&
	       sends_elsewhere(sp, (pid_t)h->tgid) &&
	       transport_holds_only(sp->ns, (pid_t)h->tgid) &&
	       (sp->all->cfg.host || scopes_of_pid(sp->all->cfg.scopes, (pid_t)h->tgid) ||
		sends_by_sockets((pid_t)h->tgid));
}

/* --- the search --- */

#define UNFIT (HOP_HOLDERS + 1) /* one of its holders is not what it must be */

struct search {
	struct netns_state *sp;
	struct link *taps[16];
	struct hop_holder holders[16][HOP_HOLDERS];
	size_t n_holders[16], n;
};

static int take_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct search *s = arg;
	size_t i;

	for (i = 0; i < s->n && s->taps[i] != link; i++)
		;
	if (i == s->n)
		return 0;
	if (s->n_holders[i] >= HOP_HOLDERS || !is_proxy(s->sp, h))
		s->n_holders[i] = UNFIT;
	else
		s->holders[i][s->n_holders[i]++] = (struct hop_holder){ h->tgid, h->start_ticks };
	return 0;
}

/* Lists the taps whose holders are not known. */
static void list_taps(struct search *s)
{
	struct link *link = NULL;

	while ((link = links_next(s->sp->links, link)) && s->n < ARRAY_SIZE(s->taps)) {
		const struct iface *i = link->user;

		if (i && !i->n_holders && transport_is_tap(link))
			s->taps[s->n++] = link;
	}
}

static void set_holders(struct netns_state *sp, struct link *link, const struct hop_holder *v,
			size_t n)
{
	struct iface *i = link->user;

	if (n)
		memcpy(i->holders, v, n * sizeof(*v));
	i->n_holders = n;
	netns_state_push_role(sp, link);
	netns_state_report(sp, RECORD_INTERFACE, link, LINK_ROLE, NULL);
}

void netns_hops_want(struct netns_state *sp, const struct link *link)
{
	if (link->role == LA_ROLE_TUNNEL && link->up && !sp->had_tunnel) {
		sp->had_tunnel = true;
		sp->all->stale = true;
	}
	if (sp->home || !transport_is_tap(link))
		return;
	sp->taps_due = 1;
	sp->taps_pause = PAUSE_FIRST;
}

void netns_hops_find(struct netns_state *sp)
{
	struct search s = { .sp = sp };
	bool all = true;
	size_t i;

	if (!sp->taps_due || ktime_now() < sp->taps_due)
		return;
	sp->taps_due = 0;
	list_taps(&s);
	if (!s.n || transport_tap_holders(sp->links, take_holder, &s) < 0)
		return;
	for (i = 0; i < s.n; i++) {
		if (s.n_holders[i] && s.n_holders[i] != UNFIT)
			set_holders(sp, s.taps[i], s.holders[i], s.n_holders[i]);
		else
			all = false;
	}
	if (all)
		return;
	sp->taps_due = ktime_now() + sp->taps_pause;
	sp->taps_pause = MIN(2 * sp->taps_pause, PAUSE_MOST);
}

void netns_hops_check(struct netns_state *sp, struct link *link)
{
	const struct iface *i = link->user;
	size_t n;

	for (n = 0; n < i->n_holders; n++)
		if (!is_still(sp, &i->holders[n])) {
			set_holders(sp, link, NULL, 0);
			netns_hops_want(sp, link);
			return;
		}
}
