/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that copy packets, as messages of nftables have them. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "network/copies.h"
#include "unit.h"

static struct nlmsghdr *message(struct nl_req *req, uint16_t type, uint8_t family)
{
	struct nlmsghdr *nlh = nl_req_init(req, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), 0);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->nfgen_family = family;
	return nlh;
}

/* Behind an expression that does nothing of the kind. target: of iptables-nft. */
static struct nlmsghdr *rule(struct nl_req *req, uint16_t type, const char *name,
			     const char *target)
{
	struct nlmsghdr *nlh = message(req, type, NFPROTO_IPV4);
	const char *names[] = { "counter", name };
	struct nlattr *list, *element, *data;
	size_t i;

	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, "c");
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
		mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, names[i]);
		data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
		if (target && i)
			mnl_attr_put_strz(nlh, NFTA_TARGET_NAME, target);
		mnl_attr_nest_end(nlh, data);
		mnl_attr_nest_end(nlh, element);
	}
	mnl_attr_nest_end(nlh, list);
	return nlh;
}

static void test_rules(void)
{
	static const struct {
		uint16_t type;
		const char *name, *target, *does;
	} rows[] = {
		{ NFT_MSG_NEWRULE, "dup", NULL, "dup" },
		{ NFT_MSG_NEWRULE, "fwd", NULL, "fwd" },
		{ NFT_MSG_NEWRULE, "target", "TEE", "TEE" },
		{ NFT_MSG_NEWRULE, "target", "dup", "dup" },
		{ NFT_MSG_NEWRULE, "target", "TEEN", "" },
		{ NFT_MSG_NEWRULE, "target", NULL, "" },
		{ NFT_MSG_NEWRULE, "match", "TEE", "" },
		{ NFT_MSG_NEWRULE, "duplicate", NULL, "" },
		{ NFT_MSG_NEWRULE, "masq", NULL, "" },
		{ NFT_MSG_DELRULE, "dup", NULL, "" },
		{ NFT_MSG_NEWCHAIN, "dup", NULL, "" },
	};
	struct copies_rule found;
	struct nl_req req;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!CHECK_INT(
			    copies_of_rule(rule(&req, rows[i].type, rows[i].name, rows[i].target),
					   &found),
			    rows[i].does[0] != '\0') ||
		    !CHECK_STR(found.does, rows[i].does))
			printf("# row %zu\n", i);
		if (rows[i].does[0])
			CHECK(!strcmp(found.table, "t") && !strcmp(found.chain, "c") &&
			      found.family == NFPROTO_IPV4);
	}
}

/* device: NULL: none; one that begins with '*': an attribute that is no name, as a wildcard's. */
static struct nlmsghdr *chain(struct nl_req *req, uint8_t family, const char *name,
			      uint32_t hooknum, const char *device, bool several)
{
	struct nlmsghdr *nlh = message(req, NFT_MSG_NEWCHAIN, family);
	struct nlattr *hook, *devices = NULL;

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, name);
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(hooknum));
	if (several)
		devices = mnl_attr_nest_start(nlh, NFTA_HOOK_DEVS);
	if (several && device)
		mnl_attr_put_strz(nlh, NFTA_DEVICE_NAME, "eth7");
	if (device)
		mnl_attr_put_strz(nlh,
				  *device == '*' ? NFTA_DEVICE_NAME + 1
				  : several	 ? NFTA_DEVICE_NAME
						 : NFTA_HOOK_DEV,
				  device);
	if (several)
		mnl_attr_nest_end(nlh, devices);
	mnl_attr_nest_end(nlh, hook);
	return nlh;
}

static void test_ingress(void)
{
	static const struct {
		uint8_t family;
		const char *chain;
		uint32_t hook;
		const char *device;
		bool several, ingress;
	} rows[] = {
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, "eth0", false, true },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, "eth0", true, true },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, "lo", false, false },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, "lo", true, false },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, "*", true, false },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, NULL, true, false },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS, NULL, false, false },
		{ NFPROTO_NETDEV, "c", NF_NETDEV_INGRESS + 1, "eth0", false, false }, /* egress */
		{ NFPROTO_NETDEV, "d", NF_NETDEV_INGRESS, "eth0", false, false },
		{ NFPROTO_INET, "c", NF_INET_INGRESS, "eth0", false, false }, /* another table */
	};
	struct copies_rule of = { .family = NFPROTO_NETDEV, .table = "t", .chain = "c" };
	struct nl_req req;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!CHECK_INT(
			    copies_of_ingress(chain(&req, rows[i].family, rows[i].chain,
						    rows[i].hook, rows[i].device, rows[i].several),
					      &of),
			    rows[i].ingress))
			printf("# row %zu\n", i);
	of.family = NFPROTO_INET;
	CHECK(copies_of_ingress(chain(&req, NFPROTO_INET, "c", NF_INET_INGRESS, "eth0", false),
				&of));
	CHECK(!copies_of_ingress(chain(&req, NFPROTO_INET, "c", NF_INET_LOCAL_OUT, "eth0", false),
				 &of));
}

UNIT_MAIN("copies", { "rules", test_rules }, { "ingress", test_ingress })
