/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "cgroup_wait.h"
#include "scope_find.h"

/* Inode of /proc/self/ns/cgroup on the host: PROC_CGROUP_INIT_INO. */
#define INIT_CGROUP_NS 0xEFFFFFFB

static bool in_cgroup_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/cgroup", &st) == 0 && st.st_ino != INIT_CGROUP_NS;
}

static uint32_t count_names(const char *path)
{
	uint32_t n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1] && path[1] != '/';
	return n;
}

struct level_search {
	uint64_t id;
	uint32_t level;
};

static int match_id(void *arg, int fd, const char *path)
{
	struct level_search *s = arg;

	if (cgroup_id(fd) != s->id)
		return 0;
	s->level = count_names(path);
	return 2; /* ends the walk */
}

/* A path in a cgroup namespace (a container) starts at that namespace's root,
 * but the kernel counts levels from the real one. Its directory can be had by
 * its id; from there it is a matter of searching. */
static void find_level(struct scope *s)
{
	struct level_search search = { .id = s->id };
	_cleanup_(closep) int root = -1;

	s->level = count_names(s->path);
	if (!s->nested)
		return;
	root = cgroup_open_id(s->mount_fd, CGROUP_ROOT_ID);
	if (root >= 0 && cgroup_walk(root, "/", match_id, &search) == 2)
		s->level = search.level;
}

/* A directory's removal is only told to who watches its parent, as long as
 * somebody (we) has it open. */
static int watch_parent(struct scope *s)
{
	char path[64];

	if (s->watch_fd < 0)
		s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->watch_fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/..", s->fd);
	if (inotify_add_watch(s->watch_fd, path, IN_DELETE | IN_ONLYDIR) < 0)
		return errno == ENOSPC ? 0 : -errno; /* no room: see scope_gone() */
	return 0;
}

static int note(struct scope *s, const char *fmt, ...) _printf_(2, 3);

static int note(struct scope *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	free(s->note);
	va_start(ap, fmt);
	n = vasprintf(&s->note, fmt, ap);
	va_end(ap);
	if (n < 0)
		s->note = NULL;
	return n < 0 ? -ENOMEM : 0;
}

/* Everything that follows from the directory. */
static int complete(struct scope *s, struct scope_finder *f)
{
	char path[PATH_MAX];
	int r;

	s->id = cgroup_id(s->fd);
	r = cgroup_path(s->fd, s->mount, path, sizeof(path));
	if (r == -ENOENT || r == -ENODEV)
		return fault_say(f->fault, -EIDRM,
				 "the watched cgroup is gone: it was removed meanwhile");
	if (r < 0)
		return r;
	free(s->path);
	s->path = strdup(path);
	if (!s->path)
		return -ENOMEM;
	s->host = s->id == CGROUP_ROOT_ID;
	s->nested = in_cgroup_ns() || cgroup_id(s->mount_fd) != CGROUP_ROOT_ID;
	find_level(s);
	if (strcmp(s->path, "/") == 0) {
		return s->host ? 0
			       : note(s, "this is a container: 'host' is what runs in its cgroup");
	}
	r = watch_parent(s);
	if (r == -ENOENT)
		return fault_say(f->fault, -EIDRM,
				 "the watched cgroup is gone: it was removed meanwhile");
	return r < 0 ? fault_say(f->fault, r, "cannot watch cgroup '%s': %s", s->path, strerror(-r))
		     : 0;
}

/* Whether it may come later. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -EIDRM;
}

static int await(struct scope *s, struct scope_finder *f, enum scope_by by, const char *arg)
{
	_cleanup_(freep) char *target = NULL;
	uint64_t missed;
	int r = scope_target(f, by, arg, &target);

	if (!r)
		r = cgroup_wait_open(&s->wait, s->mount_fd, target);
	if (r)
		return r;
	if (s->watch_fd < 0) /* one for all that come */
		s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->watch_fd < 0)
		return -errno;
	s->counted = cgroup_wait_read(s->wait);
	if (s->fd >= 0)
		return 0;
	free(s->path);
	s->path = take_ptr(target);
	s->counted = 0;
	r = scope_arrive(s, &missed);
	return MIN(r, 0);
}

