/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes what proves the outer packets of a namespace's tunnels. */
#include <errno.h>
#include <string.h>

#include "base/grow.h"
#include "datapath/daemon_hooks.h"
#include "host/proc.h"
#include "namespaces_priv.h"
#include "facts/transport.h"

static int add_endpoint(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	struct netns_state *sp = arg;

	(void)sport;
	/* unconnected: the kernel learns the remote address from its first packet */
	if (!ep->port && ep->cookie)
		return 0;
	if (!datapath_add_endpoint(sp->all->cfg.datapath, ep, mark))
		sp->all->stale = true;
	return 0;
}

/* --- a process with several peers: its one socket sends to each of them --- */

#define CONFIG_PAUSE (30 * NSEC_PER_SEC)

struct peers {
	struct netns_state *sp;
	struct la_endpoint v[CARRIER_PEERS];
	size_t n;
	int sockets; /* that may send to them */
};

static int take_peer(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	struct peers *p = arg;

	(void)mark;
	(void)sport;
	if (p->n < CARRIER_PEERS)
		p->v[p->n++] = *ep;
	return 0;
}

static int add_peers(void *arg, const struct la_endpoint *socket, uint32_t mark, uint16_t sport)
{
	struct peers *p = arg;
	size_t i;

	(void)mark;
	if (socket->port || socket->proto != IPPROTO_UDP)
		return 0;
	p->sockets++;
	for (i = 0; i < p->n; i++) {
		struct la_endpoint ep = p->v[i];

		ep.cookie = socket->cookie;
		add_endpoint(p->sp, &ep, 0, sport);
	}
	return 0;
}

/* By its control socket, else by its configuration, which changes seldom. 0 or -errno. */
static int ask_peers(const struct link *link, struct carrier *c, struct peers *p)
{
	int r = transport_uapi(link, &c->holder, take_peer, p);

	if (r >= 0)
		return 0;
	if (c->reached && ktime_now() < c->due)
		return -EAGAIN;
	c->due = ktime_now() + CONFIG_PAUSE;
	r = transport_config(&c->holder, take_peer, p);
	return MIN(r, 0);
}

/*
 * Each peer's address is proven for the sockets of that process only, so that no other gains by
 * what it says. It is asked again, since peers roam, and its sockets may be newer than its answer.
 */
static void find_peers(struct netns_state *sp, const struct link *link, struct carrier *c)
{
	struct peers p = { .sp = sp };

	if (ask_peers(link, c, &p) < 0)
		return;
	if (c->reached && c->n == p.n && !memcmp(c->peers, p.v, p.n * sizeof(*p.v)))
		return;
	transport_sockets(&c->holder, sp->ns, add_peers, &p);
	c->reached = p.sockets > 0;
	c->n = p.n;
	memcpy(c->peers, p.v, p.n * sizeof(*p.v));
}

/* --- who is a daemon --- */

/* Of this holder of the link, else one whose link is gone, else a new one. */
static struct carrier *carrier_for(struct netns_state *sp, uint32_t ifindex, uint32_t tgid)
{
	struct carrier *free_one = NULL, *c;
	size_t i;

	for (i = 0; i < sp->n_carriers; i++) {
		c = &sp->carriers[i];
		if (c->ifindex == ifindex && c->holder.tgid == tgid)
			return c;
		if (!links_find(sp->links, c->ifindex))
			free_one = c;
	}
	if (free_one)
		return free_one;
	return GROW(sp->carriers, sp->n_carriers) ? &sp->carriers[sp->n_carriers++] : NULL;
}

/*
 * A process of the scope may open a tun that its user owns, or one in a namespace of its own. So a
 * holder that was not there before is a daemon only where routes lead into its tun, in a namespace
 * whose routes are not its own affair.
 */
static bool is_proven(const struct netns_state *sp, const struct carrier *c,
		      const struct la_daemon *d)
{
	return c->early || datapath_has_daemon(sp->all->cfg.datapath, d, c->holder.start_ticks) ||
	       (sp->trusted && links_leads_into(sp->links, c->ifindex));
}

