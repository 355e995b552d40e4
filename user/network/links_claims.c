/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a tunnel's: where its routes lead to, and which ranges it claims before a LAN. */
#include "links_claims.h"

#include <errno.h>
#include <string.h>

#include "base/grow.h"
#include "base/addr_special.h"

/* Of a range of a LAN that tunnels claim parts of: the rest is in so many pieces at most. A LAN
 * in more is none, since the kernel has a limited table of them. */
#define PIECES_MAX 1024

/* A prefix of IPv4 has the family's bits in front; one of IPv6 may contain them. */
static bool contains(const struct link_prefix *outer, const struct link_prefix *inner)
{
	return outer->len <= inner->len && addr_family(&outer->addr) == addr_family(&inner->addr) &&
	       prefix_has(outer, &inner->addr);
}

static bool has(const struct link_prefix *p, const struct la_addr *addr)
{
	return contains(p, &(struct link_prefix){ *addr, 128 });
}

/* The default route and the two halves of it, by which VPN programs pass over the one that is
 * there: they are for the internet. Link-local ranges are every link's. */
static bool is_claim(const struct link_prefix *p)
{
	unsigned int bits = addr_family(&p->addr) == 4 ? ADDR_V4_BITS : 0;
	const struct link_prefix link_local6 = { .addr = { .b = { 0xfe, 0x80 } }, .len = 10 };

	return p->len > bits + 1 && !contains(&link_local6, p);
}

/* --- each range of each tunnel --- */

typedef int claim_fn(void *arg, const char *tunnel, const struct link_prefix *dst, uint32_t table);

static int each_route(const struct link_routes *v, const char *tunnel, claim_fn *fn, void *arg)
{
	size_t i;
	int r = 0;

	for (i = 0; i < v->n && r == 0; i++)
		r = fn(arg, tunnel, &v->v[i].dst, v->v[i].table);
	return r;
}

static int each_of(const struct entry *e, claim_fn *fn, void *arg)
{
	const struct link *link = &e->link;
	size_t i;
	int r = each_route(&e->routes, link->name, fn, arg);

	for (i = 0; i < link->n_addrs && r == 0; i++)
		r = fn(arg, link->name, &link->addrs[i].net, 0);
	return r;
}

static bool is_tunnel(const struct entry *e)
{
	return e->link.role == LA_ROLE_TUNNEL && !e->gone;
}

static int each_claim(const struct links *l, claim_fn *fn, void *arg)
{
	const struct entry *e;
	size_t i;
	int r = 0;

	for (i = 0; i < l->n_tunnels && r == 0; i++) {
		e = links_entry(l, l->tunnels[i]);
		if (e && is_tunnel(e))
			r = each_of(e, fn, arg);
	}
	for (i = 0; i < l->n_gone && r == 0; i++)
		r = each_route(&l->gone[i].routes, l->gone[i].name, fn, arg);
	return r;
}

/* --- the narrowest --- */

struct search {
	const struct la_addr *addr;
	uint32_t table; /* 0: any */
	bool claims; /* else routes, wide ones too */
	bool found;
	struct links_claim *ret;
};

static int look(void *arg, const char *tunnel, const struct link_prefix *dst, uint32_t table)
{
	struct search *s = arg;

	if (!has(dst, s->addr) || (s->claims ? !is_claim(dst) : !table) ||
	    (s->table && table != s->table) || (s->found && dst->len <= s->ret->dst.len))
		return 0;
	s->found = true;
	s->ret->dst = *dst;
	s->ret->table = table;
	memset(s->ret->tunnel, 0, sizeof(s->ret->tunnel));
	memcpy(s->ret->tunnel, tunnel, strnlen(tunnel, sizeof(s->ret->tunnel) - 1));
	return 0;
}

bool links_claimed(const struct links *l, const struct la_addr *addr, struct links_claim *ret)
{
	struct search s = { .addr = addr, .claims = true, .ret = ret };

	each_claim(l, look, &s);
	return s.found;
}

bool links_tunnel_route(const struct links *l, const struct la_addr *addr, uint32_t table,
			struct links_claim *ret)
{
	struct search s = { .addr = addr, .table = table, .ret = ret };
	size_t i;

	for (i = 0; i < l->n; i++)
		if (is_tunnel(l->v[i]) && l->v[i]->link.up)
			each_of(l->v[i], look, &s);
	return s.found;
}

bool links_leads_into(const struct links *l, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i]->link.ifindex == ifindex)
			return l->v[i]->link.up && l->v[i]->routes.n > 0;
	return false;
}

/* One whose routes nobody has seen may have led anywhere. */
static bool has_led(const struct link_routes *v, const struct la_addr *addr)
{
	size_t i;

	for (i = 0; addr && i < v->n && !has(&v->v[i].dst, addr); i++)
		;
	return !addr || !v->n || i < v->n;
}

const char *links_tunnel_fallen(const struct links *l, const struct la_addr *addr)
{
	const struct link *now;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (is_tunnel(l->v[i]) && !l->v[i]->link.up && has_led(&l->v[i]->routes, addr))
			return l->v[i]->link.name;
	for (i = l->n_gone; i-- > 0;) {
		now = links_find_name(l, l->gone[i].name);
		if (!(now && now->role == LA_ROLE_TUNNEL && now->up) &&
		    has_led(&l->gone[i].routes, addr))
			return l->gone[i].name;
	}
	return NULL;
}

/* --- what is left of a LAN --- */

struct cut {
	struct link_prefix *v;
	size_t n;
};

static int put(struct cut *c, struct link_prefix p)
{
	if (!GROW(c->v, c->n))
		return -ENOMEM;
	c->v[c->n++] = p;
	return 0;
}

/* Of a range in which the claim is: at each step down to it the half without it. */
static int put_halves(struct cut *c, const struct link_prefix *whole, const struct link_prefix *dst)
{
	struct link_prefix half;
	struct la_addr mask;
	unsigned int len;
	int r = 0;

	for (len = whole->len + 1U; len <= dst->len && r == 0; len++) {
		mask = addr_mask(len);
		half = (struct link_prefix){ addr_and(&dst->addr, &mask), (uint8_t)len };
		half.addr.b[(len - 1) / 8] ^= (uint8_t)(0x80 >> (len - 1) % 8);
		r = put(c, half);
	}
	return r;
}

static int cut_out(void *arg, const char *tunnel, const struct link_prefix *dst, uint32_t table)
{
	struct cut *c = arg;
	struct link_prefix p;
	size_t i;
	int r = 0;

	(void)tunnel, (void)table;
	if (!is_claim(dst))
		return 0;
	for (i = c->n; i-- > 0 && r == 0;) {
		p = c->v[i];
		if (!contains(dst, &p) && !contains(&p, dst))
			continue;
		c->v[i] = c->v[--c->n];
		if (!contains(dst, &p))
			r = put_halves(c, &p, dst);
	}
	if (c->n > PIECES_MAX)
		c->n = 0;
	return r;
}

int links_unclaimed(const struct links *l, const struct link_prefix *lan, struct link_prefix **ret,
		    size_t *n)
{
	struct cut c = { 0 };
	int r = put(&c, *lan);

	if (r == 0)
		r = each_claim(l, cut_out, &c);
	if (r < 0) {
		free(c.v);
		return r;
	}
	*ret = c.v;
	*n = c.n;
	return 0;
}
