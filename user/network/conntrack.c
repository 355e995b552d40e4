/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"

struct conntrack {
	struct nl *nl;
};

/* As a module, or as a part of the kernel. */
static bool is_there(void)
{
	return nl_has_protocol(NETLINK_NETFILTER) &&
	       (!access("/sys/module/nf_conntrack", F_OK) ||
		!access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK));
}

int conntrack_open(struct conntrack **ret, const struct netns *ns)
{
	_cleanup_(conntrack_freep) struct conntrack *c = NULL;
	int r;

	if (!is_there())
		return -ENOENT;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	r = nl_open(&c->nl, ns, NETLINK_NETFILTER, 0);
	if (r)
		return r;
	*ret = take_ptr(c);
	return 0;
}

void conntrack_free(struct conntrack *c)
{
	if (!c)
		return;
	nl_free(c->nl);
	free(c);
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

/* --- questions --- */

static void put_addr(struct nlmsghdr *nlh, const struct la_addr *a, unsigned int family, bool src)
{
	if (family == 4)
		mnl_attr_put(nlh, src ? CTA_IP_V4_SRC : CTA_IP_V4_DST, 4, &a->w[3]);
	else
		mnl_attr_put(nlh, src ? CTA_IP_V6_SRC : CTA_IP_V6_DST, 16, a->b);
}

/* The tuple of the answer that is expected to a packet. */
static void put_answer(struct nlmsghdr *nlh, const struct la_flow_key *out)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_REPLY), *part;

	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	put_addr(nlh, &out->daddr, out->family, true);
	put_addr(nlh, &out->saddr, out->family, false);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, out->proto);
	if (has_ports(out->proto)) {
		mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(out->dport));
		mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(out->sport));
	}
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

/* Of which members of a tuple a dump is to be (Linux 5.8): its flags are in no header. */
#define FILTER_IP_SRC (1U << 0)
#define FILTER_IP_DST (1U << 1)
#define FILTER_PROTO_NUM (1U << 3)
#define FILTER 25 /* CTA_FILTER, */
#define FILTER_ORIG_FLAGS 1
#define FILTER_REPLY_FLAGS 2

static void put_filter(struct nlmsghdr *nlh)
{
	struct nlattr *filter = mnl_attr_nest_start(nlh, FILTER);

	mnl_attr_put_u32(nlh, FILTER_ORIG_FLAGS, 0);
	mnl_attr_put_u32(nlh, FILTER_REPLY_FLAGS, FILTER_IP_SRC | FILTER_IP_DST | FILTER_PROTO_NUM);
	mnl_attr_nest_end(nlh, filter);
}

/* --- answers --- */

static void read_proto(const struct nlattr *attr, struct la_flow_key *k)
{
	const struct nlattr *tb[CTA_PROTO_MAX + 1];

	nl_nested(attr, tb, ARRAY_SIZE(tb));
	k->proto = nl_u8(tb[CTA_PROTO_NUM]);
	if (!has_ports(k->proto))
		return;
	k->sport = ntohs(nl_u16(tb[CTA_PROTO_SRC_PORT]));
	k->dport = ntohs(nl_u16(tb[CTA_PROTO_DST_PORT]));
}

static bool read_tuple(const struct nlattr *attr, struct la_flow_key *k)
{
	const struct nlattr *tb[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1];

	memset(k, 0, sizeof(*k));
	nl_nested(attr, tb, ARRAY_SIZE(tb));
	nl_nested(tb[CTA_TUPLE_IP], ip, ARRAY_SIZE(ip));
	k->family = ip[CTA_IP_V4_SRC] ? 4 : 6;
	if (!nl_addr(ip[k->family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC], &k->saddr) ||
	    !nl_addr(ip[k->family == 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST], &k->daddr))
		return false;
	read_proto(tb[CTA_TUPLE_PROTO], k);
	return true;
}

/* Whether a tuple is of the answers to a packet. */
static bool answers(const struct la_flow_key *tuple, const struct la_flow_key *out)
{
	bool ports = has_ports(out->proto);

	return tuple->proto == out->proto && tuple->family == out->family &&
	       addr_equal(&tuple->saddr, &out->daddr) && addr_equal(&tuple->daddr, &out->saddr) &&
	       (!ports || (tuple->sport == out->dport && tuple->dport == out->sport));
}

/*
 * A packet of either direction comes in as one tuple, and its answers as the other: those of the
 * second direction are the first one's packets.
 */
bool conntrack_read(const struct nlmsghdr *nlh, const struct la_flow_key *out,
		    struct la_flow_key *in)
{
	const struct nlattr *tb[CTA_MAX + 1];
	struct la_flow_key orig, reply;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
	    !nl_msg_attrs(nlh, sizeof(struct nfgenmsg), tb, ARRAY_SIZE(tb)) ||
	    !read_tuple(tb[CTA_TUPLE_ORIG], &orig) || !read_tuple(tb[CTA_TUPLE_REPLY], &reply))
		return false;
	if (answers(&reply, out))
		*in = orig;
	else if (answers(&orig, out))
		*in = reply;
	else
		return false;
	return true;
}

struct search {
	conntrack_fn *fn;
	void *arg;
	int found;
};

/* about: what goes out */
static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	return conntrack_read(nlh, about, ret);
}

static bool check(void *item)
{
	const struct la_flow_key *in = item;

	return (in->family == 4 || in->family == 6) && !in->netns && !in->cookie;
}

const struct nl_kind conntrack_kind = { .size = sizeof(struct la_flow_key),
					.about = sizeof(struct la_flow_key),
					.parse = parse_one,
					.check = check };
_Static_assert(sizeof(struct la_flow_key) <= NL_ABOUT_MAX, "what it reads for is told");

static int take(void *arg, const void *item)
{
	struct search *s = arg;

	s->found++;
	s->fn(s->arg, item);
	return 0;
}

int conntrack_each(struct conntrack *c, const struct la_flow_key *out, conntrack_fn *fn, void *arg)
{
	struct search s = { fn, arg, 0 };
	bool one = has_ports(out->proto);
	struct nfgenmsg *head;
	struct nlmsghdr *nlh;
	struct nl_req req;
	int r;

	nl_discard(c->nl); /* what is left of an answer that was given up */
	nlh = nl_req_init(&req, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			  one ? 0 : NLM_F_DUMP);
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = out->family == 4 ? AF_INET : AF_INET6;
	head->version = NFNETLINK_V0;
	put_answer(nlh, out);
	if (!one)
		put_filter(nlh);
	r = nl_ask(c->nl, nlh, &conntrack_kind, out, take, &s);
	return s.found || r == -ENOENT ? s.found : r;
}
