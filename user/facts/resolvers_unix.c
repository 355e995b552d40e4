/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers that are asked by a Unix socket. */
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define PATHS_MAX 2

/* Where each of them listens, or is reached; and the bus by which it is asked as well. */
static const struct {
	const char *paths[PATHS_MAX], *bus[PATHS_MAX];
} services[] = {
	{ { "/run/nscd/socket", "/var/run/nscd/socket" }, { NULL } },
	{ { "/run/systemd/resolve/io.systemd.Resolve" },
	  { "/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket" } },
};

/* Who listens at one of the paths; NULL: nobody that can be found. */
static struct resolver *find(struct resolvers *r, const char *const *paths)
{
	struct search s = { .all = r, .any_place = true };
	size_t i;

	for (i = 0; i < PATHS_MAX && paths[i] && !s.n; i++) {
		s.v[0].inode = listeners_unix(paths[i]);
		s.n = s.v[0].inode != 0;
	}
	if (s.n)
		resolvers_search(&s);
	return s.found;
}

/* Nobody asks dockerd there. It is found by it before it serves its first container. */
static void look_for_docker(struct resolvers *r)
{
	static const char *const paths[PATHS_MAX] = { "/run/docker.sock", "/var/run/docker.sock" };
	struct resolver *who = find(r, paths);

	if (who)
		resolvers_take_docker(r, who);
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
	struct la_resolver_path own, bus;
	const struct resolver *who;
	bool found = false;
	size_t i;

	look_for_docker(r);
	for (i = 0; i < ARRAY_SIZE(services); i++) {
		who = find(r, services[i].paths);
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
