/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ssh_session.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "network/links_onlink.h"
#include "base/log.h"
#include "host/proc.h"
#include "network/route.h"
#include "network/sock_diag.h"
#include "base/text.h"

#define SSH_PORT 22

/* The listening daemon; since OpenSSH 9.8 also what it starts for each session. */
static const char *const daemons[] = { "sshd", "sshd-session", "sshd-auth", "dropbear" };

struct holder {
	uint64_t inode;
	pid_t pid;
	bool ours;
	char comm[16];
};

struct conn {
	struct la_addr local, peer;
	uint64_t inode;
	uint32_t mark, uid, bound_if;
	uint16_t sport, dport;
};

struct finder {
	const struct links *links;
	const struct policy *policy;
	pid_t leader; /* the daemon that we descend from; 0: none */
	struct holder now; /* the process whose sockets are read */
	struct holder *holders;
	struct conn *conns;
	size_t n_holders, n_conns;
	uint64_t ephemeral[2]; /* ports of outgoing connections */
	uint64_t listening[65536 / 64];
};

static void finder_clear(struct finder *f)
{
	free(f->holders);
	free(f->conns);
}

/* --- daemons with sessions --- */

static bool is_daemon(const char *comm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(daemons); i++) {
		if (strcmp(comm, daemons[i]) == 0)
			return true;
	}
	return false;
}

static int add_holder(void *arg, uint64_t inode)
{
	struct finder *f = arg;
	if (!GROW(f->holders, f->n_holders))
		return -ENOMEM;
	f->holders[f->n_holders] = f->now;
	f->holders[f->n_holders++].inode = inode;
	return 0;
}

static int read_process(void *arg, pid_t pid)
{
	_cleanup_(closep) int proc = proc_open(pid);
	struct finder *f = arg;
	int r;

	f->now = (struct holder){ .pid = pid, .ours = pid == f->leader };
	if (proc < 0 || proc_comm(proc, f->now.comm, sizeof(f->now.comm)) < 0 ||
	    !is_daemon(f->now.comm))
		return 0;
	r = proc_sockets(proc, add_holder, f);
	return r == -ENOMEM ? r : 0; /* other errors: it has ended */
}

/* The nearest daemon: one further up is the listening one. */
static pid_t find_leader(void)
{
	char comm[16] = "";
	pid_t pid = getpid();

	while (pid > 0 && !is_daemon(comm)) {
		_cleanup_(closep) int proc = proc_open(pid);

		if (proc < 0 || proc_parent(proc, &pid) < 0 || pid <= 0)
			return 0;
		closep(&proc);
		proc = proc_open(pid);
		if (proc < 0 || proc_comm(proc, comm, sizeof(comm)) < 0)
			return 0;
	}
	return pid;
}

static const struct holder *holder_of(const struct finder *f, uint64_t inode)
{
	const struct holder *found = NULL;
	size_t i;

	for (i = 0; i < f->n_holders; i++) {
		if (f->holders[i].inode != inode)
			continue;
		if (f->holders[i].ours)
			return &f->holders[i];
		found = found ?: &f->holders[i];
	}
	return found;
}

/* --- connections of the daemons --- */

static int take_socket(void *arg, const void *item)
{
	const struct sock_diag_item *socket = item;
	const struct inet_diag_msg *m = &socket->msg;
	struct finder *f = arg;
	struct conn *v;

	if (m->idiag_state == TCP_LISTEN) {
		f->listening[ntohs(m->id.idiag_sport) / 64] |= 1ULL
							       << ntohs(m->id.idiag_sport) % 64;
		return 0;
	}
	if (!GROW(f->conns, f->n_conns))
		return -ENOMEM;
	v = &f->conns[f->n_conns++];
	*v = (struct conn){
		.inode = m->idiag_inode,
		.mark = socket->mark,
		.uid = m->idiag_uid,
		.bound_if = m->id.idiag_if,
		.sport = ntohs(m->id.idiag_sport),
		.dport = ntohs(m->id.idiag_dport),
	};
	if (m->idiag_family == AF_INET) {
		v->local = addr_from_4(m->id.idiag_src);
		v->peer = addr_from_4(m->id.idiag_dst);
	} else {
		memcpy(&v->local, m->id.idiag_src, sizeof(v->local));
		memcpy(&v->peer, m->id.idiag_dst, sizeof(v->peer));
	}
	return 0;
}

static int dump(struct nl *nl, struct finder *f, uint8_t family)
{
	const struct sock_diag_wish w = { .family = family,
					  .proto = IPPROTO_TCP,
					  .states = 1U << TCP_ESTABLISHED | 1U << TCP_LISTEN };
	int r = sock_diag_each(nl, &w, take_socket, f);

	/* -EINTR: changes have interrupted the dump; established connections are in it */
	return r == -EINTR || (family == AF_INET6 && r == -ENOENT) ? 0 : r;
}

