/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the remote addresses of tunnels that the kernel itself carries. */
#include "transport_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <string.h>

#include "network/nl.h"

static bool parse_family(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	(void)about;
	if (!nl_msg_attrs(nlh, GENL_HDRLEN, tb, ARRAY_SIZE(tb)) || !tb[CTRL_ATTR_FAMILY_ID])
		return false;
	*(uint16_t *)ret = nl_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return true;
}

static const struct nl_kind families = { .size = sizeof(uint16_t), .parse = parse_family };

static int take_family(void *arg, const void *item)
{
	*(uint16_t *)arg = *(const uint16_t *)item;
	return 0;
}

static void put_genl(struct nlmsghdr *nlh, uint8_t cmd, uint8_t version)
{
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);

	g->cmd = cmd;
	g->version = version;
}

/* -ENOENT: the module is not loaded. The id is 0 where the answer has none. */
static int find_family(struct nl *nl, const char *name, uint16_t *id)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, GENL_ID_CTRL, 0);

	put_genl(nlh, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	return nl_ask(nl, nlh, &families, NULL, take_family, id);
}

/* Reads a struct sockaddr_in or sockaddr_in6. False: the remote address is not known yet. */
static bool parse_endpoint(const struct nlattr *attr, struct la_endpoint *ep)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;
	struct sockaddr_in6 six;
	struct sockaddr_in four;
	sa_family_t family;

	if (len < sizeof(family))
		return false;
	memcpy(&family, mnl_attr_get_payload(attr), sizeof(family));
	if (family == AF_INET && len >= sizeof(four)) {
		memcpy(&four, mnl_attr_get_payload(attr), sizeof(four));
		ep->addr = addr_from_4(&four.sin_addr);
		ep->port = ntohs(four.sin_port);
		return true;
	}
	if (family == AF_INET6 && len >= sizeof(six)) {
		memcpy(&six, mnl_attr_get_payload(attr), sizeof(six));
		memcpy(&ep->addr, &six.sin6_addr, sizeof(ep->addr));
		ep->port = ntohs(six.sin6_port);
		return true;
	}
	return false;
}

