/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where else resolvers listen. By DNS over HTTPS, or over TLS on another port, they are asked at
 * any of these. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/grow.h"
#include "datapath/resolver_hooks.h"
#include "host/proc.h"
#include "network/nl.h"
#include "resolvers_priv.h"

#define HTTPS 443

/* What listens in a namespace. */
struct heard_at {
	struct listener *v;
	size_t n;
	bool full; /* no memory */
};

struct tls_look {
	struct resolvers *all;
	struct resolver *who;
	const struct heard_at *tcp, *udp;
};

/* listener_fn */
static void take_listener(void *arg, const struct listener *l)
{
	struct heard_at *h = arg;

	if (!l->inode || l->port == 53 || l->port == 853 || h->full)
		return;
	h->full = !GROW(h->v, h->n);
	if (!h->full)
		h->v[h->n++] = *l;
}

static void tell(struct tls_look *t, const struct heard_at *h, uint8_t proto, uint64_t inode)
{
	struct la_resolver_place at = { .netns = t->who->netns, .proto = proto };
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (h->v[i].inode != inode)
			continue;
		at.addr = h->v[i].addr;
		at.port = h->v[i].port;
		datapath_add_resolver_tls(t->all->cfg.datapath, &at, t->who->owner.tgid);
		resolvers_tell_tls_away(t->all, t->who, &at);
	}
}

/* proc_sockets() */
static int take_inode(void *arg, uint64_t inode)
{
	struct tls_look *t = arg;

	tell(t, t->tcp, IPPROTO_TCP, inode);
	tell(t, t->udp, IPPROTO_UDP, inode);
	return 0;
}

static void look_in(struct resolvers *r, const struct netns *ns)
{
	struct heard_at tcp = { 0 }, udp = { 0 };
	struct tls_look t = { .all = r, .tcp = &tcp, .udp = &udp };
	_cleanup_(nl_freep) struct nl *nl = NULL;
	size_t i;

	if (nl_open(&nl, ns, NETLINK_SOCK_DIAG, 0))
		return;
	listeners_each(nl, IPPROTO_TCP, 0, take_listener, &tcp);
	listeners_each(nl, IPPROTO_UDP, HTTPS, take_listener, &udp);
	for (i = 0; i < r->n; i++) {
		_cleanup_(closep) int proc = -1;

		t.who = r->v[i];
		if (t.who->netns != ns->cookie)
			continue;
		proc = proc_open((pid_t)t.who->owner.tgid);
		if (proc >= 0)
			proc_sockets(proc, take_inode, &t);
	}
	free(tcp.v);
	free(udp.v);
}

const struct resolver *resolvers_at_tls(const struct resolvers *r,
					const struct la_resolver_place *at)
{
	return resolvers_by_pid(r, datapath_resolver_at(r->cfg.datapath, at));
}

void resolvers_look_tls(struct resolvers *r)
{
	const struct netns *ns;
	size_t i, k;

	for (i = 0; (ns = namespaces_each(r->cfg.namespaces, i)); i++)
		for (k = 0; k < r->n; k++)
			if (r->v[k]->netns == ns->cookie) {
				look_in(r, ns);
				break;
			}
}
