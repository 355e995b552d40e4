/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose traffic is audited: a cgroup v2 subtree, or the host (the root). */
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
	SCOPE_CGROUP, /* a directory of the mount, or the path below it */
	SCOPE_UNIT, /* a systemd unit; ".service" may be left out */
	SCOPE_PID,
};

struct cgroup_wait;

struct scope {
	char *mount; /* where cgroup v2 is mounted */
	char *note; /* what the user should know of it; NULL: nothing */
	char *path; /* below the mount, starts with /; "/" is the root; awaited: what is waited for */
	bool host; /* the root cgroup: all that runs here */
	bool nested; /* we are in a cgroup namespace: level counts from its root */
	int mount_fd;
	int fd; /* the cgroup's directory: what programs attach to; -1: it is not there
		   (scope_await()) */
	int watch_fd; /* poll for reading, then scope_gone(); -1 for the host */
	uint64_t id; /* as bpf_get_current_cgroup_id() has it */
	uint32_t level; /* 0 for the root */
	struct cgroup_wait *wait; /* NULL: it is not waited for, and does not come back */
	uint64_t counted; /* of those that came: watched or told as missed */
};

/*
 * -ENOENT (no such cgroup, unit), -ESRCH (no such
 * process), -ENOTUNIQ (several units of that name), -ENODEV (no cgroup v2
 * mounted), -EXDEV (not in cgroup v2), -EIDRM (it was removed meanwhile), -ENOTDIR,
 * -EINVAL, -EACCES, -ENOMEM.
 */
int scope_open(struct scope **ret, enum scope_by by, const char *arg, struct fault *f);

/*
 * The same of a cgroup or a unit that may not be there yet, and may be replaced by
 * another of its name or path: poll scope_wait_fd() for reading, then scope_arrive().
 */
int scope_await(struct scope **ret, enum scope_by by, const char *arg, struct fault *f);
int scope_wait_fd(const struct scope *s);

/*
 * Opens the one that has come, if one is there. 1: it is open; 0: none is there;
 * -errno. missed: how many came and went in between, each told once; or came elsewhere
 * while the one that is open is there, for as long as that is.
 */
int scope_arrive(struct scope *s, uint64_t *missed);

/* Why one may have come and gone untold, or NULL. */
const char *scope_wait_fault(const struct scope *s);

/* It is gone, and the next one is waited for. */
void scope_leave(struct scope *s);
void scope_free(struct scope *s);

static inline void scope_freep(struct scope **s)
{
	scope_free(*s);
}

/* After watch_fd became readable, and from time to time, as inotify may have no room for
 * it: whether the cgroup has been removed, or is not there yet. */
bool scope_gone(struct scope *s);

/* Calls fn for each process of the subtree; stops at the first negative return
 * and returns it. Processes and cgroups that vanish meanwhile are passed over;
 * one that moves meanwhile may come twice. */
int scope_pids(const struct scope *s, int (*fn)(void *arg, pid_t pid), void *arg);

/* Calls fn once for each network namespace of these processes, with one of the
 * processes; fn owns ns from then on. Returns 0, fn's negative return, or
 * -EACCES when a process's namespace could not be read (after the others). */
int scope_netns(const struct scope *s, int (*fn)(void *arg, struct netns *ns, pid_t pid),
		void *arg);
