/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolvers_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "datapath/resolver_hooks.h"
#include "host/cgroup.h"
#include "host/proc.h"
#include "network/nl.h"

/* How long is believed who answers at a place, and that nobody is found there. */
#define BELIEVED_FOR (5 * NSEC_PER_SEC)
#define NOBODY_FOR NSEC_PER_SEC

int resolvers_open(struct resolvers **ret, const struct resolvers_config *cfg)
{
	struct resolvers *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->cfg = *cfg;
	if (boxes_open(&r->boxes, cfg->namespaces, cfg->policy)) {
		free(r);
		return -ENOMEM;
	}
	if (datapath_adopted(cfg->datapath))
		datapath_forget_resolvers(cfg->datapath);
	*ret = r;
	return 0;
}

void resolvers_free(struct resolvers *r)
{
	if (!r)
		return;
	while (r->n)
		free(r->v[--r->n]);
	while (r->n_groups)
		resolver_hooks_detach(r->groups[--r->n_groups].hooks);
	boxes_free(r->boxes);
	free(r);
}

const struct resolver *resolvers_next(const struct resolvers *r, size_t i)
{
	return i < r->n ? r->v[i] : NULL;
}

/* --- processes --- */

static bool is_alive(const struct resolver *who)
{
	_cleanup_(closep) int proc = proc_open((pid_t)who->owner.tgid);
	uint64_t ticks;

	return proc >= 0 && !proc_start_ticks(proc, &ticks) &&
	       proc_ns_of_ticks(ticks) == who->owner.start_ns;
}

static bool is_around_scope(const struct resolvers *r, const char *path)
{
	size_t i;

	for (i = 0; i < r->cfg.scopes->n; i++)
		if (cgroup_is_below(r->cfg.scopes->v[i]->path, path))
			return true;
	return false;
}

/* Hooks at its cgroup. To listen at one that is the scope's as well would slow the scope down. */
static bool watch_group(struct resolvers *r, int fd, uint64_t id)
{
	struct group *g = &r->groups[r->n_groups];
	char path[4096];
	size_t i;

	for (i = 0; i < r->n_groups; i++)
		if (r->groups[i].id == id)
			return r->groups[i].heard;
	if (fd < 0 || scopes_is_host(r->cfg.scopes) || r->n_groups == GROUPS_MAX)
		return false;
	g->id = id;
	g->heard = id != CGROUP_ROOT_ID &&
		   !cgroup_path(fd, scopes_first(r->cfg.scopes)->mount, path, sizeof(path)) &&
		   !is_around_scope(r, path);
	if (resolver_hooks_attach(r->cfg.datapath, fd, g->heard, &g->hooks))
		return false;
	r->n_groups++;
	return g->heard;
}

static int read_process(struct resolver *who, uint32_t pid)
{
	_cleanup_(closep) int proc = proc_open((pid_t)pid);
	struct stat st;
	uint64_t ticks;
	int r;

	if (proc < 0)
		return proc;
	r = proc_start_ticks(proc, &ticks);
	if (!r)
		r = proc_comm(proc, who->owner.comm, sizeof(who->owner.comm));
	if (!r)
		r = fstat(proc, &st) ? -errno : 0;
	if (r)
		return r;
	who->owner.tgid = pid;
	who->owner.start_ns = proc_ns_of_ticks(ticks);
	who->owner.uid = st.st_uid;
	return 0;
}

static void find_netns(const struct resolvers *r, struct resolver *who)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;

	if (!netns_open_pid(&ns, (pid_t)who->owner.tgid))
		who->netns = ns->cookie;
	who->covered = ns && (namespaces_netns(r->cfg.namespaces, ns->cookie) ||
			      resolvers_is_boxed(r, ns->cookie));
}

void resolvers_forget(struct resolvers *r, size_t i)
{
	size_t p;

	datapath_del_resolver(r->cfg.datapath, r->v[i]->owner.tgid);
	for (p = 0; p < PLACES_MAX; p++)
		if (r->places[p].who == r->v[i])
			r->places[p] = (struct known_place){ 0 };
	for (p = 0; p < SOCKETS_MAX; p++)
		if (r->sockets[p].who == r->v[i])
			r->sockets[p] = (struct held_socket){ 0 };
	free(r->v[i]);
	r->v[i] = r->v[--r->n];
}

