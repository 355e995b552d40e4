/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the sockets by which a process sends a tunnel's outer packets. */
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
	transport_endpoint_fn *fn;
	void *arg;
	int found;
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

static int take_socket(void *arg, const void *item)
{
	const struct sock_diag_item *socket = item;
	const struct inet_diag_msg *m = &socket->msg;
	struct la_endpoint ep = { 0 };
	struct sockets *s = arg;

	/* A socket with inode 0 is held by no process. */
	if (!m->idiag_inode || !has_inode(s, m->idiag_inode))
		return 0;
	ep.proto = s->proto;
	ep.cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
	if (m->id.idiag_dport) {
		ep.port = ntohs(m->id.idiag_dport);
		if (m->idiag_family == AF_INET)
			ep.addr = addr_from_4(m->id.idiag_dst);
		else
			memcpy(&ep.addr, m->id.idiag_dst, sizeof(ep.addr));
	} else if (s->proto == IPPROTO_TCP) {
		return 0; /* not connected: sends nothing */
	}
	s->found++;
	return s->fn(s->arg, &ep, socket->mark, ntohs(m->id.idiag_sport));
}

static int dump(struct nl *nl, struct sockets *s, uint8_t family, uint8_t proto)
{
	int r;

	s->proto = proto;
	r = sock_diag_each(nl, family, proto, ~(1U << TCP_LISTEN), take_socket, s);
	/*
	 * A dump that changes have interrupted still has the holder's sockets, which are old.
	 * Without the module or the family there are no such sockets.
	 */
	return r == -EINTR || r == -ENOENT || r == -EAFNOSUPPORT ? 0 : r;
}

int transport_sockets(const struct transport_holder *h, const struct netns *ns,
		      transport_endpoint_fn *fn, void *arg)
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
