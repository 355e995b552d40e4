/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resolvers in containers: home asks them over a bridge or a veth pair, and so do other containers.
 * A question to one stays on this machine, and what it sends itself comes in at home, where it is
 * judged as it leaves. So the container must have no other way out.
 */
#include <netinet/in.h>

#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define PORT 53 /* of others the programs do not look at every packet */

bool resolvers_is_boxed(const struct resolvers *r, uint64_t netns)
{
	const struct box *b = boxes_of(r->boxes, netns);

	return b && b->closed;
}

const struct netns *resolvers_netns(const struct resolvers *r, uint64_t netns,
				    struct netns **opened)
{
	const struct netns *ns = namespaces_netns(r->cfg.namespaces, netns);

	if (!ns && resolvers_is_boxed(r, netns) && !box_enter(boxes_of(r->boxes, netns), opened))
		ns = *opened;
	return ns;
}

/* At home a question goes by the pair; elsewhere it goes to home first. */
static void tell_address(const struct resolvers *r, const struct resolver *who, const struct box *b,
			 const struct la_resolver_place *at)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	const struct la_resolver_holder holder = { .pid = who->owner.tgid,
						   .end = b->end,
						   .bridge = b->bridge };
	struct la_resolver_place from = *at;
	const struct netns *ns;
	size_t i;

	for (i = 0; (ns = namespaces_each(r->cfg.namespaces, i)); i++) {
		from.netns = ns->cookie;
		if (ns->cookie == home)
			datapath_add_resolver_boxed(r->cfg.datapath, &from, &holder);
		else if (ns->cookie != who->netns)
			datapath_add_resolver_place(r->cfg.datapath, &from, who->owner.tgid);
	}
}

static void tell_place(const struct resolvers *r, const struct resolver *who, const struct box *b,
		       const struct la_resolver_place *at)
{
	struct la_resolver_place one = *at;
	size_t i;

	for (i = 0; i < b->n_addrs; i++) {
		if (!addr_is_any(&at->addr) && !addr_equal(&at->addr, &b->addrs[i]))
			continue;
		one.addr = b->addrs[i];
		tell_address(r, who, b, &one);
	}
}

static void tell(const struct resolvers *r, const struct resolver *who)
{
	const struct box *b;
	size_t i, p;

	for (i = 0; (b = boxes_each(r->boxes, i)); i++)
		for (p = 0; b->closed && b->netns == who->netns && p < who->n_places; p++)
			if (who->places[p].port == PORT && who->places[p].netns == b->netns)
				tell_place(r, who, b, &who->places[p]);
}

static void tell_all(const struct resolvers *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		tell(r, r->v[i]);
}

/* Where they were asked may be another one's place by now. */
static void forget_changed(struct resolvers *r)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	size_t i;

	for (i = r->n; i-- > 0;)
		if (r->v[i]->netns != home)
			resolvers_forget(r, i);
}

void resolvers_find_boxes(struct resolvers *r)
{
	if (boxes_find(r->boxes))
		forget_changed(r);
}

void resolvers_look_boxed(struct resolvers *r)
{
	const struct box *b;
	size_t i;

	for (i = 0; (b = boxes_each(r->boxes, i)); i++) {
		if (!b->closed || b != boxes_of(r->boxes, b->netns))
			continue;
		resolvers_look_at(r, b->netns, IPPROTO_UDP, PORT);
		resolvers_look_at(r, b->netns, IPPROTO_TCP, PORT);
	}
	tell_all(r);
}

void resolvers_search_boxed(struct search *s)
{
	const struct la_resolver_place asked = s->at;
	const struct box *b = boxes_at(s->all->boxes, &asked.addr);

	if (!b || !b->closed || b->netns == asked.netns)
		return;
	s->at.netns = b->netns;
	resolvers_search_place(s);
	s->at = asked;
	if (s->found)
		tell_all(s->all);
}

/* Whether that is an address of the resolver's container. */
bool resolvers_is_boxed_at(const struct resolvers *r, const struct resolver *who,
			   const struct la_addr *addr)
{
	const struct box *b;
	size_t i;

	for (i = 0; (b = boxes_each(r->boxes, i)); i++)
		if (b->closed && b->netns == who->netns && box_has(b, addr))
			return true;
	return false;
}
