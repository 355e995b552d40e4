/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for a cgroup to be created, removed and created again. Uses inotify, without polling, but
 * for a moment where it cannot be told yet whether one is meant.
 */
#pragma once

#include <stdint.h>

struct cgroup_wait;

/* What is waited for. What is in a target is part of it. */
struct cgroup_target {
	/*
	 * A path below the mount ("/a/b"), or the name of a directory ("a.service") that may be
	 * anywhere. NULL: is() decides.
	 */
	const char *name;
	/* Whether the cgroup at that path is one: 1, 0, or -EAGAIN: it is to be asked again. */
	int (*is)(void *arg, const char *path);
	void *arg;
};

/*
 * The name is copied. mount_fd is borrowed and must stay open. A target that exists already is
 * counted as created once. 0 or -errno.
 */
int cgroup_wait_open(struct cgroup_wait **ret, int mount_fd, const struct cgroup_target *target);
void cgroup_wait_free(struct cgroup_wait *w);

/* Poll it for reading, then call cgroup_wait_read(). */
int cgroup_wait_fd(const struct cgroup_wait *w);

/* Handles events. Returns how many targets were created so far. */
uint64_t cgroup_wait_read(struct cgroup_wait *w);

/* Why a target may have been created and removed without being counted, or NULL. */
const char *cgroup_wait_fault(const struct cgroup_wait *w);

/* Path of the last target below the mount. NULL: there is none now. */
const char *cgroup_wait_path(const struct cgroup_wait *w);
