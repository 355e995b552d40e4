/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#include "base/grow.h"
#include "cgroup.h"
#include "base/util.h"

/*
 * If not every directory can be watched (fs.inotify.max_user_watches), all are read, at most this
 * often.
 */
#define RESCAN_NS (NSEC_PER_SEC / 2)

/* How often, and how long, it is asked again whether a directory is a target. */
#define ASK_NS (NSEC_PER_SEC / 50)
#define ASK_FOR (5 * NSEC_PER_SEC)

/* A directory with an inotify watch for its children. */
struct watched {
	int wd; /* -1: the limit of watches was reached */
	unsigned int round; /* number of the last scan that found it */
	char *path; /* path below the mount; "/" for the mount itself */
	char *target; /* the target that it contains; NULL: none */
	bool read; /* that was found by reading: its inotify event may still follow */
};

/* A directory of which it cannot be told yet whether it is a target. */
struct undecided {
	char *path;
	uint64_t since; /* ktime */
};

struct cgroup_wait {
	int fd, mount_fd;
	int timer, poll; /* timer: runs while anything is undecided; poll: both */
	struct cgroup_target target;
	char *name; /* target's own */
	struct watched *v;
	size_t n;
	struct undecided *undecided;
	size_t n_undecided;
	uint64_t created;
	char path[PATH_MAX]; /* path of the last target; "": none */
	unsigned int round;
	bool blind; /* a directory has no watch */
	bool overflowed; /* events were lost */
	uint64_t scanned; /* time of the last scan, ktime */
};

static const char *name_of(const struct cgroup_wait *w)
{
	return strrchr(w->name, '/') ? strrchr(w->name, '/') + 1 : w->name;
}

/* Whether the target of that name may be a child of that directory. */
static bool may_contain(const struct cgroup_wait *w, const char *path)
{
	size_t parent = strlen(w->name) - strlen(name_of(w));

	if (w->name[0] != '/')
		return true;
	/* compares "/a/" with "/a", and "/" with "/" */
	return strlen(path) == MAX(parent - 1, 1) && !strncmp(path, w->name, MAX(parent - 1, 1));
}

/*
 * Whether the target may be anywhere below. A directory with the target's name is not searched:
 * what is in it is part of it.
 */
static bool may_be_below(const struct cgroup_wait *w, const char *path)
{
	size_t n = strlen(path);

	if (w->name[0] != '/')
		return strcmp(strrchr(path, '/') + 1, w->name) != 0;
	if (n == 1)
		return true;
	return !strncmp(w->name, path, n) && w->name[n] == '/';
}

static void join(char *buf, size_t size, const char *dir, const char *name)
{
	snprintf(buf, size, "%s/%s", dir[1] ? dir : "", name);
}

/* Counts a target. An event for its removal may be missing before the next one is created. */
static int note_created(struct cgroup_wait *w, struct watched *in, const char *name, bool read)
{
	bool same = in->target && !strcmp(in->target, name);
	bool known = same && (read || in->read);

	in->read = read && !known;
	if (known)
		return 0;
	if (!same) {
		free(in->target);
		in->target = strdup(name);
	}
	w->created++;
	join(w->path, sizeof(w->path), in->path, name);
	return in->target ? 0 : -ENOMEM;
}

/* Marks the target as removed. Another one may be elsewhere. */
static void note_removed(struct cgroup_wait *w, struct watched *in)
{
	size_t i;

	free(in->target);
	in->target = NULL;
	w->path[0] = '\0';
	for (i = 0; i < w->n; i++)
		if (w->v[i].target)
			join(w->path, sizeof(w->path), w->v[i].path, w->v[i].target);
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
	if (!GROW(w->v, w->n))
		return NULL;
	w->v[w->n] = (struct watched){ .wd = wd, .path = strdup(path) };
	return w->v[w->n].path ? &w->v[w->n++] : NULL;
}

static void forget(struct cgroup_wait *w, struct watched *gone)
{
	if (gone->target)
		note_removed(w, gone);
	free(gone->path);
	*gone = w->v[--w->n];
}

static struct watched *find_path(struct cgroup_wait *w, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strlen(w->v[i].path) == len && !strncmp(w->v[i].path, path, len))
			return &w->v[i];
	return NULL;
}

/* --- targets that are no name --- */

