/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audited_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "base/grow.h"
#include "network/links_standalone.h"
#include "base/addr_special.h"
#include "base/text.h"

#define LAN_BITS_4 (ADDR_V4_BITS + 24)
#define LAN_BITS_6 64

/* These come first in every list of own addresses. */
static const struct link_prefix loopback[] = {
	{ { .b = { [10] = 0xff, [11] = 0xff, [12] = 127 } }, ADDR_V4_BITS + 8 },
	{ { .b = { [15] = 1 } }, 128 },
};
#define LOOPBACKS ARRAY_SIZE(loopback)

struct own {
	struct link_prefix prefix;
	struct la_addr mask;
};

struct audited_host {
	struct own *v;
	size_t n;
	struct link lan; /* used for its addrs and onlink lists only */
};

void audited_host_free(struct audited_host *l)
{
	if (!l)
		return;
	free(l->lan.addrs);
	free(l->lan.onlink);
	free(l->v);
	free(l);
}

static int add(struct audited_host *l, const struct link_prefix *p)
{
	if (!GROW(l->v, l->n))
		return -ENOMEM;
	l->v[l->n++] = (struct own){ *p, addr_mask(p->len) };
	return 0;
}

int audited_host_open(struct audited_host **ret)
{
	_cleanup_(audited_host_freep) struct audited_host *l = calloc(1, sizeof(*l));
	size_t i;

	for (i = 0; l && i < LOOPBACKS; i++)
		if (add(l, &loopback[i]))
			return -ENOMEM;
	*ret = take_ptr(l);
	return *ret ? 0 : -ENOMEM;
}

/* --- addresses named by --local --- */

static int wrong_length(const struct link_prefix *p, const struct la_addr *net, unsigned int skip,
			struct fault *f)
{
	char right[64];
	struct text t;

	text_init(&t, right, sizeof(right));
	text_addr(&t, net, skip ? 4 : 6);
	return fault_say(f, -EINVAL,
			 "the address has bits set beyond /%u; the network is %s/%u, this host "
			 "alone is written without /%u",
			 p->len - skip, right, p->len - skip, p->len - skip);
}

static int parse(const char *spec, struct link_prefix *ret, struct fault *f)
{
	struct link_prefix p = { .len = 128 };
	char s[INET6_ADDRSTRLEN + 4], *slash;
	struct la_addr mask, net;
	unsigned int family, skip;
	uint64_t len;

	snprintf(s, sizeof(s), "%s", spec);
	slash = strchr(s, '/');
	if (slash)
		*slash++ = 0;
	family = strlen(spec) < sizeof(s) ? addr_parse(s, &p.addr) : 0;
	skip = family == 4 ? ADDR_V4_BITS : 0;
	if (!family)
		return fault_say(
			f, -EINVAL,
			"not an IPv4 or IPv6 address, nor one with a prefix length after a "
			"'/'");
	if (slash) {
		if (parse_u64(slash, 1, 128 - skip, &len))
			return fault_say(f, -EINVAL, "'%s' is not a prefix length from 1 to %u",
					 slash, 128 - skip);
		p.len = (uint8_t)(len + skip);
	}
	mask = addr_mask(p.len);
	net = addr_and(&p.addr, &mask);
	if (!addr_equal(&net, &p.addr))
		return wrong_length(&p, &net, skip, f);
	*ret = p;
	return 0;
}

int audited_host_add(struct audited_host *l, const char *spec, struct fault *f)
{
	struct link_prefix p;
	int r = parse(spec, &p, f);

	return r ? fault_at(f, r, "--local '%s'", spec) : add(l, &p);
}

/* --- all its addresses --- */

bool audited_host_has(const struct audited_host *l, const struct la_addr *a)
{
	struct la_addr masked;
	size_t i;

	for (i = 0; i < l->n; i++) {
		masked = addr_and(a, &l->v[i].mask);
		if (addr_equal(&masked, &l->v[i].prefix.addr))
			return true;
	}
	return false;
}

uint32_t audited_host_count(const struct audited_host *l)
{
	return (uint32_t)l->n;
}

size_t audited_host_addrs(const struct audited_host *l, struct la_addr *to, size_t max)
{
	size_t n = 0;

	for (size_t i = LOOPBACKS; i < l->n && n < max; i++)
		if (l->v[i].prefix.len == 128)
			to[n++] = l->v[i].prefix.addr;
	return n;
}

bool audited_host_knows(const struct audited_host *l, unsigned int family)
{
	size_t i;

	for (i = LOOPBACKS; i < l->n; i++)
		if (addr_family(&l->v[i].prefix.addr) == family)
			return true;
	return false;
}

int audited_host_adopt(struct audited_host *l, const struct la_addr *a)
{
	struct link_prefix p = { .addr = *a, .len = 128 };

	return audited_host_has(l, a) ? 0 : add(l, &p);
}

void audited_host_format(const struct audited_host *l, char *buf, size_t size)
{
	unsigned int family, skip;
	struct text t;
	size_t i;

	text_init(&t, buf, size);
	for (i = LOOPBACKS; i < l->n; i++) {
		family = addr_family(&l->v[i].prefix.addr);
		skip = family == 4 ? ADDR_V4_BITS : 0;
		text_add(&t, "%s", i > LOOPBACKS ? ", " : "");
		text_addr(&t, &l->v[i].prefix.addr, family);
		if (l->v[i].prefix.len < 128)
			text_add(&t, "/%u", l->v[i].prefix.len - skip);
	}
}

/* --- the LAN --- */

int audited_host_set_lan(struct audited_host *l)
{
	struct link_addr *a;
	size_t i;

	free(l->lan.addrs);
	free(l->lan.onlink);
	l->lan = (struct link){ .role = LA_ROLE_EXPOSED };
	l->lan.addrs = calloc(l->n + 1, sizeof(*l->lan.addrs));
	if (!l->lan.addrs)
		return -ENOMEM;
	for (i = LOOPBACKS; i < l->n; i++) {
		const struct link_prefix *p = &l->v[i].prefix;

		/* the prefix of a public address is not known, nor is its broadcast address */
		if (!addr_special(&p->addr, ADDR_PRIVATE))
			continue;
		a = &l->lan.addrs[l->lan.n_addrs++];
		a->addr = p->addr;
		a->family = (uint8_t)addr_family(&p->addr);
		a->net = *p;
		if (p->len == 128)
			a->net.len = a->family == 4 ? LAN_BITS_4 : LAN_BITS_6;
	}
	return links_alone_onlink(&l->lan, &l->lan.onlink, &l->lan.n_onlink);
}

bool audited_host_is_onlink(const struct audited_host *l, const struct la_addr *a)
{
	return link_is_onlink(&l->lan, a);
}