static int open_scope(struct scope **ret, enum scope_by by, const char *arg, bool waits,
		      struct fault *fault)
{
	_cleanup_(scope_freep) struct scope *s = calloc(1, sizeof(*s));
	struct scope_finder f = { .scope = s, .fault = fault };
	int r;

	fault_clear(fault);
	if (!s)
		return -ENOMEM;
	s->fd = s->mount_fd = s->watch_fd = -1;
	r = cgroup_mounts(&f.mounts);
	if (r == 0)
		r = scope_find(&f, by, arg);
	if (r == 0)
		r = complete(s, &f);
	if (waits && is_absent(r)) {
		scope_leave(s);
		fault_clear(fault);
		r = 0;
	}
	if (r == 0 && waits && s->path && !strcmp(s->path, "/")) {
		r = fault_say(fault, -EINVAL, "'%s' is always there: nothing comes in its place",
			      arg);
		fault_help(fault, r, "leave out --wait");
	}
	if (r == 0 && waits)
		r = await(s, &f, by, arg);
	cgroup_mounts_clear(&f.mounts);
	if (r == 0 && by == SCOPE_PID && s->host)
		r = note(s, "process %s is in the root cgroup: the whole host is audited", arg);
	if (r < 0)
		return fault_unsaid(fault, r, "cannot find out what to watch: %s", strerror(-r));
	*ret = take_ptr(s);
	return 0;
}

int scope_open(struct scope **ret, enum scope_by by, const char *arg, struct fault *f)
{
	return open_scope(ret, by, arg, false, f);
}

int scope_await(struct scope **ret, enum scope_by by, const char *arg, struct fault *f)
{
	return open_scope(ret, by, arg, true, f);
}

int scope_wait_fd(const struct scope *s)
{
	return s->wait ? cgroup_wait_fd(s->wait) : -1;
}

const char *scope_wait_fault(const struct scope *s)
{
	return s->wait ? cgroup_wait_fault(s->wait) : NULL;
}

void scope_leave(struct scope *s)
{
	closep(&s->fd);
	s->fd = -1;
}

/* What has come and is gone before it could be opened. */
static int is_missed(struct scope *s, uint64_t came, uint64_t *missed)
{
	scope_leave(s);
	*missed = came > s->counted ? came - s->counted : 0;
	s->counted = MAX(s->counted, came);
	return 0;
}

static bool is_removed(const struct scope *s)
{
	return faccessat(s->fd, "cgroup.procs", F_OK, 0) < 0 &&
	       (errno == ENOENT || errno == ENODEV);
}

int scope_arrive(struct scope *s, uint64_t *missed)
{
	struct fault unread;
	struct scope_finder f = { .scope = s, .fault = &unread };
	uint64_t came = cgroup_wait_read(s->wait);
	const char *path = cgroup_wait_path(s->wait);
	int r;

	*missed = 0;
	if (s->fd >= 0) { /* removed, it makes room for what came */
		*missed = came > s->counted && !is_removed(s) ? came - s->counted : 0;
		return 1;
	}
	if (path)
		s->fd = openat(s->mount_fd, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		return is_missed(s, came, missed);
	r = complete(s, &f);
	if (is_absent(r))
		return is_missed(s, came, missed);
	if (r < 0) {
		scope_leave(s);
		return r;
	}
	/* may be a later one than those that were told: then it is counted ahead */
	s->counted++;
	*missed = came > s->counted ? came - s->counted : 0;
	s->counted = MAX(s->counted, came);
	return 1;
}

void scope_free(struct scope *s)
{
	if (!s)
		return;
	cgroup_wait_free(s->wait);
	closep(&s->watch_fd);
	closep(&s->fd);
	closep(&s->mount_fd);
	free(s->path);
	free(s->mount);
	free(s->note);
	free(s);
}

bool scope_gone(struct scope *s)
{
	_Alignas(struct inotify_event) char buf[4096];

	/* What the events say does not matter: they are many siblings'. */
	while (s->watch_fd >= 0 && read(s->watch_fd, buf, sizeof(buf)) > 0)
		;
	return s->fd < 0 || is_removed(s);
}
