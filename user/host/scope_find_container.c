/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the cgroup of a container by its name or id. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "container.h"
#include "scope_find.h"

/* Containers listed in the message if a name is not unique. */
#define CONTAINERS_SHOWN 8

/* A shorter beginning of an id is more likely a mistake. */
#define ID_PREFIX_MIN 4

/* How well a container is meant. The best count. */
enum meant { NOT_MEANT, BY_PREFIX, BY_NAME, BY_ID };

struct container_search {
	const char *arg;
	enum meant best;
	int fd; /* directory of the first one */
	unsigned int found;
	char list[1024]; /* one line each */
};

/* unnamed: it is not meant as far as known, but has no name yet. */
static enum meant is_meant(const char *arg, const char *path, struct container *c, bool *unnamed)
{
	char name[CONTAINER_ID_SIZE];
	size_t len = strlen(arg);

	*unnamed = false;
	if (!strcmp(c->id, arg))
		return BY_ID;
	if (!container_name(c, "", path, name, sizeof(name)))
		*unnamed = true;
	else if (!strcmp(name, arg))
		return BY_NAME;
	return len >= ID_PREFIX_MIN && strspn(arg, "0123456789abcdef") == len &&
			       !strncmp(c->id, arg, len)
		       ? BY_PREFIX
		       : NOT_MEANT;
}

static bool is_container(const char *path, struct container *c)
{
	return container_of_cgroup("", path, c) && !path[c->path_len];
}

int scope_is_container(void *arg, const char *path)
{
	struct container c;
	bool unnamed;

	if (!is_container(path, &c))
		return 0;
	if (is_meant(arg, path, &c, &unnamed) != NOT_MEANT)
		return 1;
	return unnamed ? -EAGAIN : 0;
}

static int match_container(void *arg, int fd, const char *path)
{
	struct container_search *s = arg;
	struct container c;
	enum meant meant;
	bool unnamed;
	size_t used;

	if (!is_container(path, &c))
		return 0;
	meant = is_meant(s->arg, path, &c, &unnamed);
	if (meant == NOT_MEANT || meant < s->best)
		return 0;
	if (meant > s->best) {
		s->best = meant;
		s->found = 0;
		s->list[0] = '\0';
		closep(&s->fd);
	}
	if (!s->found++) {
		s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (s->fd < 0)
			return -errno;
	}
	used = strlen(s->list);
	if (s->found <= CONTAINERS_SHOWN)
		snprintf(s->list + used, sizeof(s->list) - used, "%s--cgroup %s", used ? "\n" : "",
			 path);
	return 0;
}

static int no_container(struct scope_finder *f, const char *arg)
{
	fault_say(f->fault, -ENOENT, "no running container '%s' has a cgroup below %s", arg,
		  f->scope->mount);
	return fault_help(f->fault, -ENOENT,
			  "start it, or see 'podman ps', 'docker ps', 'crictl ps', 'ctr task ls', "
			  "'lxc-ls' or 'machinectl' for its name; a rootless container without a "
			  "cgroup of its "
			  "own is found by the --pid of one of its processes");
}

int scope_find_container(struct scope_finder *f, const char *arg)
{
	struct container_search s = { .arg = arg, .fd = -1 };
	int r;

	if (!*arg || strchr(arg, '/')) {
		fault_say(f->fault, -EINVAL, "'%s' is not the name or id of a container", arg);
		return fault_help(f->fault, -EINVAL, "use --cgroup for a path");
	}
	r = cgroup_walk(f->scope->mount_fd, "/", match_container, &s);
	f->scope->fd = s.fd;
	if (r < 0)
		return r;
	if (!s.found)
		return no_container(f, arg);
	if (s.found == 1)
		return 0;
	fault_say(f->fault, -ENOTUNIQ, "there are %u containers '%s'; choose one:", s.found, arg);
	return fault_help(f->fault, -ENOTUNIQ, "%s%s", s.list,
			  s.found > CONTAINERS_SHOWN ? "\n..." : "");
}
