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
	listener_fn *fn;
	void *arg;
};

static int take_socket(void *arg, const void *item)
{
	const struct inet_diag_msg *m = &((const struct sock_diag_item *)item)->msg;
	static const uint32_t any[4];
	const struct search *s = arg;
	struct listener l = { 0 };

	if (m->id.idiag_dport)
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
static void each(struct nl *nl, struct sock_diag_wish w, listener_fn *fn, void *arg)
{
	struct search s = { fn, arg };

	if (w.proto != IPPROTO_TCP && w.proto != IPPROTO_UDP)
		return;
	w.states = w.proto == IPPROTO_TCP ? 1U << TCP_LISTEN : (uint32_t)-1;
	w.family = AF_INET;
	sock_diag_each(nl, &w, take_socket, &s);
	w.family = AF_INET6;
	sock_diag_each(nl, &w, take_socket, &s);
}

void listeners_each(struct nl *nl, uint8_t proto, uint16_t port, listener_fn *fn, void *arg)
{
	const struct sock_diag_wish w = { .proto = proto, .port = htons(port) };

	each(nl, w, fn, arg);
}

void listeners_at(struct nl *nl, uint8_t proto, const struct la_addr *addr, listener_fn *fn,
		  void *arg)
{
	struct sock_diag_wish w = { .proto = proto };

	if (addr_family(addr) == 4)
		memcpy(&w.addr, &addr->b[ADDR_V4_BITS / 8], sizeof(w.addr));
	each(nl, w, fn, arg);
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

/* What is not in the file system, and may be called so by anybody, has "@" before its name. */
static bool is_path(const char *line)
{
	char first;

	return sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %c", &first) == 1 && first == '/';
}

static void take_unix(const char *line, struct unix_listener *v, size_t n)
{
	const char *path = strchr(line, '/');
	unsigned long inode, flags;

	while (path && n--)
		if (!strcmp(path, v[n].path) && is_path(line) &&
		    sscanf(line, "%*s %*s %*s %lx %*s %*s %lu", &flags, &inode) == 2 &&
		    flags & ACCEPTS)
			v[n].inode = inode;
}

void listeners_unix(struct unix_listener *v, size_t n)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		take_unix(line, v, n);
	}
	if (f)
		fclose(f);
}
