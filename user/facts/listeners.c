/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listeners.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "network/sock_diag.h"

struct search {
	uint16_t port; /* network order; 0: any */
	listener_fn *fn;
	void *arg;
};

static int take_socket(void *arg, const void *item)
{
	const struct inet_diag_msg *m = &((const struct sock_diag_item *)item)->msg;
	static const uint32_t any[4];
	const struct search *s = arg;
	struct listener l = { 0 };

	if ((s->port && m->id.idiag_sport != s->port) || m->id.idiag_dport)
		return 0;
	l.port = ntohs(m->id.idiag_sport);
	l.inode = m->idiag_inode;
	if (memcmp(m->id.idiag_src, any, sizeof(any))) {
		if (m->idiag_family == AF_INET)
			l.addr = addr_from_4(m->id.idiag_src);
		else
			memcpy(&l.addr, m->id.idiag_src, sizeof(l.addr));
	}
	s->fn(s->arg, &l);
	return 0;
}

/* Where it cannot be asked, nothing is found. */
static void dump(struct nl *nl, uint8_t family, uint8_t proto, struct search *s)
{
	uint32_t states = proto == IPPROTO_TCP ? 1U << TCP_LISTEN : (uint32_t)-1;

	sock_diag_each(nl, family, proto, states, take_socket, s);
}

void listeners_each(struct nl *nl, uint8_t proto, uint16_t port, listener_fn *fn, void *arg)
{
	struct search s = { .port = htons(port), .fn = fn, .arg = arg };

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return;
	dump(nl, AF_INET, proto, &s);
	dump(nl, AF_INET6, proto, &s);
}

struct found {
	bool any_address;
	bool is;
};

static void look(void *arg, const struct listener *l)
{
	struct found *f = arg;

	if (!f->any_address || addr_is_any(&l->addr))
		f->is = true;
}

bool listeners_has(struct nl *nl, uint8_t proto, uint16_t port)
{
	struct found f = { .any_address = proto == IPPROTO_UDP };

	if (port)
		listeners_each(nl, proto, port, look, &f);
	return f.is;
}

/* A listening socket has the flag __SO_ACCEPTCON of the kernel. */
#define ACCEPTS 0x10000

uint64_t listeners_unix(const char *wanted)
{
	FILE *f = fopen("/proc/net/unix", "re");
	unsigned long inode, flags, found = 0;
	char line[256], path[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %lx %*s %*s %lu %127s", &flags, &inode, path) == 3 &&
		    flags & ACCEPTS && !strcmp(path, wanted))
			found = inode;
	if (f)
		fclose(f);
	return found;
}
