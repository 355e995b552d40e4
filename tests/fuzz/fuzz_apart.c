/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user/network/nl_read.h: what becomes of a datagram in the process without privileges, and what
 * the loader takes for an answer of it. The first byte says which kind, the second whether the rest
 * is a datagram or an answer.
 */
#include <stdlib.h>
#include <string.h>

#include "datapath/tc_filter.h"
#include "datapath/tc_look.h"
#include "facts/transport_nl.h"
#include "fuzz.h"
#include "network/conntrack.h"
#include "network/copies.h"
#include "network/counters.h"
#include "network/links_nl.h"
#include "network/nat.h"
#include "network/route_priv.h"
#include "network/rules.h"
#include "network/sock_diag.h"

static const struct nl_kind *const kinds[] = {
	&links_kind,
	&route_entries_kind,
	&route_answers_kind,
	&rules_kind,
	&conntrack_kind,
	&copies_rules_kind,
	&copies_ingress_kind,
	&link_counters_kind,
	&nat_chains_kind,
	&link_queues_kind,
	&sock_diag_kind,
	&tc_filters_kind,
	&tc_disciplines_kind,
	&transport_wireguard_kind,
	&transport_vxlan_kind,
	&transport_ipsec_kind,
	&nl_heads,
};

static bool ends_within(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_bool(const bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

static void look_at_link(const struct link *l)
{
	REQUIRE(l->ifindex && ends_within(l->name, sizeof(l->name)));
	REQUIRE(ends_within(l->kind, sizeof(l->kind)) && is_bool(&l->up) && is_bool(&l->moved));
	REQUIRE(!l->addrs && !l->onlink && !l->user && !l->n_addrs && !l->n_onlink);
	link_wants_tc(l);
}

static void look(const struct nl_kind *kind, const void *item)
{
	const struct links_item *i = item;
	const struct copies_rule *rule = item;
	const struct tc_filter *filter = item;

	if (kind == &links_kind && i->msg <= LINKS_MSG_LINK_GONE)
		look_at_link(&i->nl.link);
	if (kind == &links_kind && (i->msg == LINKS_MSG_ADDR || i->msg == LINKS_MSG_ADDR_GONE))
		REQUIRE(i->nl.addr.net.len <= 128);
	if (kind == &links_kind && i->msg == LINKS_MSG_ROUTE)
		REQUIRE(route_entry_is_possible(&i->route));
	if (kind == &copies_rules_kind)
		REQUIRE(ends_within(rule->chain, sizeof(rule->chain)) && rule->does[0]);
	if (kind == &tc_filters_kind)
		REQUIRE(ends_within(filter->kind, sizeof(filter->kind)) && is_bool(&filter->drops));
}

struct seen {
	const struct nl_kind *kind;
	size_t n;
};

static int see(void *arg, const struct nl_head *head, const void *item)
{
	struct seen *s = arg;

	REQUIRE(head->error <= 0 && !item == !head->items);
	if (item)
		look(s->kind, item);
	return ++s->n > NL_BUF; /* no datagram has more */
}

static void read_datagram(const struct nl_kind *kind, const uint8_t *data, size_t size)
{
	static const uint64_t about[NL_ABOUT_MAX / sizeof(uint64_t)];
	struct nl nl = { .fd = -1, .buf = malloc(size + 1) };
	struct seen s = { .kind = kind };

	if (!nl.buf)
		return;
	memcpy(nl.buf, data, size);
	REQUIRE(!nl_each(&nl, (int)size, kind, about, see, &s));
	free(nl.buf);
}

/* Each item of an answer that passes is as one of our own. */
static void read_answer(const struct nl_kind *kind, const uint8_t *data, size_t size)
{
	size_t stride = sizeof(struct nl_head) + (kind->size + 7) / 8 * 8, at;
	_cleanup_(freep) uint8_t *answer = malloc(size + 1);

	if (!answer)
		return;
	memcpy(answer, data, size);
	if (!nl_answer_is_possible(kind, answer, size))
		return;
	for (at = 2 * sizeof(uint32_t); at + stride <= size; at += stride) {
		const struct nl_head *head = (void *)(answer + at);

		if (head->items)
			look(kind, head + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nl_kind *kind;

	if (size < 2 || size - 2 > NL_BUF)
		return 0;
	kind = kinds[data[0] % ARRAY_SIZE(kinds)];
	if (data[1] & 1)
		read_answer(kind, data + 2, size - 2);
	else
		read_datagram(kind, data + 2, size - 2);
	return 0;
}
