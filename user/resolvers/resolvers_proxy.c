/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * docker-proxy listens at a port of the host's that a container publishes, and passes what comes
 * there on to the container, which its arguments name. Only root's is believed.
 */
#include <stdlib.h>
#include <string.h>

#include "host/proc.h"
#include "resolvers_priv.h"

/* The argument behind the one with that name. NULL: it has none. */
static const char *argument(const char *args, size_t n, const char *name)
{
	const char *end = args + n, *next;

	for (; args < end; args = next) {
		next = args + strlen(args) + 1;
		if (!strcmp(args, name))
			return next < end ? next : NULL;
	}
	return NULL;
}

static bool read_target(const struct resolver *who, struct la_endpoint *ret)
{
	_cleanup_(closep) int proc = proc_open((pid_t)who->owner.tgid);
	const char *addr, *port;
	char args[1024];
	ssize_t n = proc < 0 ? 0 : proc_command_line(proc, args, sizeof(args) - 1);

	if (n <= 0)
		return false;
	args[n] = '\0';
	addr = argument(args, (size_t)n, "-container-ip");
	port = argument(args, (size_t)n, "-container-port");
	if (!addr || !port || !addr_parse(addr, &ret->addr))
		return false;
	ret->port = (uint16_t)strtoul(port, NULL, 10);
	return true;
}

bool resolvers_proxy_target(const struct resolver *who, struct la_endpoint *ret)
{
	*ret = (struct la_endpoint){ 0 };
	if (strcmp(who->owner.comm, "docker-proxy") != 0 || who->owner.uid || !who->n_places)
		return false;
	ret->proto = who->places[0].proto; /* a process serves one */
	return read_target(who, ret);
}

void resolvers_link_proxies(struct resolvers *r)
{
	const struct resolver *next;
	struct la_endpoint at;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (!resolvers_proxy_target(r->v[i], &at))
			continue;
		next = resolvers_next_at(r, r->v[i], &at);
		if (next)
			resolvers_note_asked(r, next, r->v[i]->owner.tgid);
		resolver_find_way(r, r->v[i]);
	}
}
