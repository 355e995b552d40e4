/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a scope, and the network namespaces that they are in. */
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"

struct pids {
	int (*fn)(void *arg, pid_t pid);
	void *arg;
};

/* Digits and newlines; a number may be split between two reads. */
static int read_pids(int fd, const struct pids *p)
{
	char buf[4096];
	pid_t pid = 0;
	ssize_t n, i;
	int r;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
				continue;
			}
			/* 0: a process that our pid namespace does not have */
			r = pid ? p->fn(p->arg, pid) : 0;
			if (r < 0)
				return r;
			pid = 0;
		}
	}
	return n < 0 ? -errno : 0;
}

static int visit(void *arg, int fd, const char *path)
{
	_cleanup_(closep) int procs = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC), threads = -1;
	int r;

	(void)path;
	if (procs < 0)
		return 0; /* removed */
	r = read_pids(procs, arg);
	if (r == -EOPNOTSUPP) {
		/* A threaded cgroup: its processes are listed further up, but
		 * a thread's entries of /proc do as well. */
		threads = openat(fd, "cgroup.threads", O_RDONLY | O_CLOEXEC);
		r = threads < 0 ? 0 : read_pids(threads, arg);
	}
	return r == -ENODEV ? 0 : r; /* removed while it was read */
}

int scope_pids(const struct scope *s, int (*fn)(void *arg, pid_t pid), void *arg)
{
	struct pids p = { fn, arg };

	return cgroup_walk(s->fd, s->path, visit, &p);
}

struct namespaces {
	int (*fn)(void *arg, struct netns *ns, pid_t pid);
	void *arg;
	struct {
		dev_t dev;
		ino_t ino;
	} *seen;
	size_t n;
	bool denied;
};

static bool is_seen(const struct namespaces *all, const struct stat *st)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->seen[i].ino == st->st_ino && all->seen[i].dev == st->st_dev)
			return true;
	}
	return false;
}

static int visit_netns(void *arg, pid_t pid)
{
	struct namespaces *all = arg;
	struct netns *ns;
	char path[64];
	struct stat st;
	void *grown;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &st) < 0) {
		all->denied |= errno == EACCES || errno == EPERM;
		return 0; /* dead, or a zombie */
	}
	if (is_seen(all, &st))
		return 0;
	r = netns_open_pid(&ns, pid);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* It may have changed its namespace since stat(). */
	st.st_dev = ns->dev;
	st.st_ino = ns->ino;
	grown = is_seen(all, &st) ? NULL : reallocarray(all->seen, all->n + 1, sizeof(*all->seen));
	if (!grown) {
		netns_free(ns);
		return is_seen(all, &st) ? 0 : -ENOMEM;
	}
	all->seen = grown;
	all->seen[all->n].dev = st.st_dev;
	all->seen[all->n++].ino = st.st_ino;
	return all->fn(all->arg, ns, pid);
}

int scope_netns(const struct scope *s, int (*fn)(void *arg, struct netns *ns, pid_t pid), void *arg)
{
	struct namespaces all = { .fn = fn, .arg = arg };
	int r = scope_pids(s, visit_netns, &all);

	free(all.seen);
	return r == 0 && all.denied ? -EACCES : r;
}
