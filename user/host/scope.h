/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scope of an audit: a cgroup v2 subtree, or the host (the root cgroup). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "network/netns.h"
#include "base/fault.h"
#include "base/util.h"

enum scope_by {
	SCOPE_HOST, /* arg is not used */
	SCOPE_CGROUP, /* a directory of the mount, or a path below the mount */
	SCOPE_UNIT, /* a systemd unit; ".service" may be omitted */
	SCOPE_PID,
	SCOPE_CONTAINER, /* its name, its id, or the beginning of that */
};

/* The limit of scopes that are watched at once. */
#define SCOPES_MAX 64

/* A scope as the user named it. */
struct scope_target {
	enum scope_by by;
	const char *arg;
};

/* Whether scope_await() knows what it waits for: a name that may come again. */
static inline bool scope_can_wait(enum scope_by by)
{
	return by == SCOPE_CGROUP || by == SCOPE_UNIT || by == SCOPE_CONTAINER;
}

struct cgroup_wait;

struct scope {
	char *mount; /* where cgroup v2 is mounted */
	char *note; /* a note for the user; NULL: none */
	enum scope_by by; /* as the user named it */
	char *name; /* NULL: the host */
	/*
	 * below the mount, starts with /; "/" is the root. For scope_await(): the path, or the
	 * name, waited for
	 */
	char *path;
	bool host; /* the root cgroup: everything on this machine */
	bool nested; /* we are in a cgroup namespace: its root is not the real one */
	int mount_fd;
	/* the directory that programs attach to; -1: it does not exist yet (scope_await()) */
	int fd;
	int watch_fd; /* poll for reading, then call scope_gone(); -1 for the host */
	uint64_t id; /* the value of bpf_get_current_cgroup_id() */
	uint32_t level; /* 0 for the root */
	struct cgroup_wait *wait; /* NULL: not waited for */
	bool over; /* it is gone and not waited for */
	uint64_t counted; /* targets that were watched or reported as missed */
};

/*
 * -ENOENT: no such cgroup or unit. -ESRCH: no such process. -ENOTUNIQ: several units of that name.
 * -ENODEV: cgroup v2 is not mounted. -EXDEV: not in cgroup v2. -EIDRM: it was removed meanwhile.
 * Also -ENOTDIR, -EINVAL, -EACCES, -ENOMEM.
 */
int scope_open(struct scope **ret, enum scope_by by, const char *arg, struct fault *f);

/*
 * The same for a cgroup or unit that may not exist yet, and that another one of its name or path
 * may replace later. Poll scope_wait_fd() for reading, then call scope_arrive().
 */
int scope_await(struct scope **ret, enum scope_by by, const char *arg, struct fault *f);
int scope_wait_fd(const struct scope *s);

/*
 * Opens the cgroup waited for. 1: it is open; 0: it does not exist; -errno. *missed: how many were
 * created and removed since the last call without being opened. While one is open, *missed is how
 * many others were created elsewhere, at each call.
 */
int scope_arrive(struct scope *s, uint64_t *missed);

/* Why one may have been created and removed unnoticed, or NULL. */
const char *scope_wait_fault(const struct scope *s);

/* Closes a cgroup that was removed. The next one is waited for. */
void scope_leave(struct scope *s);
void scope_free(struct scope *s);

static inline void scope_freep(struct scope **s)
{
	scope_free(*s);
}

/*
 * Whether the cgroup was removed or does not exist yet. Call it when watch_fd is readable, and from
 * time to time, since inotify may have reached its limit.
 */
bool scope_gone(struct scope *s);

/*
 * Calls fn for each process of the subtree. Stops at the first negative return and returns it.
 * Processes and cgroups that vanish meanwhile are skipped. A process that moves meanwhile may be
 * passed twice.
 */
int scope_pids(const struct scope *s, int (*fn)(void *arg, pid_t pid), void *arg);
