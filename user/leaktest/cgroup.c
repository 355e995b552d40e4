/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "host/cgroup.h"

/* The last process has ended, but the kernel may still count it for a moment. */
#define REMOVE_TRIES 100
#define REMOVE_PAUSE_US 10000

static int make_below(struct probe_cgroup *c, const struct scope *parent)
{
	const char *above = strcmp(parent->path, "/") ? parent->path : "";

	snprintf(c->name, sizeof(c->name), CGROUP_LEAK_TEST "%d", (int)getpid());
	c->parent = fcntl(parent->fd, F_DUPFD_CLOEXEC, 0);
	if (c->parent < 0)
		return -errno;
	unlinkat(c->parent, c->name, AT_REMOVEDIR); /* left by a killed process with our pid */
	if (mkdirat(c->parent, c->name, 0755))
		return -errno;
	c->fd = openat(c->parent, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->fd < 0)
		return -errno;
	if (asprintf(&c->path, "%s%s/%s", parent->mount, above, c->name) < 0) {
		c->path = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* A child of a threaded cgroup accepts no process: try before anything depends on it. */
static int try_below(struct probe_cgroup *c, const struct scope *parent)
{
	_cleanup_(closep) int type = -1;
	char word[32] = "";
	int r = make_below(c, parent);

	if (!r) {
		type = openat(c->fd, "cgroup.type", O_RDONLY | O_CLOEXEC);
		if (type >= 0 && read(type, word, sizeof(word) - 1) > 0 &&
		    strncmp(word, "domain invalid", 14) == 0)
			r = -EOPNOTSUPP;
	}
	if (r)
		probe_cgroup_remove(c);
	return r;
}

static int make_at(struct probe_cgroup *c, enum scope_by by, const char *arg)
{
	_cleanup_(scope_freep) struct scope *at = NULL;
	struct fault unread;
	int r = scope_open(&at, by, arg, &unread);

	return r ?: try_below(c, at);
}

int probe_cgroup_make(struct probe_cgroup *ret, const struct scope *parent)
{
	struct probe_cgroup c = { .parent = -1, .fd = -1 };
	char self[16];
	int r;

	if (parent) {
		r = try_below(&c, parent);
	} else {
		snprintf(self, sizeof(self), "%d", (int)getpid());
		r = make_at(&c, SCOPE_PID, self);
		if (r)
			r = make_at(&c, SCOPE_HOST, NULL);
	}
	*ret = c;
	return r;
}

static bool is_in(const struct probe_cgroup *c, pid_t pid)
{
	_cleanup_(closep) int fd = openat(c->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char buf[256] = "", *line, *save = NULL;

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		return false;
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (atoi(line) == (int)pid)
			return true;
	return false;
}

int probe_cgroup_enter(const struct probe_cgroup *c, pid_t pid)
{
	_cleanup_(closep) int fd = openat(c->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	char word[16];
	int len = snprintf(word, sizeof(word), "%d", (int)pid);

	if (fd < 0 || write(fd, word, (size_t)len) < 0)
		return -errno;
	return is_in(c, pid) ? 0 : -ESRCH;
}

void probe_cgroup_remove(struct probe_cgroup *c)
{
	int tries = 0;

	while (c->fd >= 0 && unlinkat(c->parent, c->name, AT_REMOVEDIR) && errno == EBUSY &&
	       tries++ < REMOVE_TRIES)
		usleep(REMOVE_PAUSE_US);
	closep(&c->fd);
	closep(&c->parent);
	free(c->path);
	*c = (struct probe_cgroup){ .parent = -1, .fd = -1 };
}