static void forget_ended(struct resolvers *r)
{
	size_t i;

	for (i = r->n; i-- > 0;)
		if (!is_alive(r->v[i]))
			resolvers_forget(r, i);
}

const struct resolver *resolvers_by_pid(const struct resolvers *r, uint32_t pid)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (pid && r->v[i]->owner.tgid == pid)
			return r->v[i];
	return NULL;
}

static struct resolver *meet(struct resolvers *r, uint32_t pid)
{
	_cleanup_(freep) struct resolver *who = NULL;
	_cleanup_(closep) int cgroup = -1;
	uint64_t id = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->v[i]->owner.tgid == pid)
			return r->v[i];
	if (!proc_is_initial()) /* the programs count pids in the initial namespace */
		return NULL;
	who = r->n < PROCESSES_MAX ? calloc(1, sizeof(*who)) : NULL;
	if (!who || read_process(who, pid))
		return NULL;
	cgroup = scopes_open_cgroup(r->cfg.scopes, (pid_t)pid, &id);
	who->owner.cgroup = id;
	find_netns(r, who);
	resolver_find_bound(r, who);
	if (resolver_find_way(r, who))
		return NULL;
	who->heard = watch_group(r, cgroup, who->owner.cgroup);
	resolver_hooks_scan(r->cfg.datapath);
	r->v[r->n++] = who;
	return take_ptr(who);
}

const struct resolver *resolvers_by(const struct resolvers *r, const struct la_owner *sender)
{
	const struct resolver *found = resolvers_by_pid(r, sender->tgid);
	size_t i;

	if (found)
		return found;
	for (i = 0; i < r->n; i++) {
		const struct la_owner *o = &r->v[i]->owner;

		if (o->cgroup != sender->cgroup || o->uid != sender->uid)
			continue;
		if (found)
			return NULL;
		found = r->v[i];
	}
	return found;
}

/* --- places --- */

/* It would keep the namespace. */
static void end_asking(struct resolvers *r)
{
	nl_free(take_ptr(r->asked));
}

/* Of any port, only who is at that very address: others listen for something else. */
static bool is_asked(const struct search *s, const struct listener *l)
{
	return s->any_place || addr_equal(&l->addr, &s->at.addr) ||
	       (s->at.port && addr_is_any(&l->addr));
}

static void take_listener(void *arg, const struct listener *l)
{
	struct search *s = arg;

	if (l->inode && s->n < ARRAY_SIZE(s->v) && is_asked(s, l))
		s->v[s->n++] = *l;
}

/* port 0: at a Unix socket */
static void add_place(struct resolver *who, struct la_resolver_place at)
{
	size_t i;

	if (!at.port)
		return;
	for (i = 0; i < who->n_places; i++)
		if (!memcmp(&who->places[i], &at, sizeof(at)))
			return;
	if (who->n_places < RESOLVER_PLACES_MAX)
		who->places[who->n_places++] = at;
}

/* The one who is asked there has been found. */
static void take_holder(struct search *s, const struct listener *l, struct resolver *who)
{
	struct la_resolver_place at = s->at;

	at.addr = l->addr;
	at.port = l->port;
	add_place(who, at);
	if (at.port)
		datapath_add_resolver_place(s->all->cfg.datapath, &at, who->owner.tgid);
	s->found = who;
}

/* proc_sockets() */
static int take_inode(void *arg, uint64_t inode)
{
	struct search *s = arg;
	struct resolvers *r = s->all;
	struct resolver *who;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].inode != inode)
			continue;
		who = meet(r, s->pid);
		if (!who)
			continue;
		r->sockets[r->n_sockets++ % SOCKETS_MAX] = (struct held_socket){ inode, who };
		take_holder(s, &s->v[i], who);
	}
	return 0;
}

/* Whether the holders of all sockets are known already. */
static bool take_known(struct search *s)
{
	const struct held_socket *h;
	size_t i, k, known = 0;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < SOCKETS_MAX; k++) {
			h = &s->all->sockets[k];
			if (!h->who || h->inode != s->v[i].inode)
				continue;
			take_holder(s, &s->v[i], h->who);
			known++;
			break;
		}
	}
	return known == s->n;
}

