/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "cgroup.h"
#include "base/util.h"

/*
 * If not every directory can be watched (fs.inotify.max_user_watches), all are read, at most this
 * often.
 */
#define RESCAN_NS (NSEC_PER_SEC / 2)

/* A directory with an inotify watch for its children. */
struct watched {
	int wd; /* -1: the limit of watches was reached */
	unsigned int round; /* number of the last scan that found it */
	char *path; /* path below the mount; "/" for the mount itself */
	bool present; /* it contains a target */
	bool read; /* the target was found by reading: its inotify event may still follow */
};

struct cgroup_wait {
	int fd, mount_fd;
	char *target;
	struct watched *v;
	size_t n;
	uint64_t created;
	char path[PATH_MAX]; /* path of the last target; "": none */
	unsigned int round;
	bool blind; /* a directory has no watch */
	bool overflowed; /* events were lost */
	uint64_t scanned; /* time of the last scan, ktime */
};

static const char *name_of(const struct cgroup_wait *w)
{
	return strrchr(w->target, '/') ? strrchr(w->target, '/') + 1 : w->target;
}

/* Whether the target may be a child of that directory. */
static bool may_contain(const struct cgroup_wait *w, const char *path)
{
	size_t parent = strlen(w->target) - strlen(name_of(w));

	if (w->target[0] != '/')
		return true;
	/* compares "/a/" with "/a", and "/" with "/" */
	return strlen(path) == MAX(parent - 1, 1) && !strncmp(path, w->target, MAX(parent - 1, 1));
}

/*
 * Whether the target may be anywhere below. A directory with the target's name is not searched:
 * what is in it is part of it.
 */
static bool may_be_below(const struct cgroup_wait *w, const char *path)
{
	size_t n = strlen(path);

	if (w->target[0] != '/')
		return strcmp(strrchr(path, '/') + 1, w->target) != 0;
	if (n == 1)
		return true;
	return !strncmp(w->target, path, n) && w->target[n] == '/';
}

static void join(char *buf, size_t size, const char *dir, const char *name)
{
	snprintf(buf, size, "%s/%s", dir[1] ? dir : "", name);
}

/* Counts a target. An event for its removal may be missing before the next one is created. */
static void note_created(struct cgroup_wait *w, struct watched *in, bool read)
{
	bool known = in->present && (read || in->read);

	in->read = read && !known;
	if (known)
		return;
	in->present = true;
	w->created++;
	join(w->path, sizeof(w->path), in->path, name_of(w));
}

/* Marks the target as removed. Another of that name may be elsewhere. */
static void note_removed(struct cgroup_wait *w, struct watched *in)
{
	size_t i;

	in->present = false;
	w->path[0] = '\0';
	for (i = 0; i < w->n; i++)
		if (w->v[i].present)
			join(w->path, sizeof(w->path), w->v[i].path, name_of(w));
}

static struct watched *find(struct cgroup_wait *w, int wd)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->v[i].wd == wd)
			return &w->v[i];
	return NULL;
}

static struct watched *find_unwatched(struct cgroup_wait *w, const char *path)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->v[i].wd < 0 && !strcmp(w->v[i].path, path))
			return &w->v[i];
	return NULL;
}

static struct watched *add(struct cgroup_wait *w, int wd, const char *path)
{
	struct watched *v = wd < 0 ? NULL : find(w, wd);

	v = v ?: find_unwatched(w, path);
	if (v) {
		v->wd = wd;
		return v;
	}
	v = reallocarray(w->v, w->n + 1, sizeof(*v));
	if (!v)
		return NULL;
	w->v = v;
	v[w->n] = (struct watched){ .wd = wd, .path = strdup(path) };
	return v[w->n].path ? &v[w->n++] : NULL;
}

static void forget(struct cgroup_wait *w, struct watched *gone)
{
	if (gone->present)
		note_removed(w, gone);
	free(gone->path);
	*gone = w->v[--w->n];
}

