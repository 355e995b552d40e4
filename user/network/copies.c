/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copies.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "core/tables.h"
#include "legacy_tables.h"
#include "nft.h"

struct copies {
	const struct netns *ns;
	struct nl *news; /* NULL: there is no nftables */
	bool stale; /* rules may have come that were not told */
	struct copies_rule found;
	struct legacy_tables legacy;
};

/* --- messages --- */

/* What an expression does, if it is of this kind. */
static void take_expression(const struct nlattr *attr, struct copies_rule *ret)
{
	const struct nlattr *tb[NFTA_EXPR_MAX + 1], *target[NFTA_TARGET_MAX + 1];
	char name[sizeof(ret->does)];

	nl_nested(attr, tb, ARRAY_SIZE(tb));
	nl_str(tb[NFTA_EXPR_NAME], name, sizeof(name));
	if (!strcmp(name, "target")) { /* of iptables-nft */
		nl_nested(tb[NFTA_EXPR_DATA], target, ARRAY_SIZE(target));
		nl_str(target[NFTA_TARGET_NAME], name, sizeof(name));
	}
	if (!strcmp(name, "dup") || !strcmp(name, "fwd") || !strcmp(name, "TEE"))
		memcpy(ret->does, name, sizeof(name));
}

static int family_of(const struct nlmsghdr *nlh)
{
	struct nfgenmsg head;

	memcpy(&head, mnl_nlmsg_get_payload(nlh), sizeof(head));
	return head.nfgen_family;
}

bool copies_of_rule(const struct nlmsghdr *nlh, struct copies_rule *ret)
{
	const struct nlattr *tb[NFTA_RULE_MAX + 1], *attr;

	*ret = (struct copies_rule){ 0 };
	if (nft_message(nlh->nlmsg_type) != NFT_MSG_NEWRULE ||
	    !nl_msg_attrs(nlh, sizeof(struct nfgenmsg), tb, ARRAY_SIZE(tb)) ||
	    !tb[NFTA_RULE_EXPRESSIONS])
		return false;
	mnl_attr_for_each_nested(attr, tb[NFTA_RULE_EXPRESSIONS])
		if (!ret->does[0])
			take_expression(attr, ret);
	ret->family = family_of(nlh);
	nl_str(tb[NFTA_RULE_TABLE], ret->table, sizeof(ret->table));
	nl_str(tb[NFTA_RULE_CHAIN], ret->chain, sizeof(ret->chain));
	return ret->does[0];
}

static bool is_loopback(const struct nlattr *device)
{
	char name[IFNAMSIZ];

	nl_str(device, name, sizeof(name));
	return !strcmp(name, "lo");
}

/* Without a name, which a wildcard has in another attribute, it may be any device. */
static bool has_loopback(const struct nlattr *const *hook)
{
	const struct nlattr *attr;
	bool any = false;

	if (hook[NFTA_HOOK_DEV])
		return is_loopback(hook[NFTA_HOOK_DEV]);
	if (!hook[NFTA_HOOK_DEVS])
		return true;
	mnl_attr_for_each_nested(attr, hook[NFTA_HOOK_DEVS]) {
		if (mnl_attr_get_type(attr) != NFTA_DEVICE_NAME || is_loopback(attr))
			return true;
		any = true;
	}
	return !any;
}

bool copies_of_ingress(const struct nlmsghdr *nlh, const struct copies_rule *rule)
{
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	char table[COPIES_NAME], chain[COPIES_NAME];
	uint32_t at;

	if (nft_message(nlh->nlmsg_type) != NFT_MSG_NEWCHAIN ||
	    !nl_msg_attrs(nlh, sizeof(struct nfgenmsg), tb, ARRAY_SIZE(tb)))
		return false;
	nl_str(tb[NFTA_CHAIN_TABLE], table, sizeof(table));
	nl_str(tb[NFTA_CHAIN_NAME], chain, sizeof(chain));
	nl_nested(tb[NFTA_CHAIN_HOOK], hook, ARRAY_SIZE(hook));
	if (family_of(nlh) != rule->family || strcmp(table, rule->table) != 0 ||
	    strcmp(chain, rule->chain) != 0 || !hook[NFTA_HOOK_HOOKNUM])
		return false;
	at = ntohl(nl_u32(hook[NFTA_HOOK_HOOKNUM]));
	return at == (rule->family == NFPROTO_NETDEV ? NF_NETDEV_INGRESS : NF_INET_INGRESS) &&
	       !has_loopback(hook);
}

