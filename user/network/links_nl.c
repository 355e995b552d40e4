/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links_nl.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"

/* linux/if.h has it, but cannot be included together with net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

/* IFF_TUN and IFF_TAP of <linux/if_tun.h>, as in the driver's tun_fill_info(). */
enum { TUN_TYPE_TUN = 1, TUN_TYPE_TAP = 2 };

#define L2_MAX 24

/*
 * Bytes before the IP header that skb->len includes at TC egress. Types that are not listed have
 * none: tunnels, ppp and raw IP devices.
 */
static uint8_t l2_len(uint16_t arphrd)
{
	switch (arphrd) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return 14;
	case ARPHRD_INFINIBAND:
		return L2_MAX; /* pseudo header of 20, IPoIB header of 4 */
	case ARPHRD_IEEE1394:
		return 10;
	default:
		return 0;
	}
}

static bool is_any(const char *kind, const char *const *kinds)
{
	for (; *kinds; kinds++) {
		if (strcmp(kind, *kinds) == 0)
			return true;
	}
	return false;
}

/* Finds the remote address of a kernel tunnel. Its attribute differs by kind. */
static const struct nlattr *find_remote(const char *kind, const struct nlattr *data)
{
	static const char *const iptun[] = { "ipip", "sit", "ip6tnl", NULL };
	static const char *const gre[] = { "gre", "gretap", "ip6gre", "ip6gretap", NULL };
	static const char *const vti[] = { "vti", "vti6", NULL };
	const struct nlattr *tb[32];

	nl_nested(data, tb, ARRAY_SIZE(tb));
	if (is_any(kind, iptun))
		return tb[IFLA_IPTUN_REMOTE];
	if (is_any(kind, gre))
		return tb[IFLA_GRE_REMOTE];
	if (is_any(kind, vti))
		return tb[IFLA_VTI_REMOTE];
	if (!strcmp(kind, "vxlan")) /* a group, where others are in its forwarding table */
		return tb[IFLA_VXLAN_GROUP] ?: tb[IFLA_VXLAN_GROUP6];
	if (!strcmp(kind, "geneve"))
		return tb[IFLA_GENEVE_REMOTE] ?: tb[IFLA_GENEVE_REMOTE6];
	return NULL;
}

/* To which UDP port a tunnel of the kernel sends; 0: by another protocol. */
static uint16_t remote_port(const char *kind, const struct nlattr *data)
{
	const struct nlattr *tb[32];

	nl_nested(data, tb, ARRAY_SIZE(tb));
	if (!strcmp(kind, "vxlan"))
		return ntohs(nl_u16(tb[IFLA_VXLAN_PORT]));
	if (!strcmp(kind, "geneve"))
		return ntohs(nl_u16(tb[IFLA_GENEVE_PORT]));
	return 0;
}

static bool is_unspecified(const struct la_addr *a)
{
	static const uint8_t zero[4];
	struct la_addr any = addr_from_4(zero);

	return addr_equal(a, &any) || addr_is_any(a);
}

