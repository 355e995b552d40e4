/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "base/grow.h"
#include "base/text.h"
#include "base/util.h"

/* --- reading --- */

static bool take_prefix(const struct nlattr *attr, uint8_t len, struct link_prefix *ret)
{
	unsigned int family = nl_addr(attr, &ret->addr);
	unsigned int bits = len + (family == 4 ? ADDR_V4_BITS : 0U);

	if (!family || bits > 128)
		return false;
	ret->len = (uint8_t)bits;
	return true;
}

static void take_ports(const struct nlattr *attr, uint16_t to[2])
{
	struct fib_rule_port_range range;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	to[0] = range.start;
	to[1] = range.end;
}

static void take_uids(const struct nlattr *attr, struct rule *r)
{
	struct fib_rule_uid_range range;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	r->uid[0] = range.start;
	r->uid[1] = range.end;
	/* the whole range is what a rule without one is told with */
	r->has_uid = range.start || range.end != (uint32_t)-1;
}

/* What this machine sends has come in by "lo", and goes out by an interface that is named
 * only where its socket is bound. */
static bool is_elsewhere(const struct nlattr *const *tb, const struct fib_rule_hdr *hdr)
{
	char name[IFNAMSIZ];

	nl_str(tb[FRA_IIFNAME], name, sizeof(name));
	return (name[0] && strcmp(name, "lo") != 0) || tb[FRA_OIFNAME] || nl_u8(tb[FRA_L3MDEV]) ||
	       hdr->tos;
}

static struct rule parse(const struct fib_rule_hdr *hdr, const struct nlattr *const *tb)
{
	struct rule r = {
		.priority = nl_u32(tb[FRA_PRIORITY]),
		.suppress = tb[FRA_SUPPRESS_PREFIXLEN] ? (int)nl_u32(tb[FRA_SUPPRESS_PREFIXLEN])
						       : -1,
		.invert = hdr->flags & FIB_RULE_INVERT,
		.elsewhere = is_elsewhere(tb, hdr),
		.mark = nl_u32(tb[FRA_FWMARK]),
		.mask = tb[FRA_FWMASK]		 ? nl_u32(tb[FRA_FWMASK])
			: nl_u32(tb[FRA_FWMARK]) ? (uint32_t)-1
						 : 0,
		.proto = nl_u8(tb[FRA_IP_PROTO]),
	};

	if (hdr->action == FR_ACT_TO_TBL)
		r.table = tb[FRA_TABLE] ? nl_u32(tb[FRA_TABLE]) : hdr->table;
	if (hdr->action == FR_ACT_GOTO)
		r.jump = nl_u32(tb[FRA_GOTO]);
	take_uids(tb[FRA_UID_RANGE], &r);
	take_ports(tb[FRA_SPORT_RANGE], r.sport);
	take_ports(tb[FRA_DPORT_RANGE], r.dport);
	r.has_src = take_prefix(tb[FRA_SRC], hdr->src_len, &r.src);
	r.has_dst = take_prefix(tb[FRA_DST], hdr->dst_len, &r.dst);
	return r;
}

bool rules_parse(const struct nlmsghdr *nlh, struct rule *ret)
{
	const struct nlattr *tb[FRA_MAX + 1];
	struct fib_rule_hdr hdr;

	if (nlh->nlmsg_type != RTM_NEWRULE || !nl_msg_attrs(nlh, sizeof(hdr), tb, ARRAY_SIZE(tb)))
		return false;
	memcpy(&hdr, mnl_nlmsg_get_payload(nlh), sizeof(hdr));
	*ret = parse(&hdr, tb);
	return true;
}

static bool parse_rule(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	(void)about;
	return rules_parse(nlh, ret);
}

static bool check_rule(void *item)
{
	struct rule *r = item;

	nl_make_bool(&r->invert);
	nl_make_bool(&r->elsewhere);
	nl_make_bool(&r->has_uid);
	nl_make_bool(&r->has_src);
	nl_make_bool(&r->has_dst);
	return r->src.len <= 128 && r->dst.len <= 128;
}

const struct nl_kind rules_kind = { .size = sizeof(struct rule),
				    .parse = parse_rule,
				    .check = check_rule };

