/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a scope and their network namespaces. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "cgroup.h"
#include "scopes.h"

int scope_pids(const struct scope *s, int (*fn)(void *arg, pid_t pid), void *arg)
{
	return cgroup_pids(s->fd, fn, arg);
}

/*
 * A namespace of a process. If we may not read its inode, we may still see its mark: the inode of
 * net/dev, which differs in each namespace.
 */
struct shown {
	dev_t dev;
	ino_t ino; /* 0: only the mark is known */
	ino_t mark;
	uint32_t number; /* of the process's scope */
};

struct namespaces {
	scopes_netns_fn *fn;
	void *arg;
	struct shown *v;
	size_t n;
};

static int add(struct namespaces *all, struct shown one)
{
	if (!GROW(all->v, all->n))
		return -ENOMEM;
	all->v[all->n++] = one;
	return 0;
}

static bool is_seen(const struct namespaces *all, dev_t dev, ino_t ino, uint32_t number)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->v[i].ino == ino && all->v[i].dev == dev && all->v[i].number == number)
			return true;
	}
	return false;
}

static ino_t read_mark(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static int visit_netns(void *arg, pid_t pid, uint32_t number)
{
	struct namespaces *all = arg;
	struct netns *ns;
	char path[64];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &st) < 0) {
		/* Other errors: it has ended or is a zombie. */
		if (errno == EACCES || errno == EPERM)
			return add(all, (struct shown){ .mark = read_mark(pid) });
		return 0;
	}
	if (is_seen(all, st.st_dev, st.st_ino, number))
		return 0;
	r = netns_open_pid(&ns, pid);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* The process may have changed its namespace since stat(). */
	r = is_seen(all, ns->dev, ns->ino, number);
	if (r == 0)
		r = add(all, (struct shown){ ns->dev, ns->ino, read_mark(pid), number });
	if (r) {
		netns_free(ns);
		return MIN(r, 0);
	}
	return all->fn(all->arg, ns, pid, number);
}

/* Whether access was denied and no other process has the same mark. */
static bool is_hidden(const struct namespaces *all, const struct shown *one)
{
	size_t i;

	if (one->ino)
		return false;
	for (i = 0; i < all->n; i++) {
		if (all->v[i].ino && one->mark && all->v[i].mark == one->mark)
			return false;
	}
	return true;
}

int scopes_netns(const struct scopes *s, scopes_netns_fn *fn, void *arg)
{
	struct namespaces all = { .fn = fn, .arg = arg };
	int r = scopes_pids(s, visit_netns, &all);
	size_t i;

	for (i = 0; i < all.n && r == 0; i++) {
		if (is_hidden(&all, &all.v[i]))
			r = -EACCES;
	}
	free(all.v);
	return r;
}