/* proc_each(). The service manager may hold a socket for a service. */
static int take_process(void *arg, pid_t pid)
{
	struct search *s = arg;
	_cleanup_(closep) int proc = pid == 1 ? -1 : proc_open(pid);

	s->pid = (uint32_t)pid;
	if (proc >= 0)
		proc_sockets(proc, take_inode, s);
	return 0;
}

void resolvers_search(struct search *s)
{
	if (!take_known(s))
		proc_each(take_process, s);
}

/* The one of the last search: most look in the same namespace. NULL: it cannot be asked. */
static struct nl *sockets_of(struct resolvers *r, uint64_t netns)
{
	_cleanup_(netns_freep) struct netns *opened = NULL;
	const struct netns *ns;

	if (r->asked && r->asked_netns == netns)
		return r->asked;
	end_asking(r);
	ns = resolvers_netns(r, netns, &opened);
	if (!ns || nl_open(&r->asked, ns, NETLINK_SOCK_DIAG, 0))
		return NULL;
	r->asked_netns = netns;
	return r->asked;
}

void resolvers_search_place(struct search *s)
{
	struct nl *nl = sockets_of(s->all, s->at.netns);

	if (!nl)
		return;
	if (s->at.port)
		listeners_each(nl, s->at.proto, s->at.port, take_listener, s);
	else
		listeners_at(nl, s->at.proto, &s->at.addr, take_listener, s);
	resolvers_search(s);
}

/* Nobody listens in the asker's namespace: whether it is an address of home. */
static void search_away(struct search *s)
{
	const struct la_resolver_place asked = s->at;

	s->at = resolvers_away_place(s->all, &asked);
	if (!addr_is_any(&s->at.addr))
		resolvers_search_place(s);
	s->at = asked;
	if (s->found)
		datapath_add_resolver_place(s->all->cfg.datapath, &asked, s->found->owner.tgid);
}

static struct known_place *find_place(struct resolvers *r, const struct la_resolver_place *at)
{
	size_t i;

	for (i = 0; i < PLACES_MAX; i++)
		if (r->places[i].looked && !memcmp(&r->places[i].at, at, sizeof(*at)))
			return &r->places[i];
	return NULL;
}

const struct resolver *resolvers_at(struct resolvers *r, const struct la_resolver_place *place,
				    bool *hidden)
{
	struct known_place *p = find_place(r, place);
	struct search s = { .all = r };
	uint64_t now = ktime_now();

	if (p && now - p->looked < (p->who ? BELIEVED_FOR : NOBODY_FOR)) {
		*hidden = p->hidden;
		return p->who;
	}
	s.at = *place;
	forget_ended(r);
	resolvers_search_place(&s);
	if (!s.n)
		resolvers_search_docker(&s);
	if (!s.n)
		search_away(&s);
	if (!s.n)
		resolvers_search_boxed(&s);
	end_asking(r);
	p = find_place(r, place);
	if (!p)
		p = &r->places[r->n_places++ % PLACES_MAX];
	p->at = *place;
	p->who = s.found;
	*hidden = p->hidden = s.n && !s.found;
	p->looked = now;
	return p->who;
}

void resolvers_look_at(struct resolvers *r, uint64_t netns, uint8_t proto, uint16_t port)
{
	struct search s = { .all = r, .any_place = true };

	s.at.netns = netns;
	s.at.proto = proto;
	s.at.port = port;
	resolvers_search_place(&s);
}

bool resolvers_are_deaf(const struct resolvers *r)
{
	return r->deaf;
}

void resolvers_look(struct resolvers *r)
{
	const struct netns *ns;
	size_t i;

	forget_ended(r);
	resolvers_find_boxes(r);
	for (i = 0; i < r->n; i++) /* its sockets may be new */
		resolver_find_bound(r, r->v[i]);
	resolvers_look_unix(r);
	for (i = 0; (ns = namespaces_each(r->cfg.namespaces, i)); i++) {
		resolvers_look_at(r, ns->cookie, IPPROTO_UDP, 53);
		resolvers_look_at(r, ns->cookie, IPPROTO_TCP, 53);
		resolvers_look_at(r, ns->cookie, IPPROTO_TCP, 853);
		resolvers_look_docker(r, ns->cookie);
	}
	resolvers_look_boxed(r);
	resolvers_link_proxies(r);
	resolvers_read_config(r);
	if (r->cfg.refuses)
		resolvers_look_away(r);
	resolvers_look_tls(r);
	end_asking(r);
}
