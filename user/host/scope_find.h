/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the user said to the directory of a cgroup; for scope*.c only. */
#pragma once

#include "cgroup.h"
#include "scope.h"

struct scope_finder {
	struct scope *scope; /* gets mount, mount_fd and fd */
	struct cgroup_mounts mounts;
	struct fault *fault;
};

int scope_find(struct scope_finder *f, enum scope_by by, const char *arg);

/* What cgroup_wait_open() is to wait for, NULL with -EINVAL or -ENOMEM. */
int scope_target(struct scope_finder *f, enum scope_by by, const char *arg, char **ret);
