/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listeners.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

struct search {
	uint16_t port; /* network order; 0: any */
	listener_fn *fn;
	void *arg;
};

static int take_socket(void *arg, const struct nlmsghdr *nlh)
{
	static const uint32_t any[4];
	const struct search *s = arg;
	struct listener l = { 0 };
	struct inet_diag_msg m;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(m))
		return 0;
	memcpy(&m, mnl_nlmsg_get_payload(nlh), sizeof(m));
	if ((s->port && m.id.idiag_sport != s->port) || m.id.idiag_dport)
		return 0;
	l.port = ntohs(m.id.idiag_sport);
	l.inode = m.idiag_inode;
	if (memcmp(m.id.idiag_src, any, sizeof(any))) {
		if (m.idiag_family == AF_INET)
			l.addr = addr_from_4(m.id.idiag_src);
		else
			memcpy(&l.addr, m.id.idiag_src, sizeof(l.addr));
	}
	s->fn(s->arg, &l);
	return 0;
}

static void dump(struct nl *nl, uint8_t family, uint8_t proto, struct search *s)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));

	q->sdiag_family = family;
	q->sdiag_protocol = proto;
	q->idiag_states = proto == IPPROTO_TCP ? 1U << TCP_LISTEN : (uint32_t)-1;
	nl_talk(nl, nlh, take_socket, s); /* where it cannot be asked, nothing is found */
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
	static const struct la_addr any;
	struct found *f = arg;

	if (!f->any_address || addr_equal(&l->addr, &any))
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
