/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a cgroup subtree. */
#include <errno.h>
#include <fcntl.h>

#include "cgroup.h"

struct pids {
	int (*fn)(void *arg, pid_t pid);
	void *arg;
};

/* Reads digits and newlines. A number may be split between two reads. */
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
	_cleanup_(closep) int procs = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int threads = -1;
	int r;

	(void)path;
	if (procs < 0)
		return 0; /* removed */
	r = read_pids(procs, arg);
	if (r == -EOPNOTSUPP) {
		/*
		 * A threaded cgroup: its processes are listed further up, but /proc has entries for
		 * threads, too.
		 */
		threads = openat(fd, "cgroup.threads", O_RDONLY | O_CLOEXEC);
		r = threads < 0 ? 0 : read_pids(threads, arg);
	}
	return r == -ENODEV ? 0 : r; /* removed while it was read */
}

int cgroup_pids(int fd, int (*fn)(void *arg, pid_t pid), void *arg)
{
	struct pids p = { fn, arg };

	return cgroup_walk(fd, "/", visit, &p);
}