/* An nl_item_fn. */
static int add(void *arg, const void *rule)
{
	struct rules *to = arg;

	if (!GROW(to->v, to->n))
		return -ENOMEM;
	to->v[to->n++] = *(const struct rule *)rule;
	return 0;
}

int rules_read(struct nl *nl, unsigned int family, struct rules *ret)
{
	struct rules all = { 0 };
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_GETRULE, NLM_F_DUMP);
	struct fib_rule_hdr *hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	int r;

	hdr->family = family == 4 ? AF_INET : AF_INET6;
	r = nl_ask(nl, nlh, &rules_kind, NULL, add, &all);
	if (r < 0)
		rules_free(&all);
	else
		*ret = all;
	return r;
}

void rules_free(struct rules *r)
{
	free(r->v);
	*r = (struct rules){ 0 };
}

/* --- what they say of a packet --- */

static bool in_range(const uint16_t range[2], uint16_t port)
{
	return !range[1] || (port >= range[0] && port <= range[1]);
}

/* A packet without a process is root's. */
static bool has_user(const struct rule *r, uint32_t uid)
{
	if (uid == (uint32_t)-1)
		uid = 0;
	return !r->has_uid || (uid >= r->uid[0] && uid <= r->uid[1]);
}

static bool fits(const struct rule *r, const struct route_query *q)
{
	return !((q->mark ^ r->mark) & r->mask) && has_user(r, q->uid) &&
	       (!r->proto || r->proto == q->proto) && in_range(r->sport, q->sport) &&
	       in_range(r->dport, q->dport) && (!r->has_dst || prefix_has(&r->dst, &q->dst)) &&
	       (!r->has_src || (!addr_is_any(&q->src) && prefix_has(&r->src, &q->src))) &&
	       !r->elsewhere;
}

bool rule_takes(const struct rule *r, const struct route_query *q)
{
	return fits(r, q) != r->invert;
}

bool rule_selects(const struct rule *r)
{
	return r->invert || r->elsewhere || r->mask || r->has_uid || r->proto || r->sport[1] ||
	       r->dport[1] || r->has_src || r->has_dst;
}

static size_t target(const struct rules *r, size_t from, uint32_t priority)
{
	while (from < r->n && r->v[from].priority < priority)
		from++;
	return from;
}

const struct rule *rules_decider(const struct rules *r, const struct route_query *q, uint32_t table,
				 const struct link_prefix *dst)
{
	int bits = dst->len - (addr_family(&q->dst) == 4 ? ADDR_V4_BITS : 0);
	size_t i = 0;

	while (i < r->n) {
		const struct rule *one = &r->v[i++];

		if (!rule_takes(one, q))
			continue;
		if (one->jump)
			i = target(r, i, one->jump);
		else if (one->table == table && bits > one->suppress)
			return one;
	}
	return NULL;
}

const struct rule *rules_to(const struct rules *r, uint32_t table)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (table && r->v[i].table == table)
			return &r->v[i];
	return NULL;
}

/* --- its words --- */

static void add_prefix(struct text *t, const char *word, bool has, const struct link_prefix *p)
{
	char name[64];

	if (!has)
		return;
	route_prefix_name(p, name, sizeof(name));
	text_add(t, " %s %s", word, name);
}

static void add_ports(struct text *t, const char *word, const uint16_t range[2])
{
	if (!range[1])
		return;
	text_add(t, " %s %u", word, range[0]);
	if (range[1] != range[0])
		text_add(t, "-%u", range[1]);
}

void rule_name(const struct rule *r, char *buf, size_t size)
{
	char words[256];
	struct text t;

	text_init(&t, words, sizeof(words));
	if (r->invert)
		text_add(&t, " not");
	add_prefix(&t, "from", r->has_src, &r->src);
	add_prefix(&t, "to", r->has_dst, &r->dst);
	if (r->mask)
		text_add(&t, " fwmark 0x%x", r->mark);
	if (r->mask && r->mask != (uint32_t)-1)
		text_add(&t, "/0x%x", r->mask);
	if (r->has_uid)
		text_add(&t, " uidrange %u-%u", r->uid[0], r->uid[1]);
	if (r->proto)
		text_add(&t, " ipproto %u", r->proto);
	add_ports(&t, "sport", r->sport);
	add_ports(&t, "dport", r->dport);
	text_init(&t, buf, size);
	text_add(&t, "%s", words[0] ? words + 1 : "all");
}
