/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "route_priv.h"

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct la_addr *a)
{
	if (addr_family(a) == 4)
		mnl_attr_put(nlh, type, 4, &a->b[12]);
	else
		mnl_attr_put(nlh, type, sizeof(a->b), a->b);
}

bool route_take_dst(const struct rtmsg *rtm, const struct nlattr *attr, struct link_prefix *ret)
{
	bool four = rtm->rtm_family == AF_INET;

	if (rtm->rtm_dst_len > (four ? 32 : 128))
		return false;
	/* A default route has no RTA_DST. */
	if (!nl_addr(attr, &ret->addr) && four)
		ret->addr = addr_from_4((uint8_t[4]){ 0 });
	ret->len = (uint8_t)(rtm->rtm_dst_len + (four ? ADDR_V4_BITS : 0));
	return true;
}

uint32_t route_take_table(const struct rtmsg *rtm, const struct nlattr *attr)
{
	return attr ? nl_u32(attr) : rtm->rtm_table;
}

static bool parse_answer(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[RTA_MAX + 1];
	struct route_answer *a = ret;
	struct rtmsg rtm;

	(void)about;
	if (nlh->nlmsg_type != RTM_NEWROUTE || !nl_msg_attrs(nlh, sizeof(rtm), tb, ARRAY_SIZE(tb)))
		return false;
	memcpy(&rtm, mnl_nlmsg_get_payload(nlh), sizeof(rtm));
	if (!route_take_dst(&rtm, tb[RTA_DST], &a->dst))
		return false;
	a->oif = nl_u32(tb[RTA_OIF]);
	a->onlink = !tb[RTA_GATEWAY] && !tb[RTA_VIA];
	a->table = route_take_table(&rtm, tb[RTA_TABLE]);
	a->protocol = rtm.rtm_protocol;
	return true;
}

static bool check_answer(void *item)
{
	struct route_answer *a = item;

	nl_make_bool(&a->onlink);
	return a->dst.len <= 128;
}

const struct nl_kind route_answers_kind = { .size = sizeof(struct route_answer),
					    .parse = parse_answer,
					    .check = check_answer };

struct asked {
	struct route_answer answer;
	bool answered;
};

static int take_answer(void *arg, const void *item)
{
	struct asked *a = arg;

	a->answer = *(const struct route_answer *)item;
	a->answered = true;
	return 0;
}

static int query(struct nl *nl, const struct route_query *q, uint32_t flags,
		 struct route_answer *ret)
{
	unsigned int family = addr_family(&q->dst);
	struct asked asked = { 0 };
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	int r;

	rtm->rtm_family = family == 4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = family == 4 ? 32 : 128;
	rtm->rtm_flags = flags;
	put_addr(nlh, RTA_DST, &q->dst);
	if (!addr_is_any(&q->src)) {
		rtm->rtm_src_len = rtm->rtm_dst_len;
		put_addr(nlh, RTA_SRC, &q->src);
	}
	if (q->mark)
		mnl_attr_put_u32(nlh, RTA_MARK, q->mark);
	if (q->uid != (uint32_t)-1)
		mnl_attr_put_u32(nlh, RTA_UID, q->uid);
	if (q->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, q->oif);
	if (q->iif)
		mnl_attr_put_u32(nlh, RTA_IIF, q->iif);
	if (q->proto == IPPROTO_TCP || q->proto == IPPROTO_UDP) {
		mnl_attr_put_u8(nlh, RTA_IP_PROTO, q->proto);
		if (q->sport)
			mnl_attr_put_u16(nlh, RTA_SPORT, htons(q->sport));
		if (q->dport)
			mnl_attr_put_u16(nlh, RTA_DPORT, htons(q->dport));
	}
	r = nl_ask(nl, nlh, &route_answers_kind, NULL, take_answer, &asked);
	if (r == 0 && !asked.answered)
		return -EBADMSG;
	if (r == 0)
		*ret = asked.answer;
	return r;
}

int route_lookup(struct nl *nl, const struct route_query *q, struct route_answer *ret)
{
	return query(nl, q, 0, ret);
}

int route_match(struct nl *nl, const struct route_query *q, struct route_answer *ret)
{
	/* Without the second flag IPv4 reports every table as the main one. */
	return query(nl, q, RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE, ret);
}

/* Names of iproute2's rt_protos. */
void route_protocol_name(uint8_t protocol, char *buf, size_t size)
{
	static const struct {
		uint8_t value;
		const char *name;
	} names[] = {
		{ RTPROT_REDIRECT, "redirect" },
		{ RTPROT_KERNEL, "kernel" },
		{ RTPROT_UNSPEC, "" },
		{ RTPROT_BOOT, "" },
		{ RTPROT_STATIC, "static" },
		{ RTPROT_GATED, "gated" },
		{ RTPROT_RA, "ra" },
		{ RTPROT_MRT, "mrt" },
		{ RTPROT_ZEBRA, "zebra" },
		{ RTPROT_BIRD, "bird" },
		{ RTPROT_DNROUTED, "dnrouted" },
		{ RTPROT_XORP, "xorp" },
		{ RTPROT_NTK, "ntk" },
		{ RTPROT_DHCP, "dhcp" },
		{ RTPROT_MROUTED, "mrouted" },
		{ 18, "keepalived" },
		{ RTPROT_BABEL, "babel" },
		{ 99, "openr" },
		{ RTPROT_BGP, "bgp" },
		{ RTPROT_ISIS, "isis" },
		{ RTPROT_OSPF, "ospf" },
		{ RTPROT_RIP, "rip" },
		{ RTPROT_EIGRP, "eigrp" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].value == protocol) {
			snprintf(buf, size, "%s", names[i].name);
			return;
		}
	}
	snprintf(buf, size, "%u", protocol);
}

void route_prefix_name(const struct link_prefix *p, char *buf, size_t size)
{
	bool four = addr_family(&p->addr) == 4 && p->len >= ADDR_V4_BITS;
	char s[INET6_ADDRSTRLEN];

	inet_ntop(four ? AF_INET : AF_INET6, four ? &p->addr.b[12] : p->addr.b, s, sizeof(s));
	snprintf(buf, size, "%s/%u", s, p->len - (four ? ADDR_V4_BITS : 0U));
}
