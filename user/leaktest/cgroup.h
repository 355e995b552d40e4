/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup of the test's own: what is dropped in it is nobody else's. */
#pragma once

#include <sys/types.h>

#include "host/scope.h"

struct probe_cgroup {
	char *path; /* its directory */
	int parent, fd;
	char name[40];
};

/* Below parent; NULL: below our own, or where that cannot be below the root. -errno */
int probe_cgroup_make(struct probe_cgroup *ret, const struct scope *parent);

/* Moves a process there. -ESRCH where it is not in it afterwards. */
int probe_cgroup_enter(const struct probe_cgroup *c, pid_t pid);

/* Nobody is in it any more. A zeroed one with its descriptors -1 is nothing to remove. */
void probe_cgroup_remove(struct probe_cgroup *c);
