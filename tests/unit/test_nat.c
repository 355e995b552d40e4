/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether nat may change the destination of what a namespace sends: messages of nftables, tables of
 * iptables-legacy, and both followed. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdlib.h>

#include "core/tables.h"
#include "netlab.h"
#include "network/legacy_tables.h"
#include "network/nat.h"

#define BOTH (LA_FAMILY_V4 | LA_FAMILY_V6)

static struct nlmsghdr *chain(struct nl_req *req, uint16_t message, uint8_t family,
			      const char *type, uint32_t hooknum)
{
	struct nlmsghdr *nlh = nl_req_init(req, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message), 0);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	struct nlattr *hook;

	head->nfgen_family = family;
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, "t");
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nlh, NFTA_HOOK_HOOKNUM, htonl(hooknum));
	mnl_attr_put_u32(nlh, NFTA_HOOK_PRIORITY, htonl((uint32_t)-100));
	mnl_attr_nest_end(nlh, hook);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, type);
	return nlh;
}

static void test_chains(void)
{
	static const struct {
		uint16_t message;
		uint8_t family;
		const char *type;
		uint32_t hook;
		unsigned int families;
	} rows[] = {
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "nat", NF_INET_LOCAL_OUT, LA_FAMILY_V4 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV6, "nat", NF_INET_LOCAL_OUT, LA_FAMILY_V6 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_INET, "nat", NF_INET_LOCAL_OUT, BOTH },
		/* one that we do not know may have either */
		{ NFT_MSG_NEWCHAIN, 99, "nat", NF_INET_LOCAL_OUT, BOTH },
		{ NFT_MSG_DELCHAIN, NFPROTO_IPV4, "nat", NF_INET_LOCAL_OUT, 0 },
		{ NFT_MSG_NEWRULE, NFPROTO_IPV4, "nat", NF_INET_LOCAL_OUT, 0 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "nat", NF_INET_POST_ROUTING, 0 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "nat", NF_INET_PRE_ROUTING, 0 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "filter", NF_INET_LOCAL_OUT, 0 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "route", NF_INET_LOCAL_OUT, 0 },
		{ NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "natural", NF_INET_LOCAL_OUT, 0 },
	};
	struct nl_req req;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!CHECK_INT(nat_of_chain(chain(&req, rows[i].message, rows[i].family,
						  rows[i].type, rows[i].hook)),
			       rows[i].families))
			printf("# row %zu\n", i);
}

/* Cut off anywhere, and with bytes turned over: in bounds, whatever comes out. */
static void test_malformed(void)
{
	struct nlmsghdr *nlh, *c;
	struct nl_req req;
	uint32_t len;
	int i;

	srand(1);
	nlh = chain(&req, NFT_MSG_NEWCHAIN, NFPROTO_IPV4, "nat", NF_INET_LOCAL_OUT);
	for (len = sizeof(*nlh); len < nlh->nlmsg_len; len++) {
		c = malloc(len); /* of its exact size, so that ASan sees one byte too far */
		memcpy(c, nlh, len);
		c->nlmsg_len = len;
		CHECK_INT(nat_of_chain(c), 0);
		for (i = 0; i < 200 && len > sizeof(*nlh); i++) {
			((uint8_t *)c)[sizeof(*nlh) + (size_t)rand() % (len - sizeof(*nlh))] ^=
				(uint8_t)rand();
			nat_of_chain(c);
		}
		free(c);
	}
	/* a chain without a hook, which others jump to */
	nlh = nl_req_init(&req, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, 0);
	((struct nfgenmsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg)))->nfgen_family =
		NFPROTO_IPV4;
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "nat");
	CHECK_INT(nat_of_chain(nlh), 0);
}

static void test_tables(void)
{
	CHECK(legacy_tables_list("nat\n", "nat"));
	CHECK(legacy_tables_list("filter\nmangle\nnat\n", "nat"));
	CHECK(legacy_tables_list("raw\nnat", "nat"));
	CHECK(!legacy_tables_list("", "nat"));
	CHECK(!legacy_tables_list("filter\nmangle\n", "nat"));
	CHECK(!legacy_tables_list("natural\nsnat\n", "nat"));
}

static bool nft(const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "nft '%s' 2>/dev/null", command);
	return system(line) == 0;
}

/* Of what has happened the socket tells at once. */
static unsigned int followed(struct nat *n)
{
	struct pollfd p = { .fd = nat_fd(n), .events = POLLIN };

	CHECK_INT(poll(&p, 1, 1000), 1);
	nat_follow(n);
	CHECK_INT(poll(&p, 1, 0), 0);
	return nat_families(n);
}

static void body_followed(void)
{
	struct netns *ns;
	struct nat *n;

	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(nat_open(&n, ns), 0);
	CHECK_INT(nat_families(n), 0);
	CHECK(nft("add table ip t"));
	CHECK(nft("add chain ip t post { type nat hook postrouting priority 100; }"));
	CHECK_INT(followed(n), 0);
	CHECK(nft("add chain ip t out { type nat hook output priority -100; }"));
	CHECK_INT(followed(n), LA_FAMILY_V4);
	CHECK(nft("add table ip6 t"));
	CHECK(nft("add chain ip6 t out { type nat hook output priority -100; }"));
	CHECK_INT(followed(n), BOTH);
	CHECK(nft("delete chain ip t out"));
	CHECK_INT(followed(n), LA_FAMILY_V6);
	CHECK(nft("add table inet t"));
	CHECK(nft("add chain inet t out { type nat hook output priority -90; }"));
	CHECK_INT(followed(n), BOTH);
	CHECK(nft("flush ruleset"));
	CHECK_INT(followed(n), 0);
	nat_free(n);
	/* one that is there before us */
	CHECK(nft("add table inet t; add chain inet t out { type nat hook output priority 0; }"));
	CHECK_INT(nat_open(&n, ns), 0);
	CHECK_INT(nat_families(n), BOTH);
	nat_free(n);
	netns_free(ns);
}

static void test_followed(void)
{
	if (system("command -v nft >/dev/null && unshare -n nft '"
		   "add table inet t; add chain inet t out { type nat hook output priority 0; }' "
		   "2>/dev/null"))
		SKIP("no nft, or a kernel without nat in nftables");
	NETLAB_TEST(body_followed);
}

UNIT_MAIN("nat", { "chains", test_chains }, { "malformed", test_malformed },
	  { "tables", test_tables }, { "followed", test_followed })
