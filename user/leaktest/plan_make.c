/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_make.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "routes.h"
#include "base/text.h"
#include "base/util.h"

#define ETHERNET_ADDR_LEN 6

/* A port of a bridge or a slave of a bond sends nothing of its own. */
static bool is_way_out(const struct link *link)
{
	return link->role == LA_ROLE_EXPOSED && link->up && !link->master;
}

/*
 * The source addresses that applications would use there. The first one is the probe's, and the
 * next ones stand in for it. False: there is none.
 */
static bool set_sources(struct probe *p, const struct link *link)
{
	bool found = false;
	size_t i;

	for (i = 0; i < link->n_addrs; i++) {
		const struct la_addr *a = &link->addrs[i].addr;

		if (link->addrs[i].family != p->family || probe_is_link_local(a))
			continue;
		if (!found)
			p->source = *a;
		else if (p->n_others < PROBE_OTHERS_MAX)
			p->others[p->n_others++] = *a;
		found = true;
	}
	return found;
}

static struct la_addr destination(const struct probe_plan_config *cfg,
				  const struct probe_kind *kind, unsigned int family)
{
	struct la_addr group;

	if (kind->aim != PROBE_TO_GROUP)
		return cfg->to[family == 6];
	addr_parse(family == 6 ? "ff15::efc0:988f" : "239.192.152.143", &group); /* BEP 14 */
	return group;
}

static int add_bound(struct probe_plan *plan, struct probe p, const struct link *link)
{
	int r = 0;

	p.ifindex = link->ifindex;
	memcpy(p.ifname, link->name, sizeof(p.ifname));
	if (set_sources(&p, link)) {
		p.how = PROBE_SOURCE;
		r = probe_plan_add(plan, p);
	}
	p.how = PROBE_DEVICE;
	return r ?: probe_plan_add(plan, p);
}

/*
 * A program can send a frame with a made-up source if the interface has no address of the family.
 */
static int add_frame(struct probe_plan *plan, struct probe p, const struct link *link)
{
	if (!link_wants_tc(link)) /* it is probed on the device where its packets leave */
		return 0;
	p.ifindex = link->ifindex;
	memcpy(p.ifname, link->name, sizeof(p.ifname));
	p.how = PROBE_DEVICE;
	p.l2_addr_len = link->arphrd == ARPHRD_ETHER ? ETHERNET_ADDR_LEN : 0;
	if (!set_sources(&p, link))
		p.source = p.to;
	return probe_plan_add(plan, p);
}

static int add_kind(struct probe_plan *plan, const struct probe_plan_config *cfg,
		    const struct links *links, const struct probe_kind *kind, unsigned int family)
{
	struct probe p = { .kind = kind,
			   .family = (uint8_t)family,
			   .port = kind->port,
			   .to = destination(cfg, kind, family) };
	bool frame = kind->transport == PROBE_FRAME;
	const struct link *link;
	int r = frame ? 0 : probe_plan_add(plan, p);

	for (link = links_next(links, NULL); link && !r; link = links_next(links, link)) {
		if (!is_way_out(link))
			continue;
		r = frame ? add_frame(plan, p, link) : add_bound(plan, p, link);
	}
	return r;
}

/* --- resolvers --- */

static bool is_ours(const struct links *links, const struct la_addr *a)
{
	static const struct la_addr loopback6 = { .b = { [15] = 1 } };
	const struct link *link;
	size_t i;

	if ((addr_family(a) == 4 && a->b[12] == 127) || addr_equal(a, &loopback6))
		return true;
	for (link = links_next(links, NULL); link; link = links_next(links, link))
		for (i = 0; i < link->n_addrs; i++)
			if (addr_equal(&link->addrs[i].addr, a))
				return true;
	return false;
}

/* A link-local resolver is probed on each link, since its zone was not read. */
static int add_resolver(struct probe_plan *plan, const struct links *links,
			const struct probe_kind *kind, const struct la_addr *to)
{
	struct probe p = {
		.kind = kind, .family = (uint8_t)addr_family(to), .to = *to, .port = kind->port
	};
	const struct link *link;
	int r = 0;

	if (!probe_is_link_local(to))
		return probe_plan_add_once(plan, &p);
	for (link = links_next(links, NULL); link && !r; link = links_next(links, link)) {
		if (!is_way_out(link))
			continue;
		p.ifindex = link->ifindex;
		memcpy(p.ifname, link->name, sizeof(p.ifname));
		r = probe_plan_add_once(plan, &p);
	}
	return r;
}

static void find_local(struct probe_plan *plan, const struct links *links,
		       const struct resolv_conf_file *f)
{
	static const struct la_addr none = { .b = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 } };
	const struct la_addr *a = f->n ? NULL : &none; /* the C library's default */
	struct text t;
	size_t i;

	for (i = 0; i < f->n && !a; i++)
		if (is_ours(links, &f->v[i]))
			a = &f->v[i];
	if (!a)
		return;
	plan->local_resolver = true;
	text_init(&t, plan->resolver, sizeof(plan->resolver));
	text_addr(&t, a, addr_family(a));
}

/* Resolvers behind a stub of this machine are probed directly. */
static int add_resolvers(struct probe_plan *plan, const struct links *links,
			 const struct resolv_conf *resolvers, const struct probe_kind *kind)
{
	size_t i, k, files = plan->local_resolver ? ARRAY_SIZE(resolvers->files) : 1;
	int r = 0;

	for (i = 0; i < files; i++)
		for (k = 0; k < resolvers->files[i].n && !r; k++)
			if (!is_ours(links, &resolvers->files[i].v[k]))
				r = add_resolver(plan, links, kind, &resolvers->files[i].v[k]);
	return r;
}

static int add_any(struct probe_plan *plan, const struct probe_plan_config *cfg,
		   const struct links *links, const struct resolv_conf *resolvers,
		   const struct probe_kind *kind)
{
	switch (kind->aim) {
	case PROBE_TO_RESOLVERS:
		if (kind->transport == PROBE_LOOKUP)
			return probe_plan_add(plan,
					      (struct probe){ .kind = kind, .port = kind->port });
		return add_resolvers(plan, links, resolvers, kind);
	case PROBE_TO_ROUTES:
		return probe_routes_plan(plan, cfg, links, kind, 4)
			       ?: probe_routes_plan(plan, cfg, links, kind, 6);
	case PROBE_TO_ADDRESS:
	case PROBE_TO_GROUP:
		break;
	}
	return add_kind(plan, cfg, links, kind, 4) ?: add_kind(plan, cfg, links, kind, 6);
}

int probe_plan_make(struct probe_plan *ret, const struct probe_plan_config *cfg,
		    const struct links *links, const struct resolv_conf *resolvers)
{
	struct probe_plan plan = { 0 };
	const struct probe_kind *kind;
	int r = 0;

	find_local(&plan, links, &resolvers->files[0]);
	for (kind = probe_kinds; kind < probe_kinds + probe_n_kinds && !r; kind++)
		if (cfg->kinds & 1U << (kind - probe_kinds))
			r = add_any(&plan, cfg, links, resolvers, kind);
	if (r)
		probe_plan_free(&plan);
	else
		*ret = plan;
	return r;
}