/* Where it belongs to a scope: what is not is not judged. */
static void hear(const struct netns_state *sp, const struct transport_holder *h)
{
	const struct scopes *scopes = sp->all->cfg.scopes;
	_cleanup_(closep) int cgroup = -1;
	uint64_t id;

	if (!scopes_of_pid(scopes, (pid_t)h->tgid))
		return;
	cgroup = scopes_open_cgroup(scopes, (pid_t)h->tgid, &id);
	if (cgroup >= 0)
		datapath_hear_daemons(sp->all->cfg.datapath, cgroup, id);
}

static void prove(struct netns_state *sp, struct carrier *c)
{
	const struct transport_holder *h = &c->holder;
	struct la_daemon d = { .netns = sp->trusted ? 0 : sp->ns->cookie, .tgid = h->tgid };
	const struct link *link = links_find(sp->links, c->ifindex);

	if (c->proven || !link || !is_proven(sp, c, &d))
		return;
	c->proven = true;
	if (h->same_pidns && (sp->trusted || d.netns)) {
		datapath_add_daemon(sp->all->cfg.datapath, &d, h->start_ticks);
		hear(sp, h);
	}
	sp->all->stale = true;
	transport_sockets(h, sp->ns, add_endpoint, sp);
	if (sp->trusted)
		find_peers(sp, link, c);
}

static int add_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct netns_state *sp = arg;
	struct carrier *c = carrier_for(sp, link->ifindex, h->tgid);

	if (!c)
		return -ENOMEM;
	*c = (struct carrier){
		.ifindex = link->ifindex,
		.holder = *h,
		/* what an earlier loader knew, the kernel knows */
		.early = !sp->all->armed && !datapath_adopted(sp->all->cfg.datapath),
	};
	return 0;
}

bool netns_transport_carries(const struct netns_state *sp, const struct link *link)
{
	size_t i;

	for (i = 0; i < sp->n_carriers; i++)
		if (sp->carriers[i].ifindex == link->ifindex && sp->carriers[i].proven)
			return true;
	return false;
}

bool namespaces_is_daemon(const struct namespaces *s, const struct la_owner *owner)
{
	size_t i, k;

	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->v[i]->n_carriers; k++) {
			const struct carrier *c = &s->v[i]->carriers[k];

			if (c->proven && c->holder.same_pidns && owner->tgid == c->holder.tgid &&
			    proc_ticks_of_ns(owner->start_ns) == c->holder.start_ticks)
				return true;
		}
	return false;
}

void netns_transport_learn(struct netns_state *sp, const struct link *link)
{
	if (link->role != LA_ROLE_TUNNEL)
		return;
	if (link->tun != LINK_TUN_NONE)
		sp->holders_wanted = true;
	else if (sp->trusted) /* its endpoints count in every namespace */
		transport_kernel(sp->links, link, add_endpoint, sp);
}

void netns_transport_check(struct netns_state *sp, const struct link *link)
{
	struct carrier *c;
	size_t i;

	if (!link->up || link->role != LA_ROLE_TUNNEL)
		return;
	if (link->tun == LINK_TUN_NONE) { /* WireGuard peers roam */
		netns_transport_learn(sp, link);
		return;
	}
	for (i = 0; i < sp->n_carriers; i++) {
		c = &sp->carriers[i];
		if (sp->trusted && c->proven && c->ifindex == link->ifindex)
			find_peers(sp, link, c);
	}
}

void netns_state_find_ipsec(struct netns_state *sp)
{
	if (sp->trusted && transport_ipsec_changed(&sp->ipsec_news, sp->ns))
		transport_ipsec(sp->ns, add_endpoint, sp);
}

/* Routes may lead into a tun only after it came up. */
void netns_state_find_holders(struct netns_state *sp)
{
	size_t i;

	if (sp->holders_wanted)
		transport_holders(sp->links, add_holder, sp);
	sp->holders_wanted = false;
	for (i = 0; i < sp->n_carriers; i++)
		prove(sp, &sp->carriers[i]);
}
