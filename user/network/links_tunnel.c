/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnels in the table of links. */
#include <fcntl.h>
#include <string.h>

#include "links_table.h"

static void remember(struct links *l, const struct la_addr *a)
{
	size_t i, n = MIN(l->n_past, LINKS_PAST_ADDRS);

	for (i = 0; i < n; i++) {
		if (addr_equal(&l->past[i], a))
			return;
	}
	l->past[l->n_past++ % LINKS_PAST_ADDRS] = *a;
}

/* fe80::/10 and 169.254.0.0/16 are on every link, so they do not identify one. */
static bool is_link_local(const struct la_addr *a)
{
	if (addr_family(a) == 4)
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

void links_remember_tunnel(struct links *l, const struct entry *e)
{
	size_t i;

	if (e->gone || e->link.role != LA_ROLE_TUNNEL)
		return;
	l->ever_up |= e->link.up;
	for (i = 0; i < e->link.n_addrs; i++) {
		if (!is_link_local(&e->link.addrs[i].addr))
			remember(l, &e->link.addrs[i].addr);
	}
}

unsigned int links_tunnels_up(const struct links *l)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		n += l->v[i]->link.role == LA_ROLE_TUNNEL && l->v[i]->link.up;
	return n;
}

bool links_tunnel_ever_up(const struct links *l)
{
	return l->ever_up;
}

unsigned int links_tunnel_families(const struct links *l)
{
	const struct link *link;
	unsigned int families = 0;
	size_t i;

	for (link = links_next(l, NULL); link; link = links_next(l, link)) {
		if (link->role != LA_ROLE_TUNNEL || !link->up)
			continue;
		for (i = 0; i < link->n_addrs; i++) {
			if (!is_link_local(&link->addrs[i].addr))
				families |= link->addrs[i].family == 4 ? LINK_FAMILY_4
								       : LINK_FAMILY_6;
		}
	}
	return families;
}

bool links_tunnel_address(const struct links *l, const struct la_addr *addr)
{
	size_t i, n = MIN(l->n_past, LINKS_PAST_ADDRS);
	const struct link *link;
	bool found = false;

	for (i = 0; i < n && !found; i++)
		found = addr_equal(&l->past[i], addr);
	for (link = links_next(l, NULL); link; link = links_next(l, link)) {
		for (i = 0; i < link->n_addrs; i++) {
			if (!addr_equal(&link->addrs[i].addr, addr))
				continue;
			/* An address that another interface has now proves nothing. */
			if (link->role != LA_ROLE_TUNNEL)
				return false;
			found |= !is_link_local(addr);
		}
	}
	return found;
}

/* /proc/net/pppoe has a heading, then a line for each session. */
static int has_pppoe(void *arg)
{
	_cleanup_(closep) int fd = open("/proc/thread-self/net/pppoe", O_RDONLY | O_CLOEXEC);
	char buf[512];
	ssize_t n;
	char *line;

	(void)arg;
	n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	line = strchr(buf, '\n');
	return line && line[1];
}

bool links_has_pppoe(const struct netns *ns)
{
	return netns_run(ns, has_pppoe, NULL) > 0;
}
