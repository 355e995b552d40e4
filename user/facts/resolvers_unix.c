/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers that are asked by a Unix socket. */
#include "datapath/resolver_hooks.h"
#include "resolvers_priv.h"

#define PATHS_MAX 2

/* Where each of them listens, or is reached. */
static const char *const services[][PATHS_MAX] = {
	{ "/run/nscd/socket", "/var/run/nscd/socket" },
	{ "/run/systemd/resolve/io.systemd.Resolve", NULL },
};

/* Who listens at one of the paths; 0: nobody that can be found. */
static uint32_t find(struct resolvers *r, const char *const *paths)
{
	struct search s = { .all = r, .any_place = true };
	size_t i;

	for (i = 0; i < PATHS_MAX && paths[i] && !s.n; i++) {
		s.v[0].inode = listeners_unix(paths[i]);
		s.n = s.v[0].inode != 0;
	}
	if (s.n)
		resolvers_search(&s);
	return s.found ? s.found->owner.tgid : 0;
}

/* Nobody asks dockerd there. It is found by it before it serves its first container. */
static void look_for_docker(struct resolvers *r)
{
	static const char *const paths[PATHS_MAX] = { "/run/docker.sock", "/var/run/docker.sock" };

	find(r, paths);
}

/* Where questions are refused, those to nobody that is known are as well: one may come any time. */
void resolvers_look_unix(struct resolvers *r)
{
	bool found = false;
	size_t i, k;
	uint32_t pid;

	look_for_docker(r);
	for (i = 0; i < ARRAY_SIZE(services); i++) {
		pid = find(r, services[i]);
		found |= pid != 0;
		for (k = 0; k < PATHS_MAX && services[i][k] && (pid || r->cfg.refuses); k++)
			datapath_set_resolver_path(r->cfg.datapath, services[i][k], pid);
	}
	if (found || r->cfg.refuses)
		r->deaf |= resolver_hooks_listen(r->cfg.datapath, r->cfg.scopes) < 0 && found;
}
