/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by container*.c. */
#pragma once

#include "base/json_read.h"
#include "container.h"

#define PATH_SIZE (PATH_MAX + 2 * CONTAINER_ID_SIZE)

/* What containerd keeps of each task: under the root, by its namespace and the container's id. */
#define CONTAINERD_TASKS "%s/run/containerd/io.containerd.runtime.v2.task"
#define CONTAINERD_CONFIG CONTAINERD_TASKS "/%s/%s/config.json"

/* json_strings() of a file that may be anybody's. 0: it cannot be read. */
int container_read_strings(const char *path, json_value_fn *fn, void *arg);

/*
 * The containers of containerd whose id is a name that somebody chose, as ctr(8) asks for one. The
 * path says it only together with what containerd keeps.
 */
bool container_of_task(const char *root, const char *path, struct container *ret);
bool container_is_task(const struct container *c);

/* Whether an id is the hash that most runtimes make. */
bool container_is_hash(const char *id);
