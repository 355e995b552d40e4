/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolvers.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "datapath/resolver_hooks.h"
#include "host/cgroup.h"
#include "host/proc.h"
#include "listeners.h"
#include "network/nl.h"

#define PROCESSES_MAX 64
#define GROUPS_MAX 32
#define PLACES_MAX 256

/* How long is believed who answers at a place, and that nobody is found there. */
#define BELIEVED_FOR (5 * NSEC_PER_SEC)
#define NOBODY_FOR NSEC_PER_SEC

/* What is known of a place. */
struct known_place {
	struct resolver_place at;
	struct resolver *who; /* NULL: nobody was found */
	bool hidden; /* though there is a socket */
	uint64_t looked; /* ktime */
};

/* Sockets whose holder is known: else each look would be a walk through all open files. */
#define SOCKETS_MAX 256
struct held_socket {
	uint64_t inode;
	struct resolver *who;
};

struct group {
	uint64_t id;
	bool heard;
	struct resolver_hooks *hooks;
};

struct resolvers {
	struct datapath *datapath;
	const struct namespaces *namespaces;
	const struct scopes *scopes;
	struct resolver *v[PROCESSES_MAX];
	size_t n;
	struct group groups[GROUPS_MAX];
	size_t n_groups;
	struct known_place places[PLACES_MAX];
	size_t n_places; /* in all; the last PLACES_MAX are kept */
	struct held_socket sockets[SOCKETS_MAX];
	size_t n_sockets; /* the same */
	bool deaf; /* what is sent to a resolver by a Unix socket is not told */
};

