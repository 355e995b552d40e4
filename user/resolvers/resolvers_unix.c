/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers that are asked by a Unix socket. */
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define PATHS_MAX 2

/* Where each of them listens, or is reached; and the bus by which it is asked as well. */
struct service {
	const char *paths[PATHS_MAX], *bus[PATHS_MAX];
};
static const struct service services[] = {
	{ { "/run/nscd/socket", "/var/run/nscd/socket" }, { NULL } },
	{ { "/run/systemd/resolve/io.systemd.Resolve" },
	  { "/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket" } },
};

/* Nobody asks dockerd there. It is found by it before it serves its first container. */
static const struct service docker = { { "/run/docker.sock", "/var/run/docker.sock" }, { NULL } };

#define LISTENERS_MAX ((ARRAY_SIZE(services) + 1) * PATHS_MAX)
struct unix_look {
	struct resolvers *all;
	struct unix_listener v[LISTENERS_MAX];
	size_t n;
};

static void add_paths(struct unix_look *l, const struct service *s)
{
	size_t i;

	for (i = 0; i < PATHS_MAX && s->paths[i]; i++)
		l->v[l->n++].path = s->paths[i];
}

static uint64_t inode_at(const struct unix_look *l, const char *path)
{
	size_t i;

	for (i = 0; i < l->n && l->v[i].path != path; i++)
		;
	return i < l->n ? l->v[i].inode : 0;
}

/* Who listens at one of the paths; NULL: nobody that can be found. */
static struct resolver *find(const struct unix_look *l, const struct service *service)
{
	struct search s = { .all = l->all, .any_place = true };
	size_t i;

	for (i = 0; i < PATHS_MAX && service->paths[i] && !s.n; i++) {
		s.v[0].inode = inode_at(l, service->paths[i]);
		s.n = s.v[0].inode != 0;
	}
	if (s.n)
		resolvers_search(&s);
	return s.found;
}

static void tell(struct resolvers *r, const char *const *paths, const struct la_resolver_path *who)
{
	size_t i;

	for (i = 0; i < PATHS_MAX && paths[i]; i++)
		datapath_set_resolver_path(r->cfg.datapath, paths[i], who);
}

/* Where questions are refused, those to nobody that is known are as well: one may come any time. */
void resolvers_look_unix(struct resolvers *r)
{
	struct unix_look l = { .all = r };
	struct la_resolver_path own, bus;
	struct resolver *who;
	bool found = false;
	size_t i;

	add_paths(&l, &docker);
	for (i = 0; i < ARRAY_SIZE(services); i++)
		add_paths(&l, &services[i]);
	listeners_unix(l.v, l.n);
	who = find(&l, &docker);
	if (who)
		resolvers_take_docker(r, who);
	for (i = 0; i < ARRAY_SIZE(services); i++) {
		who = find(&l, &services[i]);
		own = bus = (struct la_resolver_path){ .pid = who ? who->owner.tgid : 0 };
		bus.is_bus = true;
		found |= own.pid != 0;
		if (!own.pid && !r->cfg.refuses)
			continue;
		tell(r, services[i].paths, &own);
		tell(r, services[i].bus, &bus);
	}
	if (found || r->cfg.refuses)
		r->deaf |= resolver_hooks_listen(r->cfg.datapath, r->cfg.scopes) < 0 && found;
}