static void parse_kind(const struct nlattr *info, struct link *link)
{
	const struct nlattr *tb[IFLA_INFO_MAX + 1], *tun[IFLA_TUN_MAX + 1];
	uint8_t type;

	nl_nested(info, tb, ARRAY_SIZE(tb));
	nl_str(tb[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
	nl_str(tb[IFLA_INFO_SLAVE_KIND], link->master_kind, sizeof(link->master_kind));
	if (nl_addr(find_remote(link->kind, tb[IFLA_INFO_DATA]), &link->remote))
		link->fixed_remote = !is_unspecified(&link->remote);
	link->remote_port = remote_port(link->kind, tb[IFLA_INFO_DATA]);
	if (strcmp(link->kind, "tun") != 0)
		return;
	nl_nested(tb[IFLA_INFO_DATA], tun, ARRAY_SIZE(tun));
	type = nl_u8(tun[IFLA_TUN_TYPE]);
	if (type == TUN_TYPE_TUN || (!type && link->arphrd != ARPHRD_ETHER))
		link->tun = LINK_TUN_TUN;
	else
		link->tun = LINK_TUN_TAP;
}

static bool is_up(const struct link *link, const struct nlattr *operstate)
{
	/*
	 * IFF_RUNNING is derived by the kernel from carrier and operstate, where "unknown" counts
	 * as up: most tunnels never report more. A persistent tun without its daemon has no
	 * carrier.
	 */
	const uint32_t need = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;

	return (link->flags & need) == need &&
	       (!operstate || nl_u8(operstate) != 2 /* IF_OPER_DOWN */);
}

/* "noop" is that of one that is down, or has had no carrier yet. */
static bool is_queued(const struct nlattr *discipline)
{
	char kind[16];

	nl_str(discipline, kind, sizeof(kind));
	return strcmp(kind, "noqueue") != 0 && strcmp(kind, "noop") != 0;
}

static enum links_msg parse_link(const struct nlmsghdr *nlh, struct link *link)
{
	const struct nlattr *tb[IFLA_MAX + 1];
	struct ifinfomsg ifi;

	if (!nl_msg_attrs(nlh, sizeof(ifi), tb, ARRAY_SIZE(tb)))
		return LINKS_MSG_OTHER;
	memcpy(&ifi, mnl_nlmsg_get_payload(nlh), sizeof(ifi));
	/*
	 * A bridge sends messages about its ports to the same group. A port that leaves it would
	 * look like a deleted link.
	 */
	if (ifi.ifi_family != AF_UNSPEC || ifi.ifi_index <= 0)
		return LINKS_MSG_OTHER;
	link->ifindex = (uint32_t)ifi.ifi_index;
	link->counted = link_counters_parse(tb[IFLA_STATS64], &link->counters);
	link->moved = nlh->nlmsg_type == RTM_DELLINK && tb[IFLA_NEW_NETNSID];
	if (nlh->nlmsg_type == RTM_DELLINK)
		return LINKS_MSG_LINK_GONE;
	/* Wireless drivers send partial messages that have nothing but the name. */
	if (tb[IFLA_WIRELESS] || !tb[IFLA_IFNAME] || !tb[IFLA_MTU])
		return LINKS_MSG_OTHER;

	link->flags = ifi.ifi_flags;
	link->arphrd = ifi.ifi_type;
	link->l2_len = l2_len(ifi.ifi_type);
	link->up = is_up(link, tb[IFLA_OPERSTATE]);
	link->queued = is_queued(tb[IFLA_QDISC]);
	link->tx_queue_len = nl_u32(tb[IFLA_TXQLEN]);
	link->master = nl_u32(tb[IFLA_MASTER]);
	link->lower = nl_u32(tb[IFLA_LINK]);
	link->lower_elsewhere = tb[IFLA_LINK_NETNSID] != NULL;
	link->lower_nsid = (int32_t)nl_u32(tb[IFLA_LINK_NETNSID]);
	nl_str(tb[IFLA_IFNAME], link->name, sizeof(link->name));
	parse_kind(tb[IFLA_LINKINFO], link);
	link->peer_elsewhere = link->lower_elsewhere && link_is_pair(link);
	return LINKS_MSG_LINK;
}

static enum links_msg parse_addr(const struct nlmsghdr *nlh, struct links_nl *ret)
{
	const struct nlattr *tb[IFA_MAX + 1];
	struct ifaddrmsg ifa;
	unsigned int skip;

	if (!nl_msg_attrs(nlh, sizeof(ifa), tb, ARRAY_SIZE(tb)))
		return LINKS_MSG_OTHER;
	memcpy(&ifa, mnl_nlmsg_get_payload(nlh), sizeof(ifa));
	/*
	 * The prefix belongs to IFA_ADDRESS. On a point-to-point link that is the remote address,
	 * and IFA_LOCAL is ours.
	 */
	ret->addr.family = (uint8_t)nl_addr(tb[IFA_ADDRESS], &ret->addr.net.addr);
	if (!tb[IFA_LOCAL])
		ret->addr.addr = ret->addr.net.addr;
	else if (nl_addr(tb[IFA_LOCAL], &ret->addr.addr) != ret->addr.family)
		return LINKS_MSG_OTHER;
	skip = ret->addr.family == 4 ? ADDR_V4_BITS : 0;
	if (!ret->addr.family || ifa.ifa_prefixlen > 128 - skip)
		return LINKS_MSG_OTHER;
	ret->addr.net.len = (uint8_t)(ifa.ifa_prefixlen + skip);
	ret->link.ifindex = ifa.ifa_index;
	return nlh->nlmsg_type == RTM_NEWADDR ? LINKS_MSG_ADDR : LINKS_MSG_ADDR_GONE;
}

enum links_msg links_nl_parse(const struct nlmsghdr *nlh, struct links_nl *ret)
{
	memset(ret, 0, sizeof(*ret));
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return parse_link(nlh, &ret->link);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return parse_addr(nlh, ret);
	default:
		return LINKS_MSG_OTHER;
	}
}

/* --- apart --- */

static int put_route(void *to, const struct route_entry *e)
{
	nl_put(to, &(struct links_item){ .msg = LINKS_MSG_ROUTE, .route = *e });
	return 0;
}

static void put_nexthop(void *to, const struct nexthop *one)
{
	nl_put(to, &(struct links_item){ .msg = LINKS_MSG_NEXTHOP, .nexthop = *one });
}

static void read_one(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	struct links_item item;

	(void)about;
	item.msg = links_nl_parse(nlh, &item.nl);
	if (item.msg != LINKS_MSG_OTHER) {
		nl_put(to, &item);
		return;
	}
	route_take(nlh, 1U << RTN_UNICAST, put_route, to);
	nexthops_read(nlh, put_nexthop, to);
}

/* Its lists and its role are ours to fill. */
static bool check_link(struct link *l)
{
	bool *const bools[] = {
		&l->up,	     &l->pppoe,	 &l->fixed_remote, &l->lower_elsewhere, &l->peer_elsewhere,
		&l->counted, &l->queued, &l->moved
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bools); i++)
		nl_make_bool(bools[i]);
	nl_end_text(l->name);
	nl_end_text(l->kind);
	nl_end_text(l->master_kind);
	l->role = LA_ROLE_EXPOSED;
	l->addrs = NULL;
	l->onlink = NULL;
	l->user = NULL;
	l->n_addrs = l->n_onlink = 0;
	return l->ifindex && l->tun <= LINK_TUN_TAP && l->l2_len <= L2_MAX;
}

