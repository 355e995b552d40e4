/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "core/tables.h"
#include "legacy_tables.h"
#include "nft.h"

#define ANY_FAMILY (LA_FAMILY_V4 | LA_FAMILY_V6)

struct nat {
	const struct netns *ns;
	struct nl *news; /* NULL: there is no nftables */
	bool stale; /* chains have changed since they were read */
	struct legacy_tables legacy;
	unsigned int chains, tables; /* families: of nftables, of iptables-legacy */
};

/* --- nftables --- */

unsigned int nat_of_chain(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	struct nfgenmsg head;
	char type[8];

	if (nft_message(nlh->nlmsg_type) != NFT_MSG_NEWCHAIN ||
	    !nl_msg_attrs(nlh, sizeof(head), tb, ARRAY_SIZE(tb)))
		return 0;
	memcpy(&head, mnl_nlmsg_get_payload(nlh), sizeof(head));
	nl_str(tb[NFTA_CHAIN_TYPE], type, sizeof(type));
	nl_nested(tb[NFTA_CHAIN_HOOK], hook, ARRAY_SIZE(hook));
	if (strcmp(type, "nat") != 0 || !hook[NFTA_HOOK_HOOKNUM] ||
	    ntohl(nl_u32(hook[NFTA_HOOK_HOOKNUM])) != NF_INET_LOCAL_OUT)
		return 0;
	switch (head.nfgen_family) {
	case NFPROTO_IPV4:
		return LA_FAMILY_V4;
	case NFPROTO_IPV6:
		return LA_FAMILY_V6;
	default:
		return ANY_FAMILY;
	}
}

static bool parse_chain(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	(void)about;
	*(unsigned int *)ret = nat_of_chain(nlh);
	return true;
}

static bool check_chain(void *item)
{
	return !(*(unsigned int *)item & ~ANY_FAMILY);
}

const struct nl_kind nat_chains_kind = { .size = sizeof(unsigned int),
					 .parse = parse_chain,
					 .check = check_chain };

static int take_chain(void *arg, const void *item)
{
	*(unsigned int *)arg |= *(const unsigned int *)item;
	return 0;
}

static void read_chains(struct nat *n)
{
	n->stale = false;
	n->chains = 0;
	if (!nft_dump(n->ns, NFT_MSG_GETCHAIN, &nat_chains_kind, NULL, take_chain, &n->chains))
		return;
	n->chains = ANY_FAMILY;
	n->stale = true;
}

/* Rules and elements of sets change often, and chains seldom. */
static bool is_of_chains(const struct nl_head *head)
{
	switch (nft_message(head->type)) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELCHAIN:
		return true;
	default:
		return false;
	}
}

/* An nl_each_fn. */
static int note_news(void *arg, const struct nl_head *head, const void *item)
{
	struct nat *n = arg;

	(void)item;
	n->stale |= is_of_chains(head);
	return 0;
}

static void take_news(struct nat *n)
{
	int len;

	for (;;) {
		len = nl_recv(n->news);
		if (len == 0)
			return;
		n->stale |= len < 0; /* messages were dropped */
		if (len < 0 && len != -ENOBUFS)
			return;
		if (len > 0)
			n->stale |= nl_each(n->news, len, &nl_heads, NULL, note_news, n) != 0;
	}
}

/* Listening comes first, so that no change is missed. */
static void listen_to(struct nat *n)
{
	if (!nft_is_there())
		return;
	n->stale = true;
	n->chains = ANY_FAMILY;
	nft_listen(&n->news, n->ns);
}

/* --- both --- */

int nat_open(struct nat **ret, const struct netns *ns)
{
	struct nat *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->ns = ns;
	n->legacy = LEGACY_TABLES_NONE;
	nat_poll(n);
	*ret = n;
	return 0;
}

void nat_free(struct nat *n)
{
	if (!n)
		return;
	legacy_tables_close(&n->legacy);
	nl_free(n->news);
	free(n);
}

int nat_fd(const struct nat *n)
{
	return n->news ? n->news->fd : -1;
}

void nat_follow(struct nat *n)
{
	if (!n->news)
		return;
	take_news(n);
	if (n->stale)
		read_chains(n);
}

void nat_poll(struct nat *n)
{
	int r;

	if (!n->news)
		listen_to(n);
	nat_follow(n);
	r = legacy_tables_have(&n->legacy, n->ns, "nat");
	n->tables = r < 0 ? ANY_FAMILY : (unsigned int)r;
}

unsigned int nat_families(const struct nat *n)
{
	return n->chains | n->tables;
}
