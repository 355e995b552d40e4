/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroup v2 hierarchy as the file system shows it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

/* The id of the root, which no other cgroup can have. */
#define CGROUP_ROOT_ID 1

/* A place where it is mounted, reachable: its path and directory. */
struct cgroup_mount {
	char *path;
	int fd;
};

struct cgroup_mounts {
	struct cgroup_mount *v;
	size_t n;
};

/* All of them. 0 with n == 0 where there is none; -errno. */
int cgroup_mounts(struct cgroup_mounts *ret);
void cgroup_mounts_clear(struct cgroup_mounts *m);

/* The one of them (n > 0) that a path names, the deepest if several do; else
 * (path NULL, or below none) the first of the whole hierarchy, else the first. */
const struct cgroup_mount *cgroup_mount_of(const struct cgroup_mounts *m, const char *path);
bool cgroup_is_below(const char *path, const char *mount);

bool cgroup_is_v2(int fd);
bool cgroup_is_v1(int fd);

/* As bpf_get_current_cgroup_id() has it. 0: fd is not a cgroup's directory. */
uint64_t cgroup_id(int fd);

/* The directory of a cgroup by its id, or -errno: -ESTALE or -ENOENT when it is
 * gone, -EPERM without CAP_DAC_READ_SEARCH. */
int cgroup_open_id(int mount_fd, uint64_t id);

/* The path of an open cgroup below the mount, "/" for the mount itself. -EXDEV:
 * it is elsewhere. -ENOENT: it was removed. */
int cgroup_path(int fd, const char *mount, char *buf, size_t size);

/* The path of a process's cgroup, as that process's line of /proc has it: with
 * "/.." in front when it is outside of our cgroup namespace, and " (deleted)"
 * behind. -EXDEV: it is in none of version 2; -ENOENT, -ESRCH: no process. */
int cgroup_of_pid(uint64_t pid, char *buf, size_t size);

/*
 * Visits the directory fd, whose path is top, and all below it, parents first.
 * What vanishes meanwhile is passed over. fn returns 0 to go on, CGROUP_SKIP
 * not to enter this directory, any other value to end the walk with it.
 */
#define CGROUP_SKIP 1
typedef int cgroup_fn(void *arg, int fd, const char *path);
int cgroup_walk(int fd, const char *top, cgroup_fn *fn, void *arg);

/* Calls fn for each process of that subtree; stops at the first negative return
 * and returns it. Processes and cgroups that vanish meanwhile are passed over;
 * one that moves meanwhile may come twice. */
int cgroup_pids(int fd, int (*fn)(void *arg, pid_t pid), void *arg);
