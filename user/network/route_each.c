/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the routes that a rule leads to. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/grow.h"
#include "nl_read.h"
#include "route.h"
#include "route_priv.h"
#include "rules.h"

struct tables {
	uint32_t *v;
	size_t n;
};

struct walk {
	struct tables tables;
	unsigned int family; /* 4, 6 */
	uint32_t types;
	route_entry_fn *fn;
	void *arg;
};

/* --- tables that rules name --- */

static bool has_table(const struct tables *t, uint32_t table)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->v[i] == table)
			return true;
	return false;
}

static int add_table(struct tables *t, uint32_t table)
{
	if (has_table(t, table))
		return 0;
	if (!GROW(t->v, t->n))
		return -ENOMEM;
	t->v[t->n++] = table;
	return 0;
}

/*
 * A rule of a VRF (l3mdev) names no table. VRFs are left out: a process in one uses its own tables.
 */
static int read_tables(struct nl *nl, unsigned int family, struct tables *ret)
{
	struct rules rules = { 0 };
	int r = rules_read(nl, family, &rules);
	size_t i;

	/* A kernel without rules has only the main table. */
	if (r == -EOPNOTSUPP || r == -EAFNOSUPPORT)
		return add_table(ret, RT_TABLE_MAIN);
	for (i = 0; i < rules.n && r == 0; i++)
		if (rules.v[i].table && rules.v[i].table != RT_TABLE_LOCAL)
			r = add_table(ret, rules.v[i].table);
	rules_free(&rules);
	return r;
}

/* --- routes in them --- */

/* An IPv4 route may have a gateway with an IPv6 address: RTA_VIA. */
static struct la_addr gateway_of(const struct nlattr *const *tb)
{
	const struct nlattr *via = tb[RTA_VIA];
	struct rtvia head;
	struct la_addr a;

	nl_addr(tb[RTA_GATEWAY], &a);
	if (via && mnl_attr_get_payload_len(via) == sizeof(head) + sizeof(a))
		memcpy(&a, (const char *)mnl_attr_get_payload(via) + sizeof(head), sizeof(a));
	return a;
}

static int take_paths(struct route_entry *e, const struct nlattr *multipath, route_entry_fn *fn,
		      void *arg)
{
	const char *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath), step;
	const struct nlattr *tb[RTA_MAX + 1];
	struct rtnexthop way;
	int r = 0;

	for (; left >= sizeof(way) && r == 0; at += step, left -= step) {
		memcpy(&way, at, sizeof(way));
		if (way.rtnh_len < sizeof(way) || way.rtnh_len > left)
			return -EBADMSG;
		nl_attrs(at + sizeof(way), way.rtnh_len - sizeof(way), tb, ARRAY_SIZE(tb));
		e->via = gateway_of(tb);
		e->oif = (uint32_t)way.rtnh_ifindex;
		r = fn(arg, e);
		step = MIN(left, (size_t)RTNH_ALIGN(way.rtnh_len));
	}
	return r;
}

int route_take(const struct nlmsghdr *nlh, uint32_t types, route_entry_fn *fn, void *arg)
{
	const struct nlattr *tb[RTA_MAX + 1];
	struct route_entry e = { 0 };
	struct rtmsg rtm;

	if ((nlh->nlmsg_type != RTM_NEWROUTE && nlh->nlmsg_type != RTM_DELROUTE) ||
	    !nl_msg_attrs(nlh, sizeof(rtm), tb, ARRAY_SIZE(tb)))
		return 0;
	memcpy(&rtm, mnl_nlmsg_get_payload(nlh), sizeof(rtm));
	/* Cloned: what a redirect or a path's MTU has made of a route. */
	if ((rtm.rtm_family != AF_INET && rtm.rtm_family != AF_INET6) || rtm.rtm_type > RTN_MAX ||
	    !(types >> rtm.rtm_type & 1) || rtm.rtm_flags & RTM_F_CLONED ||
	    !route_take_dst(&rtm, tb[RTA_DST], &e.dst))
		return 0;
	e.family = rtm.rtm_family == AF_INET ? 4 : 6;
	e.table = route_take_table(&rtm, tb[RTA_TABLE]);
	e.metric = nl_u32(tb[RTA_PRIORITY]);
	e.protocol = rtm.rtm_protocol;
	e.type = rtm.rtm_type;
	if (tb[RTA_MULTIPATH])
		return take_paths(&e, tb[RTA_MULTIPATH], fn, arg);
	e.via = gateway_of(tb);
	e.oif = nl_u32(tb[RTA_OIF]);
	e.nexthop = nl_u32(tb[RTA_NH_ID]);
	return fn(arg, &e);
}

bool route_entry_is_possible(const struct route_entry *e)
{
	return e->type <= RTN_MAX && nl_prefix_is_possible(e->family, e->dst.len);
}

static bool check(void *item)
{
	return route_entry_is_possible(item);
}

static int put(void *to, const struct route_entry *e)
{
	nl_put(to, e);
	return 0;
}

/* about: the types */
static void read_one(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	uint32_t types;

	memcpy(&types, about, sizeof(types));
	route_take(nlh, types, put, to);
}

const struct nl_kind route_entries_kind = { .size = sizeof(struct route_entry),
					    .about = sizeof(uint32_t),
					    .read = read_one,
					    .check = check };

/* Of a family that it lacks, the kernel tells the others' routes. */
static int take_route(void *arg, const void *item)
{
	const struct route_entry *e = item;
	const struct walk *w = arg;

	return e->family == w->family && has_table(&w->tables, e->table) ? w->fn(w->arg, e) : 0;
}

static int read_routes(struct nl *nl, struct walk *w)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = w->family == 6 ? AF_INET6 : AF_INET;
	return nl_ask(nl, nlh, &route_entries_kind, &w->types, take_route, w);
}

int route_each(struct nl *nl, unsigned int family, uint32_t types, route_entry_fn *fn, void *arg)
{
	struct walk w = { .family = family, .types = types, .fn = fn, .arg = arg };
	int r = read_tables(nl, family, &w.tables);

	if (r == 0)
		r = read_routes(nl, &w);
	free(w.tables.v);
	/* the kernel lacks the family: it has no routes */
	return r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}