int transport_take_wireguard(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[WGDEVICE_A_MAX + 1], *attr, *peer[WGPEER_A_MAX + 1];
	struct transport_peers *p = arg;
	int r = 0;

	if (!nl_msg_attrs(nlh, GENL_HDRLEN, tb, ARRAY_SIZE(tb)))
		return 0;
	if (tb[WGDEVICE_A_FWMARK])
		p->mark = nl_u32(tb[WGDEVICE_A_FWMARK]);
	if (!tb[WGDEVICE_A_PEERS])
		return 0;
	mnl_attr_for_each_nested(attr, tb[WGDEVICE_A_PEERS]) {
		struct la_endpoint ep = { .proto = IPPROTO_UDP };

		nl_nested(attr, peer, ARRAY_SIZE(peer));
		if (!parse_endpoint(peer[WGPEER_A_ENDPOINT], &ep))
			continue;
		p->found++;
		r = p->fn(p->arg, &ep, p->mark, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The mark is told in the first message alone, which may have no peers. */
static void read_wireguard(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	const struct nlattr *tb[WGDEVICE_A_MAX + 1];
	struct transport_peers p = { .fn = transport_put, .arg = to };

	(void)about;
	if (nl_msg_attrs(nlh, GENL_HDRLEN, tb, ARRAY_SIZE(tb)) && tb[WGDEVICE_A_FWMARK])
		nl_put(to, &(struct transport_item){ .mark = nl_u32(tb[WGDEVICE_A_FWMARK]) });
	transport_take_wireguard(&p, nlh);
}

const struct nl_kind transport_wireguard_kind = { .size = sizeof(struct transport_item),
						  .read = read_wireguard,
						  .check = transport_check };

/* amneziawg's module has the same protocol under its own name. */
static int wireguard_peers(const struct links *l, const struct link *link,
			   transport_endpoint_fn *fn, void *arg)
{
	struct transport_peers p = { .fn = fn, .arg = arg };
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nl_req req;
	struct nlmsghdr *nlh;
	uint16_t family = 0;
	int r;

	r = nl_open(&nl, links_netns(l), NETLINK_GENERIC, 0);
	if (r == 0)
		r = find_family(nl, link->kind, &family);
	if (r < 0 || !family)
		return r ?: -EBADMSG;
	nlh = nl_req_init(&req, family, NLM_F_DUMP);
	put_genl(nlh, WG_CMD_GET_DEVICE, WG_GENL_VERSION);
	mnl_attr_put_u32(nlh, WGDEVICE_A_IFINDEX, link->ifindex);
	r = nl_ask(nl, nlh, &transport_wireguard_kind, NULL, transport_take, &p);
	/* -EINTR: a change has interrupted the dump; the peers received are valid. */
	return r < 0 && r != -EINTR ? r : p.found;
}

/* Protocol of the outer header, by kind of tunnel. */
static const struct {
	const char *kind;
	uint8_t proto;
} carriers[] = {
	{ "ipip", IPPROTO_IPIP },   { "sit", IPPROTO_IPV6 },	  { "ip6tnl", IPPROTO_IPV6 },
	{ "ip6tnl", IPPROTO_IPIP }, { "gre", IPPROTO_GRE },	  { "gretap", IPPROTO_GRE },
	{ "ip6gre", IPPROTO_GRE },  { "ip6gretap", IPPROTO_GRE }, { "vti", IPPROTO_ESP },
	{ "vti6", IPPROTO_ESP },    { "vxlan", IPPROTO_UDP },	  { "geneve", IPPROTO_UDP },
};

int transport_take_vxlan(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NDA_MAX + 1];
	struct transport_peers *l = arg;
	struct la_endpoint ep = { .proto = IPPROTO_UDP, .port = l->link->remote_port };
	struct ndmsg nd;
	int r;

	if (!nl_msg_attrs(nlh, sizeof(nd), tb, ARRAY_SIZE(tb)))
		return 0;
	memcpy(&nd, mnl_nlmsg_get_payload(nlh), sizeof(nd));
	if ((uint32_t)nd.ndm_ifindex != l->link->ifindex || !nl_addr(tb[NDA_DST], &ep.addr))
		return 0;
	if (tb[NDA_PORT])
		ep.port = ntohs(nl_u16(tb[NDA_PORT]));
	r = l->fn(l->arg, &ep, 0, 0);
	if (r < 0)
		return r;
	l->found++;
	return 0;
}

struct vxlan {
	uint32_t ifindex;
	uint16_t port;
};

/* about: whose they are */
static void read_vxlan(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	const struct vxlan *whose = about;
	const struct link link = { .ifindex = whose->ifindex, .remote_port = whose->port };
	struct transport_peers p = { .link = &link, .fn = transport_put, .arg = to };

	transport_take_vxlan(&p, nlh);
}

const struct nl_kind transport_vxlan_kind = { .size = sizeof(struct transport_item),
					      .about = sizeof(struct vxlan),
					      .read = read_vxlan,
					      .check = transport_check };

/* A vxlan may have many other ends, which are configured or learnt from what comes in. */
static int learnt_peers(const struct links *l, const struct link *link, transport_endpoint_fn *fn,
			void *arg)
{
	const struct vxlan whose = { link->ifindex, link->remote_port };
	struct transport_peers learnt = { .fn = fn, .arg = arg };
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	int r;

	nd->ndm_family = PF_BRIDGE;
	nd->ndm_ifindex = (int)link->ifindex;
	r = nl_open(&nl, links_netns(l), NETLINK_ROUTE, 0);
	if (!r)
		r = nl_ask(nl, nlh, &transport_vxlan_kind, &whose, transport_take, &learnt);
	return r < 0 && r != -EINTR ? r : learnt.found;
}

int transport_kernel(const struct links *l, const struct link *link, transport_endpoint_fn *fn,
		     void *arg)
{
	struct la_endpoint ep = { .addr = link->remote, .port = link->remote_port };
	int found = 0, r;
	size_t i;

	if (strcmp(link->kind, "wireguard") == 0 || strcmp(link->kind, "amneziawg") == 0)
		return wireguard_peers(l, link, fn, arg);
	for (i = 0; i < ARRAY_SIZE(carriers) && link->fixed_remote; i++) {
		if (strcmp(link->kind, carriers[i].kind) != 0)
			continue;
		ep.proto = carriers[i].proto;
		r = fn(arg, &ep, 0, 0);
		if (r < 0)
			return r;
		found++;
	}
	if (strcmp(link->kind, "vxlan") != 0)
		return found;
	r = learnt_peers(l, link, fn, arg);
	return r < 0 ? r : found + r;
}
