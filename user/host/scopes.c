/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scopes.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cgroup.h"

void scopes_clear(struct scopes *s)
{
	while (s->n)
		scope_free(s->v[--s->n]);
}

bool scopes_is_open(const struct scopes *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->fd >= 0)
			return true;
	return false;
}

const struct scope *scopes_twin(const struct scopes *s, size_t i)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		if (k != i && s->v[k]->fd >= 0 && s->v[k]->id == s->v[i]->id)
			return s->v[k];
	return NULL;
}

/* Whether a path is in an open scope. In a container its own root is "/". */
static bool has_path(const struct scope *s, const char *path)
{
	return s->fd >= 0 && (!s->path[1] || cgroup_is_below(path, s->path));
}

const struct scope *scopes_around(const struct scopes *s, size_t i)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		if (s->v[k]->id != s->v[i]->id && has_path(s->v[k], s->v[i]->path))
			return s->v[k];
	return NULL;
}

uint32_t scopes_of_pid(const struct scopes *s, pid_t pid)
{
	char path[2 * PATH_MAX];
	size_t found = s->n, i;

	if (scopes_is_host(s))
		return 1;
	if (cgroup_of_pid((uint64_t)pid, path, sizeof(path)))
		return 0;
	for (i = 0; i < s->n; i++)
		if (has_path(s->v[i], path) &&
		    (found == s->n || s->v[i]->level > s->v[found]->level))
			found = i;
	return found < s->n ? (uint32_t)found + 1 : 0;
}

int scopes_open_cgroup(const struct scopes *s, pid_t pid, uint64_t *id)
{
	char path[PATH_MAX];
	int fd;

	if (cgroup_of_pid((uint64_t)pid, path, sizeof(path)) || !strncmp(path, "/..", 3))
		return -1;
	fd = openat(scopes_first(s)->mount_fd, path[1] ? path + 1 : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*id = fd < 0 ? 0 : cgroup_id(fd);
	return fd;
}

struct each {
	const struct scopes *scopes;
	scopes_pid_fn *fn;
	void *arg;
	uint32_t number; /* 0: another scope is within this one */
};

static int visit(void *arg, pid_t pid)
{
	const struct each *e = arg;
	uint32_t number = e->number ?: scopes_of_pid(e->scopes, pid);

	return number ? e->fn(e->arg, pid, number) : 0; /* 0: it has left */
}

static bool is_around(const struct scopes *s, size_t i)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		if (s->v[k]->fd >= 0 && s->v[k]->id != s->v[i]->id &&
		    has_path(s->v[i], s->v[k]->path))
			return true;
	return false;
}

int scopes_pids(const struct scopes *s, scopes_pid_fn *fn, void *arg)
{
	struct each e = { .scopes = s, .fn = fn, .arg = arg };
	size_t i;
	int r = 0;

	for (i = 0; i < s->n && !r; i++) {
		if (s->v[i]->fd < 0 || scopes_around(s, i))
			continue;
		e.number = is_around(s, i) ? 0 : (uint32_t)i + 1;
		r = scope_pids(s->v[i], visit, &e);
	}
	return r;
}