static bool check(void *arg)
{
	struct links_item *item = arg;

	switch (item->msg) {
	case LINKS_MSG_LINK:
	case LINKS_MSG_LINK_GONE:
		return check_link(&item->nl.link);
	case LINKS_MSG_ADDR:
	case LINKS_MSG_ADDR_GONE:
		return nl_prefix_is_possible(item->nl.addr.family, item->nl.addr.net.len);
	case LINKS_MSG_ROUTE:
		return route_entry_is_possible(&item->route);
	case LINKS_MSG_NEXTHOP:
		return true;
	default:
		return false;
	}
}

const struct nl_kind links_kind = { .size = sizeof(struct links_item),
				    .read = read_one,
				    .check = check };

/* --- requests --- */

int links_nl_dump_links(struct nl *nl)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETLINK, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nl_send(nl, nlh);
}

int links_nl_get_link(struct nl *nl, uint32_t ifindex)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = (int)ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nl_send(nl, nlh);
}

int links_nl_dump_addrs(struct nl *nl)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETADDR, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	return nl_send(nl, nlh);
}

/* /proc/net/pppoe has a heading, then a line for each session. */
int links_has_pppoe(void *arg)
{
	_cleanup_(closep) int fd = open("/proc/thread-self/net/pppoe", O_RDONLY | O_CLOEXEC);
	char buf[512];
	ssize_t n;
	char *line;

	(void)arg;
	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	line = strchr(buf, '\n');
	return line && line[1];
}