/* --- a namespace --- */

static bool parse_rule(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	(void)about;
	return copies_of_rule(nlh, ret);
}

static bool check_rule(void *item)
{
	struct copies_rule *r = item;

	nl_end_text(r->table);
	nl_end_text(r->chain);
	nl_end_text(r->does);
	return r->does[0];
}

const struct nl_kind copies_rules_kind = { .size = sizeof(struct copies_rule),
					   .parse = parse_rule,
					   .check = check_rule };

/* about: the rule; ret: nothing but that it is one */
static bool parse_chain(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	(void)ret;
	return copies_of_ingress(nlh, about);
}

const struct nl_kind copies_ingress_kind = { .size = sizeof(uint8_t),
					     .about = sizeof(struct copies_rule),
					     .parse = parse_chain };

static int take_chain(void *arg, const void *item)
{
	(void)item;
	*(bool *)arg = true;
	return 0;
}

/* An nl_item_fn. */
static int take_rule(void *arg, const void *item)
{
	const struct copies_rule *rule = item;
	struct copies *c = arg;
	bool at_ingress = false;

	if (c->found.does[0])
		return 0;
	if (rule->family == NFPROTO_NETDEV || rule->family == NFPROTO_INET)
		nft_dump(c->ns, NFT_MSG_GETCHAIN, &copies_ingress_kind, rule, take_chain,
			 &at_ingress);
	if (!at_ingress)
		c->found = *rule;
	return 0;
}

/* An nl_each_fn. */
static int take_told(void *arg, const struct nl_head *head, const void *item)
{
	(void)head;
	return item ? take_rule(arg, item) : 0;
}

/* Listening comes first, so that no rule is missed. */
static void listen_to(struct copies *c)
{
	if (nft_is_there())
		c->stale = !nft_listen(&c->news, c->ns);
}

static void take_news(struct copies *c)
{
	int len;

	for (;;) {
		len = nl_recv(c->news);
		if (len == 0)
			return;
		c->stale |= len < 0; /* messages were dropped */
		if (len < 0 && len != -ENOBUFS)
			return;
		if (len > 0)
			c->stale |= nl_each(c->news, len, &copies_rules_kind, NULL, take_told, c) !=
				    0;
	}
}

int copies_open(struct copies **ret, const struct netns *ns)
{
	struct copies *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->ns = ns;
	c->legacy = LEGACY_TABLES_NONE;
	*ret = c;
	return 0;
}

void copies_free(struct copies *c)
{
	if (!c)
		return;
	legacy_tables_close(&c->legacy);
	nl_free(c->news);
	free(c);
}

/* Whether a file of /proc/net has that line. */
static bool lists(const char *file, const char *wanted)
{
	FILE *f = fopen(file, "re");
	char line[64];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, wanted);
	}
	if (f)
		fclose(f);
	return found;
}

/*
 * The rules of iptables-legacy are told to nobody: where there may be one with TEE, which stands in
 * the table mangle.
 */
static int may_tee(void *arg)
{
	int families = *(const int *)arg;

	return (families & LA_FAMILY_V4 &&
		lists("/proc/thread-self/net/ip_tables_targets", "TEE")) ||
	       (families & LA_FAMILY_V6 &&
		lists("/proc/thread-self/net/ip6_tables_targets", "TEE"));
}

bool copies_find_legacy(struct copies *c)
{
	int families = legacy_tables_have(&c->legacy, c->ns, "mangle");

	return families > 0 && netns_run(c->ns, may_tee, &families) == 1;
}

bool copies_find(struct copies *c, char *name, size_t size)
{
	if (!c->news)
		listen_to(c);
	if (!c->news)
		return false;
	take_news(c);
	if (c->stale && !c->found.does[0])
		c->stale = nft_dump(c->ns, NFT_MSG_GETRULE, &copies_rules_kind, NULL, take_rule,
				    c) != 0;
	snprintf(name, size, "'%s' in table '%s', chain '%s'", c->found.does, c->found.table,
		 c->found.chain);
	return c->found.does[0];
}
