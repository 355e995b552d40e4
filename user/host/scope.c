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

/* Inode of the initial cgroup namespace: PROC_CGROUP_INIT_INO. */
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
	return 2; /* end the walk */
}

/*
 * In a cgroup namespace (a container) paths start at the root of the namespace, but the kernel
 * counts levels from the real root. The real root is opened by its id and searched for this cgroup.
 */
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

/*
 * inotify reports the removal of a directory only to a watch on its parent as long as somebody (we)
 * has the directory open.
 */
static int watch_parent(struct scope *s)
{
	char path[64];

	if (s->watch_fd < 0)
		s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->watch_fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/..", s->fd);
	if (inotify_add_watch(s->watch_fd, path, IN_DELETE | IN_ONLYDIR) < 0)
		/* no watch left: scope_gone() is called from time to time */
		return errno == ENOSPC ? 0 : -errno;
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

static int say_gone(const struct scope *s, struct fault *fault)
{
	return fault_say(fault, -EIDRM, "the watched cgroup %s is gone: it was removed meanwhile",
			 s->path ?: s->name);
}

/* Sets all that is derived from the directory. */
static int complete(struct scope *s, struct scope_finder *f)
{
	char path[PATH_MAX];
	int r;

	s->id = cgroup_id(s->fd);
	r = cgroup_path(s->fd, s->mount, path, sizeof(path));
	if (r == -ENOENT || r == -ENODEV)
		return say_gone(s, f->fault);
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
		return s->host ? 0 : note(s, "this is a container: 'host' means its cgroup");
	}
	r = watch_parent(s);
	if (r == -ENOENT)
		return say_gone(s, f->fault);
	return r < 0 ? fault_say(f->fault, r, "cannot watch cgroup '%s': %s", s->path, strerror(-r))
		     : 0;
}

/* Whether the scope may be created later. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -EIDRM;
}

static int await(struct scope *s, struct scope_finder *f, enum scope_by by, const char *arg)
{
	_cleanup_(freep) char *target = NULL;
	struct cgroup_target t = { .is = scope_is_container, .arg = s->name };
	uint64_t missed;
	int r = scope_target(f, by, arg, &target);

	if (by != SCOPE_CONTAINER)
		t.name = target;
	if (!r)
		r = cgroup_wait_open(&s->wait, s->mount_fd, &t);
	if (r)
		return r;
	if (s->watch_fd < 0) /* one for all cgroups to come */
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
	s->by = by;
	s->name = arg ? strdup(arg) : NULL;
	r = arg && !s->name ? -ENOMEM : cgroup_mounts(&f.mounts);
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
		r = fault_say(fault, -EINVAL, "'%s' always exists: there is nothing to wait for",
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

/* Counts targets that were removed before they could be opened. */
static int count_missed(struct scope *s, uint64_t created, uint64_t *missed)
{
	scope_leave(s);
	*missed = created > s->counted ? created - s->counted : 0;
	s->counted = MAX(s->counted, created);
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
	uint64_t created = cgroup_wait_read(s->wait);
	const char *path = cgroup_wait_path(s->wait);
	int r;

	*missed = 0;
	if (s->fd >= 0) { /* once it is removed, what was created can be opened */
		*missed = created > s->counted && !is_removed(s) ? created - s->counted : 0;
		return 1;
	}
	if (path)
		s->fd = openat(s->mount_fd, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		return count_missed(s, created, missed);
	r = complete(s, &f);
	if (is_absent(r))
		return count_missed(s, created, missed);
	if (r < 0) {
		scope_leave(s);
		return r;
	}
	/* the open one may be newer than the last event: count it ahead */
	s->counted++;
	*missed = created > s->counted ? created - s->counted : 0;
	s->counted = MAX(s->counted, created);
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
	free(s->name);
	free(s);
}

bool scope_gone(struct scope *s)
{
	_Alignas(struct inotify_event) char buf[4096];

	/* The content of the events does not matter: most are of siblings. */
	while (s->watch_fd >= 0 && read(s->watch_fd, buf, sizeof(buf)) > 0)
		;
	return s->fd < 0 || is_removed(s);
}
