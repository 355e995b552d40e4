/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a namespace and of an interface, also of one that is gone. */
#include <errno.h>
#include <stdint.h>

#include "namespaces_priv.h"

static struct netns_state *find_netns_state(const struct namespaces *s, uint64_t netns)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->cookie == netns)
			return s->v[i];
	return NULL;
}

const struct netns *namespaces_netns(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? sp->ns : NULL;
}

const struct netns *namespaces_each(const struct namespaces *s, size_t i)
{
	return i < s->n ? s->v[i]->ns : NULL;
}

static const struct iface *find_iface(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *gone = NULL;
	size_t i;

	for (i = 0; i < s->n_ifaces; i++) { /* an ifindex may be reused */
		const struct iface *one = s->ifaces[i];

		if (one->ifindex != ifindex || one->netns != netns)
			continue;
		if (one->alive)
			return one;
		if (!gone || one->gone >= gone->gone)
			gone = one;
	}
	return gone;
}

size_t namespaces_exposed_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to,
				size_t max)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? netns_state_exposed_addrs(sp, to, max) : 0;
}

size_t namespaces_addrs(const struct namespaces *s, uint64_t netns, struct la_addr *to, size_t max)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	const struct link *link = sp ? links_next(sp->links, NULL) : NULL;
	size_t n = 0, i;

	for (; link; link = links_next(sp->links, link))
		for (i = 0; i < link->n_addrs && n < max; i++)
			to[n++] = link->addrs[i].addr;
	return n;
}

size_t namespaces_ends(const struct namespaces *s, struct veth_end *v, size_t max)
{
	const struct links *home = s->v[0]->links;
	const struct link *link = NULL;
	size_t n = 0;

	/* that the other end has moved is told with other news of this one: is_end_of() */
	while ((link = links_next(home, link)) && n < max)
		if (link_is_pair(link) && (link->peer_elsewhere || !links_find(home, link->lower)))
			v[n++] = (struct veth_end){ link->ifindex, link->master };
	return n;
}

const char *namespaces_ifname(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->name : netns_strays_name(s, netns, ifindex);
}

uint32_t namespaces_slot(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->slot : 0;
}

int namespaces_role(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	const struct iface *i = find_iface(s, netns, ifindex);

	return i ? i->role.role : -ENOENT;
}

bool namespaces_leads_inside(const struct namespaces *s, uint64_t netns, uint32_t ifindex)
{
	int role = namespaces_role(s, netns, ifindex);

	return role == LA_ROLE_LOOPBACK || role == LA_ROLE_TUNNEL;
}

const char *namespaces_slot_name(const struct namespaces *s, uint32_t slot)
{
	return slot && slot <= s->n_ifaces ? s->ifaces[slot - 1]->name : NULL;
}

const char *namespaces_name(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	size_t i;

	if (sp)
		return sp->home ? NULL : sp->name;
	for (i = 0; i < s->n_ifaces; i++) /* all have left it: its flows end later */
		if (s->ifaces[i]->netns == netns && s->ifaces[i]->netns_name)
			return s->ifaces[i]->netns_name;
	return NULL;
}

unsigned int namespaces_tunnels_up(const struct namespaces *s, uint64_t netns)
{
	const struct netns_state *sp = find_netns_state(s, netns);

	return sp ? links_tunnels_up(sp->links) : 0;
}

struct causes *namespaces_causes(const struct namespaces *s, uint64_t netns)
{
	struct netns_state *sp = find_netns_state(s, netns);

	if (sp && !sp->causes) /* it has a hundred kilobytes */
		causes_open(&sp->causes, sp->links);
	return sp ? sp->causes : NULL;
}

bool namespaces_was_unknown(const struct namespaces *s, const struct la_flow *flow)
{
	const struct netns_state *sp = find_netns_state(s, flow->key.netns);
	const struct link *link = sp ? links_find(sp->links, flow->key.ifindex) : NULL;
	const struct iface *i = link ? link->user : NULL;

	if (flow->slot || flow->hook != LA_HOOK_CGROUP) /* TC is attached to what is known */
		return false;
	if (!i)
		return !find_iface(s, flow->key.netns, flow->key.ifindex);
	return i->slot && (i->role.role != LA_ROLE_EXPOSED ||
			   (link_is_onlink(link, &flow->key.daddr) &&
			    policy_exempts_lan(s->cfg.policy, i->role.tunnel_up)));
}

bool namespaces_is_followed(const struct namespaces *s, uint64_t netns, uint32_t ifindex,
			    char *name, size_t size)
{
	const struct netns_state *sp = find_netns_state(s, netns);
	const struct link *link = sp ? links_find(sp->links, ifindex) : NULL;
	const struct iface *i = link ? link->user : NULL;
	unsigned int depth = 8; /* as deep as the kernel stacks devices */

	while (i && i->role.leaves == LA_LEAVES_BELOW && depth--) {
		link = links_find(sp->links, link->lower);
		i = link ? link->user : NULL;
	}
	return i && i->tc && tc_hook_is_followed(i->tc, name, size);
}
