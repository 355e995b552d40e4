/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links_onlink.h"

#include <errno.h>
#include <string.h>

#include "base/grow.h"
#include "base/addr_special.h"
#include "links_claims.h"
#include "links_table.h"

/*
 * Limit of stacked devices (bond, vlan, bridge), which are a few at most. It ends the search if
 * messages of two moments make a cycle.
 */
#define DEPTH_MAX 8

/* clang-format off */
#define V4(o, p, s, t, bits) { { .b = { [10] = 0xff, [11] = 0xff, o, p, s, t } }, ADDR_V4_BITS + (bits) }
#define V6(o, p, bits) { { .b = { o, p } }, bits }
/* clang-format on */

/*
 * A connected prefix is LAN only within these ranges. A public prefix that a DHCP server declares
 * to be on-link is not LAN, documentation prefixes included: its packets may be routed on.
 * 100.64.0.0/10 (RFC 6598) is not in the list, since it is the ISP's network and not the user's.
 */
#define LAN (ADDR_PRIVATE | ADDR_LINK_LOCAL)

/*
 * Destinations that no router forwards, or only within the site: RFC 5771 4, RFC 2365, RFC 919. Of
 * RFC 4291 2.7 scopes 1 (interface) to 5 (site), for groups with flags 0 (well-known), 1
 * (transient) and 3 (made of a prefix).
 */
/* clang-format off */
static const struct link_prefix everywhere[] = {
	V4(224, 0, 0, 0, 24), V4(239, 0, 0, 0, 8), V4(255, 255, 255, 255, 32),
	V6(0xfe, 0x80, 10), /* on-link by definition, whatever addresses the interface has */
	V6(0xff, 0x01, 16), V6(0xff, 0x02, 15), V6(0xff, 0x04, 15), /* scope 1; 2 and 3; 4 and 5 */
	V6(0xff, 0x11, 16), V6(0xff, 0x12, 15), V6(0xff, 0x14, 15),
	V6(0xff, 0x31, 16), V6(0xff, 0x32, 15), V6(0xff, 0x34, 15),
};
/* clang-format on */

struct list {
	struct link_prefix *v;
	size_t n;
};

static int add(struct list *list, struct link_prefix p)
{
	struct la_addr mask = addr_mask(p.len);

	if (!GROW(list->v, list->n))
		return -ENOMEM;
	p.addr = addr_and(&p.addr, &mask);
	list->v[list->n++] = p;
	return 0;
}

/* Not what a tunnel claims: a network that has the range of a VPN, or of a part of it, pulls
 * what is meant for the VPN out of it. */
static int add_unclaimed(struct list *list, const struct links *l, struct link_prefix p)
{
	_cleanup_(freep) struct link_prefix *left = NULL;
	struct la_addr mask = addr_mask(p.len);
	size_t n = 0, i;
	int r;

	p.addr = addr_and(&p.addr, &mask);
	r = links_unclaimed(l, &p, &left, &n);
	for (i = 0; i < n && r == 0; i++)
		r = add(list, left[i]);
	return r;
}

static int add_connected(struct list *list, const struct links *l, const struct link_addr *a)
{
	const struct link_prefix *range = addr_special(&a->net.addr, LAN);

	if (!range)
		return 0;
	/* 10.0.0.1/4 claims half the Internet: it gets 10.0.0.0/8. */
	return add_unclaimed(list, l, a->net.len < range->len ? *range : a->net);
}

/* The directed broadcast, of a public prefix as well: the kernel sends it as a
 * broadcast of the link, and a router would be none to see it. A /31 and a
 * point-to-point address have none (RFC 3021). */
static int add_broadcast(struct list *list, const struct links *l, const struct link_addr *a)
{
	struct link_prefix p = { a->net.addr, 128 };
	struct la_addr mask = addr_mask(a->net.len);

	if (a->family != 4 || a->net.len > 126)
		return 0;
	p.addr.q[0] |= ~mask.q[0];
	p.addr.q[1] |= ~mask.q[1];
	return add_unclaimed(list, l, p);
}

static int add_own(struct list *list, const struct links *l, const struct link *link)
{
	size_t i;
	int r = 0;

	for (i = 0; i < link->n_addrs && r == 0; i++) {
		r = add_connected(list, l, &link->addrs[i]);
		if (r == 0)
			r = add_broadcast(list, l, &link->addrs[i]);
	}
	return r;
}

/*
 * Packets of a bridge, bond or vlan are counted on the device below, so that device needs the
 * prefixes of all devices above it.
 */
static int add_all(struct list *list, const struct links *l, const struct link *link,
		   unsigned int depth)
{
	const struct link *other = link->master ? links_find(l, link->master) : NULL;
	int r = add_own(list, l, link);

	if (depth == DEPTH_MAX)
		return r;
	if (other && other != link && r == 0)
		r = add_all(list, l, other, depth + 1);
	other = NULL;
	while (r == 0 && (other = links_next_upper(l, link->ifindex, other)))
		if (other != link && other->ifindex != link->master)
			r = add_all(list, l, other, depth + 1);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct link_prefix *x = a, *y = b;
	int d = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return d ? d : x->len - y->len;
}

int links_onlink(const struct links *l, const struct link *link, struct link_prefix **ret,
		 size_t *n)
{
	struct list list = { 0 };
	size_t i, kept = 0;
	int r = 0;

	if (link->role == LA_ROLE_EXPOSED) {
		for (i = 0; i < ARRAY_SIZE(everywhere) && r == 0; i++)
			r = add(&list, everywhere[i]);
		if (r == 0)
			r = add_all(&list, l, link, 0);
	}
	if (r < 0) {
		free(list.v);
		return r;
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), compare);
	for (i = 0; i < list.n; i++) {
		if (kept == 0 || compare(&list.v[kept - 1], &list.v[i]) != 0)
			list.v[kept++] = list.v[i];
	}
	*ret = list.v;
	*n = kept;
	return 0;
}
