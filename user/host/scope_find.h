/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the directory of the cgroup that the user named; for scope*.c only. */
#pragma once

#include "cgroup.h"
#include "scope.h"

struct scope_finder {
	struct scope *scope; /* its mount, mount_fd and fd are set */
	struct cgroup_mounts mounts;
	struct fault *fault;
};

int scope_find(struct scope_finder *f, enum scope_by by, const char *arg);

/* --container; the mount is set. */
int scope_find_container(struct scope_finder *f, const char *arg);

/* A cgroup_target's is(): whether the cgroup is that of the container `arg` (its name or id). */
int scope_is_container(void *arg, const char *path);

/*
 * The path or name for cgroup_wait_open(), or what stands for it in messages. On -EINVAL or -ENOMEM
 * *ret is NULL.
 */
int scope_target(struct scope_finder *f, enum scope_by by, const char *arg, char **ret);
