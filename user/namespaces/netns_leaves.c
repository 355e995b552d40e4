/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hook sees a packet leave: that of the lowest interface on its way. */
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <libmnl/libmnl.h>
#include <string.h>

#include "namespaces_priv.h"
#include "network/nl_read.h"

#define STACK_MAX 8 /* as deep as the kernel stacks devices */

static bool parse_nsid(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[NETNSA_MAX + 1];

	(void)about;
	if (nlh->nlmsg_type != RTM_NEWNSID ||
	    !nl_msg_attrs(nlh, sizeof(struct rtgenmsg), tb, ARRAY_SIZE(tb)) || !tb[NETNSA_NSID])
		return false;
	*(int32_t *)ret = (int32_t)nl_u32(tb[NETNSA_NSID]);
	return true;
}

static const struct nl_kind nsids = { .size = sizeof(int32_t), .parse = parse_nsid };

static int take_nsid(void *arg, const void *item)
{
	*(int32_t *)arg = *(const int32_t *)item;
	return 0;
}

/* By which id the namespace of nl knows another one; -1: by none. */
static int32_t nsid_of(struct nl *nl, const struct netns *other)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETNSID, 0);
	struct rtgenmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	int32_t nsid = -1;

	rt->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)other->fd);
	nl_ask(nl, nlh, &nsids, NULL, take_nsid, &nsid);
	return nsid;
}

int32_t netns_state_nsid(const struct netns *in, const struct netns *other)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;

	return nl_open(&nl, in, NETLINK_ROUTE, 0) ? -1 : nsid_of(nl, other);
}

static const struct netns_state *ask_state(const struct netns_state *sp, int32_t nsid)
{
	const struct namespaces *s = sp->all;
	_cleanup_(nl_freep) struct nl *nl = NULL;
	size_t i;

	if (nl_open(&nl, sp->ns, NETLINK_ROUTE, 0))
		return NULL;
	for (i = 0; i < s->n; i++)
		if (s->v[i] != sp && nsid_of(nl, s->v[i]->ns) == nsid)
			return s->v[i];
	return NULL;
}

/*
 * The namespace that the device below is in; NULL: one that is not followed. Asked once: one that
 * is followed lives, and keeps its id.
 */
static const struct netns_state *lower_state(const struct netns_state *sp, const struct link *link)
{
	const struct namespaces *s = sp->all;
	const struct netns_state *below;
	struct iface *own = link->user;
	size_t i;

	if (!link->lower_elsewhere)
		return sp;
	for (i = 0; own && own->lower_netns && i < s->n; i++)
		if (own->lower_nsid == link->lower_nsid && s->v[i]->ns->cookie == own->lower_netns)
			return s->v[i];
	below = ask_state(sp, link->lower_nsid);
	if (own && below) {
		own->lower_nsid = link->lower_nsid;
		own->lower_netns = below->ns->cookie;
	}
	return below;
}

/* A master with no other ports than so many ends of veth pairs may reach the world by one of
 * them; with more it is a switch of containers. So it is beyond so many whose other end is not
 * known to be in one. */
#define VETH_PORTS_MAX 4
#define UNKNOWN_PORTS_MAX 32

static bool is_seen(const struct netns_state *sp, const struct link *link, unsigned int depth);

static bool is_port(const struct link *link, const struct link *master)
{
	return link->master == master->ifindex ||
	       (!strcmp(master->kind, "openvswitch") && !strcmp(link->master_kind, "openvswitch"));
}

/* A port that is the end of a veth pair. */
static bool is_veth_port(const struct link *port)
{
	return port->peer_elsewhere && port->role == LA_ROLE_EXPOSED && !link_wants_tc(port);
}

static bool is_containers(const struct netns_state *sp, const struct link *port)
{
	return sp->home && netns_hops_is_end(sp->all, port);
}

struct ports {
	unsigned int veths;
	unsigned int unknown; /* of these, not known to lead to a container */
	bool alone; /* there are no others */
};

