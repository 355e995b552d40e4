/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup that comes, goes and comes again: by its name, wherever it is in the
 * hierarchy, or by its path. Told by inotify, without a look from time to time. */
#pragma once

#include <stdint.h>

struct cgroup_wait;

/*
 * target: a path below the mount ("/a/b"), or the name of a directory ("a.service")
 * that may be anywhere. mount_fd is the caller's, and stays open for as long. What is
 * there already has come once. 0 or -errno.
 */
int cgroup_wait_open(struct cgroup_wait **ret, int mount_fd, const char *target);
void cgroup_wait_free(struct cgroup_wait *w);

/* Poll it for reading, then cgroup_wait_read(). */
int cgroup_wait_fd(const struct cgroup_wait *w);

/* Takes in what has happened; returns how often one has come so far. */
uint64_t cgroup_wait_read(struct cgroup_wait *w);

/* Why one may have come and gone uncounted, or NULL. */
const char *cgroup_wait_fault(const struct cgroup_wait *w);

/* Where the last one is, below the mount; NULL: there is none at the moment. */
const char *cgroup_wait_path(const struct cgroup_wait *w);
