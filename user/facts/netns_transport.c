/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes what proves the outer packets of a namespace's tunnels. */
#include <errno.h>
#include <string.h>

#include "namespaces_priv.h"
#include "transport.h"

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

/*
 * Each peer's address is proven for the sockets of that process only, so that no other gains by
 * what it says. It is asked again, since peers roam, and its sockets may be newer than its answer.
 */
static void find_peers(struct netns_state *sp, const struct link *link, struct carrier *c)
{
	struct peers p = { .sp = sp };

	if (transport_uapi(link, &c->holder, take_peer, &p) < 0)
		return;
	if (c->reached && c->n == p.n && !memcmp(c->peers, p.v, p.n * sizeof(*p.v)))
		return;
	transport_sockets(&c->holder, sp->ns, add_peers, &p);
	c->reached = p.sockets > 0;
	c->n = p.n;
	memcpy(c->peers, p.v, p.n * sizeof(*p.v));
}

static struct carrier *carrier_of(struct netns_state *sp, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < sp->n_carriers; i++)
		if (sp->carriers[i].ifindex == ifindex)
			return &sp->carriers[i];
	return NULL;
}

/* Of the link, else one whose link is gone, else a new one. */
static struct carrier *carrier_for(struct netns_state *sp, uint32_t ifindex)
{
	struct carrier *grown = carrier_of(sp, ifindex);
	size_t i;

	for (i = 0; !grown && i < sp->n_carriers; i++)
		if (!links_find(sp->links, sp->carriers[i].ifindex))
			return &sp->carriers[i];
	if (grown)
		return grown;
	grown = reallocarray(sp->carriers, sp->n_carriers + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	sp->carriers = grown;
	return &grown[sp->n_carriers++];
}

static int add_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct netns_state *sp = arg;
	struct la_daemon d = { .netns = sp->trusted ? 0 : sp->ns->cookie, .tgid = h->tgid };
	struct carrier *c;

	if (h->same_pidns && (sp->trusted || d.netns))
		datapath_add_daemon(sp->all->cfg.datapath, &d, h->start_ticks);
	sp->all->stale = true;
	transport_sockets(h, sp->ns, add_endpoint, sp);
	c = sp->trusted ? carrier_for(sp, link->ifindex) : NULL;
	if (!c)
		return 0;
	*c = (struct carrier){ .ifindex = link->ifindex, .holder = *h };
	find_peers(sp, link, c);
	return 0;
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

	if (!link->up || link->role != LA_ROLE_TUNNEL)
		return;
	if (link->tun == LINK_TUN_NONE) { /* WireGuard peers roam */
		netns_transport_learn(sp, link);
		return;
	}
	c = carrier_of(sp, link->ifindex);
	if (c)
		find_peers(sp, link, c);
}

void netns_state_find_ipsec(struct netns_state *sp)
{
	if (sp->trusted)
		transport_ipsec(sp->ns, add_endpoint, sp);
}

void netns_state_find_holders(struct netns_state *sp)
{
	if (!sp->holders_wanted)
		return;
	sp->holders_wanted = false;
	transport_holders(sp->links, add_holder, sp);
}