int resolvers_open(struct resolvers **ret, struct datapath *k, const struct namespaces *n,
		   const struct scopes *scopes)
{
	struct resolvers *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->datapath = k;
	r->namespaces = n;
	r->scopes = scopes;
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

/* Its cgroup's directory, with the id in *id; -1: it cannot be opened. */
static int open_cgroup(const struct resolvers *r, uint32_t pid, __u64 *id)
{
	char path[4096];
	int fd;

	if (cgroup_of_pid(pid, path, sizeof(path)) || !strncmp(path, "/..", 3))
		return -1;
	fd = openat(scopes_first(r->scopes)->mount_fd, path[1] ? path + 1 : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*id = fd < 0 ? 0 : cgroup_id(fd);
	return fd;
}

static bool is_around_scope(const struct resolvers *r, const char *path)
{
	size_t i;

	for (i = 0; i < r->scopes->n; i++)
		if (cgroup_is_below(r->scopes->v[i]->path, path))
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
	if (fd < 0 || scopes_is_host(r->scopes) || r->n_groups == GROUPS_MAX)
		return false;
	g->id = id;
	g->heard = id != CGROUP_ROOT_ID &&
		   !cgroup_path(fd, scopes_first(r->scopes)->mount, path, sizeof(path)) &&
		   !is_around_scope(r, path);
	if (resolver_hooks_attach(r->datapath, fd, g->heard, &g->hooks))
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

static bool is_covered(const struct resolvers *r, uint32_t pid)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;

	return !netns_open_pid(&ns, (pid_t)pid) && namespaces_netns(r->namespaces, ns->cookie);
}

static void forget(struct resolvers *r, size_t i)
{
	size_t p;

	datapath_del_resolver(r->datapath, r->v[i]->owner.tgid);
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
			forget(r, i);
}

static struct resolver *meet(struct resolvers *r, uint32_t pid)
{
	_cleanup_(freep) struct resolver *who = NULL;
	_cleanup_(closep) int cgroup = -1;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->v[i]->owner.tgid == pid)
			return r->v[i];
	if (!proc_is_initial()) /* the programs count pids in the initial namespace */
		return NULL;
	who = r->n < PROCESSES_MAX ? calloc(1, sizeof(*who)) : NULL;
	if (!who || read_process(who, pid))
		return NULL;
	cgroup = open_cgroup(r, pid, &who->owner.cgroup);
	if (datapath_add_resolver(r->datapath, pid))
		return NULL;
	who->heard = watch_group(r, cgroup, who->owner.cgroup);
	who->covered = is_covered(r, pid);
	resolver_hooks_scan(r->datapath);
	r->v[r->n++] = who;
	return take_ptr(who);
}

const struct resolver *resolvers_by(const struct resolvers *r, const struct la_owner *sender)
{
	const struct resolver *found = NULL;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (sender->tgid && r->v[i]->owner.tgid == sender->tgid)
			return r->v[i];
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

/* A search for whoever holds the sockets of a place. */
struct search {
	struct resolvers *all;
	struct resolver_place at;
	bool any_place; /* every address of the port */
	struct listener v[16];
	size_t n;
	uint32_t pid; /* of the process that is looked at */
	struct resolver *found;
};

static void take_listener(void *arg, const struct listener *l)
{
	static const struct la_addr any;
	struct search *s = arg;

	if (l->inode && s->n < ARRAY_SIZE(s->v) &&
	    (s->any_place || addr_equal(&l->addr, &any) || addr_equal(&l->addr, &s->at.addr)))
		s->v[s->n++] = *l;
}

/* port 0: at a Unix socket */
static void add_place(struct resolver *who, struct resolver_place at)
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
	struct resolver_place at = s->at;

	at.addr = l->addr;
	add_place(who, at);
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

static void search(struct search *s)
{
	const struct netns *ns = namespaces_netns(s->all->namespaces, s->at.netns);
	_cleanup_(nl_freep) struct nl *nl = NULL;

	if (!ns || nl_open(&nl, ns, NETLINK_SOCK_DIAG, 0))
		return;
	listeners_each(nl, s->at.proto, s->at.port, take_listener, s);
	if (!take_known(s))
		proc_each(take_process, s);
}

static struct known_place *find_place(struct resolvers *r, const struct resolver_place *at)
{
	size_t i;

	for (i = 0; i < PLACES_MAX; i++)
		if (r->places[i].looked && !memcmp(&r->places[i].at, at, sizeof(*at)))
			return &r->places[i];
	return NULL;
}

const struct resolver *resolvers_at(struct resolvers *r, const struct resolver_place *place,
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
	search(&s);
	p = find_place(r, place);
	if (!p)
		p = &r->places[r->n_places++ % PLACES_MAX];
	p->at = *place;
	p->who = s.found;
	*hidden = p->hidden = s.n && !s.found;
	p->looked = now;
	return p->who;
}

static void look_at(struct resolvers *r, uint64_t netns, uint8_t proto, uint16_t port)
{
	struct search s = { .all = r, .any_place = true };

	s.at.netns = netns;
	s.at.proto = proto;
	s.at.port = port;
	search(&s);
}

/* --- Unix sockets --- */

/* Where resolvers listen, and by what other path they are reached. */
static const struct {
	const char *path, *also;
} unix_paths[] = {
	{ "/run/nscd/socket", "/var/run/nscd/socket" },
	{ "/var/run/nscd/socket", "/run/nscd/socket" },
	{ "/run/systemd/resolve/io.systemd.Resolve", NULL },
};

static void look_at_unix(struct resolvers *r, const char *path, const char *also)
{
	struct search s = { .all = r, .any_place = true, .n = 1 };
	uint32_t pid;

	s.v[0].inode = listeners_unix(path);
	if (!s.v[0].inode)
		return;
	if (!take_known(&s))
		proc_each(take_process, &s);
	if (!s.found)
		return;
	pid = s.found->owner.tgid;
	datapath_add_resolver_path(r->datapath, path, pid);
	if (also)
		datapath_add_resolver_path(r->datapath, also, pid);
	r->deaf |= resolver_hooks_listen(r->datapath, r->scopes) < 0;
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
	for (i = 0; i < ARRAY_SIZE(unix_paths); i++)
		look_at_unix(r, unix_paths[i].path, unix_paths[i].also);
	for (i = 0; (ns = namespaces_each(r->namespaces, i)); i++) {
		look_at(r, ns->cookie, IPPROTO_UDP, 53);
		look_at(r, ns->cookie, IPPROTO_TCP, 853);
	}
}