static void run_timer(const struct cgroup_wait *w)
{
	const struct timespec every = { .tv_nsec = w->n_undecided ? ASK_NS : 0 };
	const struct itimerspec its = { every, every };

	timerfd_settime(w->timer, 0, &its, NULL);
}

static int put_off(struct cgroup_wait *w, const char *path)
{
	struct undecided *u;
	size_t i;

	for (i = 0; i < w->n_undecided; i++)
		if (!strcmp(w->undecided[i].path, path))
			return 0;
	if (!GROW(w->undecided, w->n_undecided))
		return -ENOMEM;
	u = &w->undecided[w->n_undecided];
	*u = (struct undecided){ strdup(path), ktime_now() };
	if (!u->path)
		return -ENOMEM;
	w->n_undecided++;
	run_timer(w);
	return 0;
}

static int count_at(struct cgroup_wait *w, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct watched *in = find_path(w, path, MAX((size_t)(name - path) - 1, 1U));

	return in ? note_created(w, in, name, true) : 0;
}

/* 1: the directory is a target, and counted. */
static int ask(struct cgroup_wait *w, const char *path)
{
	int r = path[1] ? w->target.is(w->target.arg, path) : 0;

	if (r == -EAGAIN)
		return put_off(w, path);
	return r > 0 ? count_at(w, path) ?: 1 : r;
}

static void ask_again(struct cgroup_wait *w)
{
	struct undecided *u;
	uint64_t ticks;
	size_t i = 0;
	int r;

	if (read(w->timer, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		return;
	while (i < w->n_undecided) {
		u = &w->undecided[i];
		r = faccessat(w->mount_fd, u->path + 1, F_OK, 0)
			    ? 0
			    : w->target.is(w->target.arg, u->path);
		if (r == -EAGAIN && ktime_now() - u->since < ASK_FOR) {
			i++;
			continue;
		}
		if (r > 0)
			count_at(w, u->path);
		free(u->path);
		*u = w->undecided[--w->n_undecided];
	}
	run_timer(w);
}

/* --- reading --- */

/* A cgroup_fn. It adds the watch before it reads, so that no child is missed between the two. */
static int visit(void *arg, int fd, const char *path)
{
	struct cgroup_wait *w = arg;
	struct watched *in;
	char self[64];
	int wd, r;

	r = w->name ? !may_be_below(w, path) : ask(w, path);
	if (r)
		return r < 0 ? r : CGROUP_SKIP;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->fd, self, IN_CREATE | IN_DELETE | IN_ONLYDIR);
	if (wd < 0 && errno != ENOSPC)
		return 0; /* gone */
	w->blind |= wd < 0;
	in = add(w, wd, path);
	if (!in)
		return -ENOMEM;
	in->round = w->round;
	if (in->target && faccessat(fd, in->target, F_OK, 0))
		note_removed(w, in);
	if (w->name && may_contain(w, path) && !faccessat(fd, name_of(w), F_OK, 0))
		return note_created(w, in, name_of(w), true);
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
	if (!(e->mask & IN_CREATE)) {
		if (in->target && !strcmp(e->name, in->target))
			note_removed(w, in);
		return;
	}
	if (w->name && may_contain(w, in->path) && !strcmp(e->name, name_of(w)))
		note_created(w, in, e->name, false);
	join(path, sizeof(path), in->path, e->name);
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
	ask_again(w);
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
	return w->poll;
}

static int poll_for(const struct cgroup_wait *w, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	return fd < 0 || epoll_ctl(w->poll, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

static int open_fds(struct cgroup_wait *w)
{
	int r;

	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	w->poll = epoll_create1(EPOLL_CLOEXEC);
	r = w->poll < 0 ? -errno : poll_for(w, w->fd);
	return r ?: poll_for(w, w->timer);
}

int cgroup_wait_open(struct cgroup_wait **ret, int mount_fd, const struct cgroup_target *target)
{
	struct cgroup_wait *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->mount_fd = mount_fd;
	w->target = *target;
	w->fd = w->timer = w->poll = -1;
	r = open_fds(w);
	w->name = target->name ? strdup(target->name) : NULL;
	if (!r && target->name && !w->name)
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
	for (i = 0; i < w->n; i++) {
		free(w->v[i].path);
		free(w->v[i].target);
	}
	for (i = 0; i < w->n_undecided; i++)
		free(w->undecided[i].path);
	free(w->undecided);
	free(w->v);
	free(w->name);
	closep(&w->poll);
	closep(&w->timer);
	closep(&w->fd);
	free(w);
}