static int read_sockets(struct finder *f)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	int r = nl_open(&nl, links_netns(f->links), NETLINK_SOCK_DIAG, 0);

	if (r == 0)
		r = dump(nl, f, AF_INET);
	return r ?: dump(nl, f, AF_INET6);
}

static void read_ephemeral(struct finder *f)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (!file || fscanf(file, "%" SCNu64 " %" SCNu64, &f->ephemeral[0], &f->ephemeral[1]) != 2)
		f->ephemeral[0] = UINT64_MAX;
	if (file)
		fclose(file);
}

/* A connection that the daemon opened to forward its client's: not a session. */
static bool is_outgoing(const struct finder *f, const struct conn *c)
{
	return !(f->listening[c->sport / 64] >> c->sport % 64 & 1) && c->sport >= f->ephemeral[0] &&
	       c->sport <= f->ephemeral[1];
}

/* --- connections that would be cut --- */

/*
 * The link by which the connection's packets leave, by the routing rules: rules for its port or
 * mark may keep SSH outside of a tunnel. NULL: unknown.
 */
static const struct link *way_out(const struct finder *f, const struct conn *c, struct nl *nl)
{
	const struct route_query q = {
		.dst = c->peer,
		.src = c->local,
		.mark = c->mark,
		.uid = c->uid,
		.oif = c->bound_if,
		.proto = IPPROTO_TCP,
		.sport = c->sport,
		.dport = c->dport,
	};
	struct route_answer a;

	return route_lookup(nl, &q, &a) < 0 ? NULL : links_find(f->links, a.oif);
}

/* Computed from addresses: the table's own lists may not be ready, see links_listen(). */
static bool is_lan(const struct finder *f, const struct link *link, const struct la_addr *peer)
{
	_cleanup_(freep) struct link_prefix *v = NULL;
	size_t n = 0, i;

	if (!policy_exempts_lan(f->policy, false) || links_onlink(f->links, link, &v, &n) < 0)
		return false;
	for (i = 0; i < n; i++)
		if (prefix_has(&v[i], peer))
			return true;
	return false;
}

static bool is_cut(const struct finder *f, const struct conn *c, struct nl *nl)
{
	const struct la_flow_key k = { .daddr = c->peer, .dport = c->dport, .proto = IPPROTO_TCP };
	const struct link *link;

	if (policy_allows(f->policy, &k))
		return false;
	link = way_out(f, c, nl);
	if (!link) /* unknown would be dropped */
		return true;
	return link->role == LA_ROLE_EXPOSED && !is_lan(f, link, &c->peer);
}

static void fill(struct ssh_session *ret, const struct conn *c, const struct holder *h)
{
	struct text t;

	*ret = (struct ssh_session){ .port = c->sport };
	text_init(&t, ret->peer, sizeof(ret->peer));
	text_addr(&t, &c->peer, addr_family(&c->peer));
	if (!h)
		return;
	ret->pid = h->pid;
	ret->ours = h->ours;
	memcpy(ret->comm, h->comm, sizeof(ret->comm));
}

static int choose(const struct finder *f, struct ssh_session *ret)
{
	_cleanup_(nl_freep) struct nl *nl = NULL;
	const struct holder *h;
	int found = 0, r;
	size_t i;

	r = nl_open(&nl, links_netns(f->links), NETLINK_ROUTE, 0);
	if (r < 0)
		return r;
	for (i = 0; i < f->n_conns; i++) {
		const struct conn *c = &f->conns[i];

		h = holder_of(f, c->inode);
		if (c->sport != SSH_PORT && (!h || is_outgoing(f, c)))
			continue;
		if ((found && !(h && h->ours)) || !is_cut(f, c, nl))
			continue;
		fill(ret, c, h);
		found = 1;
		if (h && h->ours)
			break;
	}
	return found;
}

int ssh_session_find(const struct links *links, const struct policy *policy,
		     struct ssh_session *ret)
{
	_cleanup_(freep) struct finder *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->links = links;
	f->policy = policy;
	f->leader = find_leader();
	read_ephemeral(f);
	r = proc_each(read_process, f);
	if (r == 0)
		r = read_sockets(f);
	if (r == 0)
		r = choose(f, ret);
	finder_clear(f);
	return r;
}

int ssh_session_refuse(const struct links *links, const struct policy *policy)
{
	struct ssh_session s;
	int r = ssh_session_find(links, policy, &s);

	if (r == 0)
		return 0;
	if (r < 0) {
		log_err_r(r, "cannot see whether an SSH session would be cut");
		log_hint("--yes to drop all the same");
		return -EACCES;
	}
	log_err("%s SSH session from %s would be cut", s.ours ? "your own" : "an", s.peer);
	log_hint("--allow %s to keep it, --yes to cut it", s.peer);
	return -EACCES;
}
