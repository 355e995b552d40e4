/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <strings.h>

#include "base/util.h"

/* clang-format off */
#define V4(p, q, r, s) { .b = { [10] = 0xff, [11] = 0xff, p, q, r, s } }
#define V6(p, q) { .b = { p, q } }
#define EACH_BIT { .w = { ~0U, ~0U, ~0U, ~0U } }

const struct link_prefix facts_onlink[] = {
	{ V4(10, 9, 0, 0), ADDR_V4_BITS + 16 },
	{ V4(224, 0, 0, 0), ADDR_V4_BITS + 24 },
	{ V4(255, 255, 255, 255), 128 },
	{ V6(0xfe, 0x80), 10 },
	{ V6(0xff, 0x02), 16 },
};
const size_t facts_n_onlink = ARRAY_SIZE(facts_onlink);

const struct la_allow facts_allow[] = {
	{ .addr = V4(203, 0, 113, 5), .mask = EACH_BIT, .port = 443, .proto = 6 },
};
const size_t facts_n_allow = ARRAY_SIZE(facts_allow);

const struct facts_endpoint facts_endpoints[] = {
	{ { .addr = V4(192, 0, 2, 77), .port = 51820, .proto = 17 }, 0 },
	{ { .addr = V4(192, 0, 2, 78), .port = 51820, .proto = 17 }, 51820 },
};
const size_t facts_n_endpoints = ARRAY_SIZE(facts_endpoints);

const struct facts_resolver facts_resolvers[] = {
	{ { .addr = V4(192, 0, 2, 53), .port = 443 }, LA_DETAIL_DOH },
	{ { .addr = V4(192, 0, 2, 54), .port = 443 }, LA_DETAIL_DNSCRYPT },
	{ { .addr = V4(192, 0, 2, 54), .port = 8443 }, LA_DETAIL_DOH },
};
const size_t facts_n_resolvers = ARRAY_SIZE(facts_resolvers);

const struct facts_name facts_names[] = {
	{ "dns.example", false, LA_DETAIL_DOH },
	{ "resolver.example", true, LA_DETAIL_DOH },
};
const size_t facts_n_names = ARRAY_SIZE(facts_names);
/* clang-format on */

bool facts_is_onlink(const struct la_flow_key *key)
{
	size_t i;

	for (i = 0; i < facts_n_onlink; i++)
		if (prefix_has(&facts_onlink[i], &key->daddr))
			return true;
	return false;
}

bool facts_is_allowed(const struct la_flow_key *key)
{
	const struct la_allow *a;

	for (a = facts_allow; a < facts_allow + facts_n_allow; a++)
		if (addr_equal(&a->addr, &key->daddr) && a->port == key->dport &&
		    a->proto == key->proto)
			return true;
	return false;
}

bool facts_is_endpoint(const struct la_flow_key *key, uint32_t mark)
{
	const struct facts_endpoint *e;

	for (e = facts_endpoints; e < facts_endpoints + facts_n_endpoints; e++)
		if (addr_equal(&e->at.addr, &key->daddr) && e->at.port == key->dport &&
		    e->at.proto == key->proto)
			return !e->mark || e->mark == mark;
	return false;
}

uint8_t facts_resolver(const struct la_flow_key *key)
{
	const struct facts_resolver *r;

	for (r = facts_resolvers; r < facts_resolvers + facts_n_resolvers; r++)
		if (addr_equal(&r->at.addr, &key->daddr) && r->at.port == key->dport)
			return r->detail;
	return LA_DETAIL_NONE;
}

uint8_t facts_named(const char *name)
{
	const char *dot = strchr(name, '.'), *under = dot ? dot + 1 : "";
	const struct facts_name *n;

	for (n = facts_names; n < facts_names + facts_n_names; n++)
		if (!strcasecmp(n->name, n->under ? under : name))
			return n->detail;
	return LA_DETAIL_NONE;
}
