/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the sockets by which a process sends, as a tunnel's daemon its outer packets. */
#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "network/sock_diag.h"
#include "host/proc.h"

/* A VPN daemon has few sockets; beyond this number they are not read. */
#define SOCKETS_MAX 256

struct sockets {
	uint64_t inodes[SOCKETS_MAX];
	size_t n;
	uint8_t proto; /* the protocol of the current dump */
	transport_socket_fn *fn;
	void *arg;
	int found;
};

struct endpoints {
	transport_endpoint_fn *fn;
	void *arg;
};

/* proc_sockets() */
static int add_inode(void *arg, uint64_t inode)
{
	struct sockets *s = arg;

	s->inodes[s->n++] = inode;
	return s->n == SOCKETS_MAX;
}

static int read_inodes(const struct transport_holder *h, struct sockets *s)
{
	_cleanup_(closep) int proc = proc_open((pid_t)h->tgid);
	uint64_t ticks;
	int r;

	if (proc < 0)
		return proc;
	if (proc_start_ticks(proc, &ticks) < 0 || ticks != h->start_ticks)
		return -ESRCH;
	r = proc_sockets(proc, add_inode, s);
	return MIN(r, 0);
}

static bool has_inode(const struct sockets *s, uint64_t inode)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->inodes[i] == inode)
			return true;
	}
	return false;
}

static void read_addr(const struct inet_diag_msg *m, const __be32 *from, struct la_addr *to)
{
	if (m->idiag_family == AF_INET)
		*to = addr_from_4(from);
	else
		memcpy(to, from, sizeof(*to));
}

static int take_socket(void *arg, const void *item)
{
	static const uint32_t any[4];
	const struct sock_diag_item *socket = item;
	const struct inet_diag_msg *m = &socket->msg;
	struct transport_socket found = { 0 };
	struct sockets *s = arg;

	/* A socket with inode 0 is held by no process. */
	if (!m->idiag_inode || !has_inode(s, m->idiag_inode))
		return 0;
	found.to.proto = s->proto;
	found.to.cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
	if (m->id.idiag_dport) {
		found.to.port = ntohs(m->id.idiag_dport);
		read_addr(m, m->id.idiag_dst, &found.to.addr);
	} else if (s->proto == IPPROTO_TCP) {
		return 0; /* not connected: sends nothing */
	}
	if (memcmp(m->id.idiag_src, any, sizeof(any)))
		read_addr(m, m->id.idiag_src, &found.from);
	found.port = ntohs(m->id.idiag_sport);
	found.mark = socket->mark;
	found.ifindex = m->id.idiag_if;
	s->found++;
	return s->fn(s->arg, &found);
}

static int dump(struct nl *nl, struct sockets *s, uint8_t family, uint8_t proto)
{
	const struct sock_diag_wish w = { .family = family,
					  .proto = proto,
					  .states = ~(1U << TCP_LISTEN) };
	int r;

	s->proto = proto;
	r = sock_diag_each(nl, &w, take_socket, s);
	/*
	 * A dump that changes have interrupted still has the holder's sockets, which are old.
	 * Without the module or the family there are no such sockets.
	 */
	return r == -EINTR || r == -ENOENT || r == -EAFNOSUPPORT ? 0 : r;
}

int transport_bound_sockets(const struct transport_holder *h, const struct netns *ns,
			    transport_socket_fn *fn, void *arg)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 },
			     protos[] = { IPPROTO_UDP, IPPROTO_TCP };
	_cleanup_(freep) struct sockets *s = calloc(1, sizeof(*s));
	_cleanup_(nl_freep) struct nl *nl = NULL;
	size_t i;
	int r;

	if (!s)
		return -ENOMEM;
	s->fn = fn;
	s->arg = arg;
	r = read_inodes(h, s);
	if (r < 0)
		return r;
	if (s->n == 0)
		return 0;
	r = nl_open(&nl, ns, NETLINK_SOCK_DIAG, 0);
	for (i = 0; i < 4 && r == 0; i++)
		r = dump(nl, s, families[i % 2], protos[i / 2]);
	return r < 0 ? r : s->found;
}

static int take_endpoint(void *arg, const struct transport_socket *s)
{
	const struct endpoints *e = arg;

	return e->fn(e->arg, &s->to, s->mark, s->port);
}

int transport_sockets(const struct transport_holder *h, const struct netns *ns,
		      transport_endpoint_fn *fn, void *arg)
{
	struct endpoints e = { fn, arg };

	return transport_bound_sockets(h, ns, take_endpoint, &e);
}