/* A cgroup_fn. It adds the watch before it reads, so that no child is missed between the two. */
static int visit(void *arg, int fd, const char *path)
{
	struct cgroup_wait *w = arg;
	struct watched *in;
	char self[64];
	int wd;

	if (!may_be_below(w, path))
		return CGROUP_SKIP;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->fd, self, IN_CREATE | IN_DELETE | IN_ONLYDIR);
	if (wd < 0 && errno != ENOSPC)
		return 0; /* gone */
	w->blind |= wd < 0;
	in = add(w, wd, path);
	if (!in)
		return -ENOMEM;
	in->round = w->round;
	if (!may_contain(w, path))
		return 0;
	if (!faccessat(fd, name_of(w), F_OK, 0))
		note_created(w, in, true);
	else if (in->present)
		note_removed(w, in);
	return 0;
}

static int scan(struct cgroup_wait *w, const char *below)
{
	int fd =
		openat(w->mount_fd, below[1] ? below + 1 : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return 0; /* gone */
	r = cgroup_walk(fd, below, visit, w);
	close(fd);
	return MIN(r, 0);
}

/* Scans all directories. Drops those that are not found any more. */
static int scan_all(struct cgroup_wait *w)
{
	size_t i = 0;
	int r;

	w->round++;
	w->scanned = ktime_now();
	r = scan(w, "/");
	while (!r && i < w->n) {
		if (w->v[i].round != w->round)
			forget(w, &w->v[i]);
		else
			i++;
	}
	return r;
}

static void take(struct cgroup_wait *w, const struct inotify_event *e)
{
	struct watched *in = find(w, e->wd);
	char path[PATH_MAX];

	if (e->mask & IN_Q_OVERFLOW) {
		w->overflowed = true;
		scan_all(w);
		return;
	}
	if (in && e->mask & IN_IGNORED) {
		forget(w, in);
		return;
	}
	if (!in || !(e->mask & IN_ISDIR))
		return;
	if (may_contain(w, in->path) && !strcmp(e->name, name_of(w))) {
		if (e->mask & IN_CREATE)
			note_created(w, in, false);
		else
			note_removed(w, in);
	}
	join(path, sizeof(path), in->path, e->name);
	if (e->mask & IN_CREATE)
		scan(w, path);
}

uint64_t cgroup_wait_read(struct cgroup_wait *w)
{
	_Alignas(struct inotify_event) char buf[4096];
	const struct inotify_event *e;
	ssize_t n;
	char *at;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0)
		for (at = buf; at < buf + n; at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)at;
			take(w, e);
		}
	if (w->blind && ktime_now() - w->scanned >= RESCAN_NS)
		scan_all(w);
	return w->created;
}

const char *cgroup_wait_path(const struct cgroup_wait *w)
{
	return w->path[0] ? w->path : NULL;
}

const char *cgroup_wait_fault(const struct cgroup_wait *w)
{
	if (w->blind)
		return "not every cgroup can be watched (fs.inotify.max_user_watches): one may be "
		       "created and removed unnoticed";
	if (w->overflowed)
		return "events of cgroups were lost (fs.inotify.max_queued_events): one may have "
		       "been the watched cgroup's";
	return NULL;
}

int cgroup_wait_fd(const struct cgroup_wait *w)
{
	return w->fd;
}

int cgroup_wait_open(struct cgroup_wait **ret, int mount_fd, const char *target)
{
	struct cgroup_wait *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->mount_fd = mount_fd;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	r = w->fd < 0 ? -errno : 0;
	w->target = strdup(target);
	if (!r && !w->target)
		r = -ENOMEM;
	if (!r)
		r = scan_all(w);
	if (r)
		cgroup_wait_free(w);
	else
		*ret = w;
	return r;
}

void cgroup_wait_free(struct cgroup_wait *w)
{
	size_t i;

	if (!w)
		return;
	for (i = 0; i < w->n; i++)
		free(w->v[i].path);
	free(w->v);
	free(w->target);
	closep(&w->fd);
	free(w);
}
