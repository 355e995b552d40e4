/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the routes that a rule leads to. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <string.h>
#include <sys/socket.h>

#include "route.h"
#include "route_priv.h"

struct tables {
	uint32_t *v;
	size_t n, room;
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
	uint32_t *grown;

	if (has_table(t, table))
		return 0;
	if (t->n == t->room) {
		grown = reallocarray(t->v, t->room + 32, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		t->v = grown;
		t->room += 32;
	}
	t->v[t->n++] = table;
	return 0;
}

/*
 * A rule of a VRF (l3mdev) names no table. VRFs are left out: a process in one uses its own tables.
 */
static int take_rule(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[FRA_MAX + 1];
	struct fib_rule_hdr rule;
	uint32_t table;

	if (nlh->nlmsg_type != RTM_NEWRULE || !nl_msg_attrs(nlh, sizeof(rule), tb, ARRAY_SIZE(tb)))
		return 0;
	memcpy(&rule, mnl_nlmsg_get_payload(nlh), sizeof(rule));
	table = tb[FRA_TABLE] ? nl_u32(tb[FRA_TABLE]) : rule.table;
	if (rule.action != FR_ACT_TO_TBL || table == RT_TABLE_LOCAL || table == RT_TABLE_UNSPEC)
		return 0;
	return add_table(arg, table);
}

static int request_all(struct nl *nl, uint16_t type, uint8_t family,
		       int (*fn)(void *arg, const struct nlmsghdr *nlh), void *arg)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, type, NLM_F_DUMP);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = family;
	return nl_talk(nl, nlh, fn, arg);
}

static int read_rules(struct nl *nl, uint8_t family, struct tables *ret)
{
	int r = request_all(nl, RTM_GETRULE, family, take_rule, ret);

	/* A kernel without rules has only the main table. */
	return r == -EOPNOTSUPP || r == -EAFNOSUPPORT ? add_table(ret, RT_TABLE_MAIN) : r;
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
	return fn(arg, &e);
}

/* Of a family that it lacks, the kernel tells the others' routes. */
static int pick(void *arg, const struct route_entry *e)
{
	const struct walk *w = arg;

	return e->family == w->family && has_table(&w->tables, e->table) ? w->fn(w->arg, e) : 0;
}

static int take_route(void *arg, const struct nlmsghdr *nlh)
{
	const struct walk *w = arg;

	return route_take(nlh, w->types, pick, arg);
}

int route_each(struct nl *nl, unsigned int family, uint32_t types, route_entry_fn *fn, void *arg)
{
	uint8_t af = family == 6 ? AF_INET6 : AF_INET;
	struct walk w = { .family = family, .types = types, .fn = fn, .arg = arg };
	int r = read_rules(nl, af, &w.tables);

	if (r == 0)
		r = request_all(nl, RTM_GETROUTE, af, take_route, &w);
	free(w.tables.v);
	/* the kernel lacks the family: it has no routes */
	return r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}
