/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counters.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* How often a dump is repeated that changes have interrupted. */
#define DUMP_TRIES 16

struct walk {
	link_counters_fn *counters;
	link_queue_fn *queue;
	void *arg;
};

bool link_counters_parse(const struct nlattr *stats, struct link_counters *ret)
{
	struct rtnl_link_stats64 s;
	size_t need = offsetof(struct rtnl_link_stats64, tx_dropped) + sizeof(s.tx_dropped);

	memset(ret, 0, sizeof(*ret));
	if (!stats || mnl_attr_get_payload_len(stats) < need)
		return false;
	memcpy(&s, mnl_attr_get_payload(stats), need);
	*ret = (struct link_counters){
		.packets = s.tx_packets,
		.bytes = s.tx_bytes,
		.dropped = s.tx_dropped,
		.errors = s.tx_errors,
	};
	return true;
}

struct counters_item {
	uint32_t ifindex;
	struct link_counters counters;
};

static bool parse_counters(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[IFLA_STATS_MAX + 1];
	struct counters_item *item = ret;
	struct if_stats_msg ism;

	(void)about;
	if (nlh->nlmsg_type != RTM_NEWSTATS ||
	    !nl_msg_attrs(nlh, sizeof(ism), tb, ARRAY_SIZE(tb)) ||
	    !link_counters_parse(tb[IFLA_STATS_LINK_64], &item->counters))
		return false;
	memcpy(&ism, mnl_nlmsg_get_payload(nlh), sizeof(ism));
	item->ifindex = ism.ifindex;
	return true;
}

const struct nl_kind link_counters_kind = { .size = sizeof(struct counters_item),
					    .parse = parse_counters };

static int take_counters(void *arg, const void *item)
{
	const struct counters_item *c = item;
	const struct walk *w = arg;

	w->counters(w->arg, c->ifindex, &c->counters);
	return 0;
}

static struct nlmsghdr *ask_counters(struct nl_req *req, uint16_t flags, uint32_t ifindex)
{
	struct nlmsghdr *nlh = nl_req_init(req, RTM_GETSTATS, flags);
	struct if_stats_msg *ism = mnl_nlmsg_put_extra_header(nlh, sizeof(*ism));

	ism->ifindex = ifindex;
	ism->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	return nlh;
}

static int dump(struct nl *nl, struct nlmsghdr *nlh, const struct nl_kind *kind, nl_item_fn *fn,
		struct walk *w)
{
	int tries, r = -EINTR;

	for (tries = 0; tries < DUMP_TRIES && r == -EINTR; tries++)
		r = nl_ask(nl, nlh, kind, NULL, fn, w);
	return r;
}

int link_counters_dump(struct nl *nl, link_counters_fn *fn, void *arg)
{
	struct walk w = { .counters = fn, .arg = arg };
	struct nl_req req;

	return dump(nl, ask_counters(&req, NLM_F_DUMP, 0), &link_counters_kind, take_counters, &w);
}

static void keep_counters(void *arg, uint32_t ifindex, const struct link_counters *c)
{
	(void)ifindex;
	*(struct link_counters *)arg = *c;
}

int link_counters_get(struct nl *nl, uint32_t ifindex, struct link_counters *ret)
{
	struct walk w = { .counters = keep_counters, .arg = ret };
	struct nl_req req;

	return nl_ask(nl, ask_counters(&req, 0, ifindex), &link_counters_kind, NULL, take_counters,
		      &w);
}

/* A discipline with classes counts what waits in any of them at its root. */
void link_queue_take(const struct nlmsghdr *nlh, link_queue_fn *fn, void *arg)
{
	const struct nlattr *tb[TCA_MAX + 1], *stats[TCA_STATS_MAX + 1];
	struct gnet_stats_queue q = { 0 };
	struct link_queue queue;
	struct tcmsg tcm;

	if (nlh->nlmsg_type != RTM_NEWQDISC || !nl_msg_attrs(nlh, sizeof(tcm), tb, ARRAY_SIZE(tb)))
		return;
	memcpy(&tcm, mnl_nlmsg_get_payload(nlh), sizeof(tcm));
	nl_nested(tb[TCA_STATS2], stats, ARRAY_SIZE(stats));
	if (tcm.tcm_parent != TC_H_ROOT || tcm.tcm_ifindex <= 0 || !stats[TCA_STATS_QUEUE] ||
	    mnl_attr_get_payload_len(stats[TCA_STATS_QUEUE]) < sizeof(q))
		return;
	memcpy(&q, mnl_attr_get_payload(stats[TCA_STATS_QUEUE]), sizeof(q));
	queue = (struct link_queue){ q.qlen, q.backlog, q.drops };
	fn(arg, (uint32_t)tcm.tcm_ifindex, &queue);
}

struct queue_item {
	uint32_t ifindex;
	struct link_queue queue;
};

static void put_queue(void *to, uint32_t ifindex, const struct link_queue *q)
{
	nl_put(to, &(struct queue_item){ ifindex, *q });
}

static void read_queue(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	(void)about;
	link_queue_take(nlh, put_queue, to);
}

const struct nl_kind link_queues_kind = { .size = sizeof(struct queue_item), .read = read_queue };

static int take_queue(void *arg, const void *item)
{
	const struct queue_item *q = item;
	const struct walk *w = arg;

	w->queue(w->arg, q->ifindex, &q->queue);
	return 0;
}

int link_queues_dump(struct nl *nl, link_queue_fn *fn, void *arg)
{
	struct walk w = { .queue = fn, .arg = arg };
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETQDISC, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct tcmsg));
	return dump(nl, nlh, &link_queues_kind, take_queue, &w);
}

static void keep_queue(void *arg, uint32_t ifindex, const struct link_queue *q)
{
	(void)ifindex;
	*(struct link_queue *)arg = *q;
}

int link_queue_get(struct nl *nl, uint32_t ifindex, struct link_queue *ret)
{
	struct walk w = { .queue = keep_queue, .arg = ret };
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETQDISC, NLM_F_ECHO);
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	int r;

	*ret = (struct link_queue){ 0 };
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = TC_H_ROOT;
	r = nl_ask(nl, nlh, &link_queues_kind, NULL, take_queue, &w);
	/* it has none, or one that the kernel does not show: it answers nothing then */
	return r == -ENOENT || r == -EINVAL || r == -EAGAIN ? 0 : r;
}
