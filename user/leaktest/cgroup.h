/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup for the test alone: what is dropped in it is only the test's. */
#pragma once

#include <sys/types.h>

#include "host/scope.h"

struct probe_cgroup {
	char *path; /* its directory */
	int parent, fd;
	char name[40];
};

/*
 * Makes it below parent. NULL: below our own cgroup, or if that fails below the root. 0 or -errno.
 */
int probe_cgroup_make(struct probe_cgroup *ret, const struct scope *parent);

/* Moves a process into it. -ESRCH: the process is not in it afterwards. */
int probe_cgroup_enter(const struct probe_cgroup *c, pid_t pid);

/* Removes it when no process is in it. It may be zeroed with descriptors -1. */
void probe_cgroup_remove(struct probe_cgroup *c);
