/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Docker's resolver for containers: LA_DOCKER_RESOLVER. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "core/tables.h"
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define PORT 53

static bool is_place(const struct la_resolver_place *at, const struct la_addr *addr)
{
	return at->port == PORT && addr_equal(&at->addr, addr);
}

void resolvers_search_docker(struct search *s)
{
	const struct la_resolver_place asked = s->at;
	const uint32_t v4 = htonl(LA_DOCKER_RESOLVER);
	const struct la_addr addr = addr_from_4(&v4);

	if (!is_place(&asked, &addr))
		return;
	s->at.port = 0; /* whichever it has */
	resolvers_search_place(s);
	s->at = asked;
	if (!s->found)
		return;
	resolvers_take_docker(s->all, s->found);
	datapath_add_resolver_place(s->all->cfg.datapath, &asked, s->found->owner.tgid);
}

void resolvers_take_docker(const struct resolvers *r, struct resolver *who)
{
	if (who->does_more)
		return;
	who->does_more = true;
	resolver_find_way(r, who);
}

void resolvers_look_docker(struct resolvers *r, uint64_t netns)
{
	static const uint8_t protocols[] = { IPPROTO_UDP, IPPROTO_TCP };
	const uint32_t v4 = htonl(LA_DOCKER_RESOLVER);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct search s = { .all = r,
				    .at = { .netns = netns,
					    .addr = addr_from_4(&v4),
					    .port = PORT,
					    .proto = protocols[i] } };

		resolvers_search_docker(&s);
	}
}
