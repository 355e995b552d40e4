/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers, as far as paths of cgroups and the runtimes' state files know them: no daemon is
 * asked.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTAINER_ID_SIZE (NAME_MAX + 1)

struct container {
	const char *runtime; /* "docker", "podman", ...; NULL: the path does not say */
	char id[CONTAINER_ID_SIZE]; /* of LXC and nspawn: its name */
	size_t path_len; /* how much of the path is the container's own cgroup */
};

/* The innermost container that the path of a cgroup names. False: it names none. */
bool container_of_path(const char *path, struct container *ret);

/* The same, or one that only its runtime's files know by the path. root: as below. */
bool container_of_cgroup(const char *root, const char *path, struct container *ret);

/*
 * What people call it, from its runtime's files; path: of its cgroup. root: where the file system
 * begins, "" for ours. Sets the runtime if the path did not say it. False: it is not known.
 */
bool container_name(struct container *c, const char *root, const char *path, char *buf,
		    size_t size);