/* What else is a port of the master that the end of a veth pair has. False: it is no such port. */
static bool count_ports(const struct netns_state *sp, const struct link *link, struct ports *ret)
{
	const struct link *master = link->master ? links_find(sp->links, link->master) : NULL;
	const struct link *port = NULL;

	*ret = (struct ports){ .alone = true };
	if (!master || !is_veth_port(link))
		return false;
	while ((port = links_next(sp->links, port))) {
		if (!is_port(port, master) || port->role != LA_ROLE_EXPOSED)
			continue;
		ret->alone &= !link_wants_tc(port);
		ret->veths += is_veth_port(port);
		ret->unknown += is_veth_port(port) && !is_containers(sp, port);
	}
	return true;
}

/* Whether it is the end of a veth pair by which its master may reach the world. */
static bool is_uplink(const struct netns_state *sp, const struct link *link)
{
	struct ports p;

	return count_ports(sp, link, &p) &&
	       ((p.alone && p.veths <= VETH_PORTS_MAX) ||
		(p.unknown <= UNKNOWN_PORTS_MAX && !is_containers(sp, link)));
}

/* Whether another interface than the ports of switches leads out. */
static bool has_way_out(const struct netns_state *sp)
{
	const struct link *link = NULL;

	while ((link = links_next(sp->links, link)))
		if (link_wants_tc(link) && link->tun == LINK_TUN_NONE)
			return true;
	return false;
}

void netns_state_tell_hidden(const struct netns_state *sp, const struct link *link)
{
	struct ports p;

	if (!count_ports(sp, link, &p) || p.unknown <= UNKNOWN_PORTS_MAX ||
	    is_containers(sp, link) || has_way_out(sp))
		return;
	completeness_warn(sp->all->cfg.completeness,
			  "cannot tell whether %s leads out: its switch has too many ports of "
			  "which that is not known",
			  link->name);
}

/* A master without ports sends nothing. */
static bool ports_are_seen(const struct netns_state *sp, const struct link *master,
			   unsigned int depth)
{
	const struct link *port = NULL;

	while ((port = links_next(sp->links, port)))
		if (is_port(port, master) && port->role == LA_ROLE_EXPOSED &&
		    (link_wants_tc(port) || !port->peer_elsewhere || is_uplink(sp, port)) &&
		    !is_seen(sp, port, depth))
			return false;
	return true;
}

/*
 * Whether all that it sends comes to the device below as the socket's own packet. A master makes
 * copies for its ports, which have no socket; and macvlan and ipvlan hand some to their like.
 */
static bool hands_all_down(const struct link *link)
{
	return !strcmp(link->kind, "vlan");
}

/* What it hands down is seen there. */
static bool is_below(const struct netns_state *sp, const struct link *link, unsigned int depth)
{
	const struct netns_state *below;
	const struct link *lower;

	if (!depth || (sp->all->cfg.drop_late && !hands_all_down(link)))
		return false;
	if (link_is_master(link))
		return ports_are_seen(sp, link, depth - 1);
	if (!link_is_upper(link))
		return false;
	below = lower_state(sp, link);
	lower = below ? links_find(below->links, link->lower) : NULL;
	return lower && lower->role == LA_ROLE_EXPOSED && is_seen(below, lower, depth - 1);
}

static bool is_seen(const struct netns_state *sp, const struct link *link, unsigned int depth)
{
	const struct iface *i = link->user;

	return (i && i->tc) || is_below(sp, link, depth);
}

enum la_leaves netns_state_leaves(const struct netns_state *sp, const struct link *link)
{
	const struct iface *i = link->user;

	if (link->role != LA_ROLE_EXPOSED)
		return LA_LEAVES_UNSEEN;
	if (is_below(sp, link, STACK_MAX))
		return LA_LEAVES_BELOW;
	if (!i || !i->tc)
		return LA_LEAVES_UNSEEN;
	if (!sp->all->cfg.drop_late && !link_wants_tc(link))
		return LA_LEAVES_PORT;
	return link_encapsulates(link) ? LA_LEAVES_CARRIED : LA_LEAVES_HERE;
}

bool netns_state_wants_tc(const struct netns_state *sp, const struct link *link)
{
	if (!sp->all->armed)
		return false;
	if (sp->all->cfg.drop_late) /* a copy that a master makes would be nobody's */
		return link->role == LA_ROLE_EXPOSED && strcmp(link->kind, "ifb") != 0 &&
		       !is_below(sp, link, STACK_MAX);
	return is_uplink(sp, link) ||
	       (link_wants_tc(link) && !(link->lower_elsewhere && is_below(sp, link, STACK_MAX)));
}
