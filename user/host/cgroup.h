/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroup v2 hierarchy as seen in the file system. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

/* The id of the root cgroup. No other cgroup has it. */
#define CGROUP_ROOT_ID 1

/* The name of a leak test's cgroup, in which its probes are: this and the test's pid. */
#define CGROUP_LEAK_TEST "leakaudit-test."

/* A reachable mount of cgroup v2: its path and directory. */
struct cgroup_mount {
	char *path;
	int fd;
};

struct cgroup_mounts {
	struct cgroup_mount *v;
	size_t n;
};

/* Finds all mounts. 0 with n == 0 if there is none; -errno. */
int cgroup_mounts(struct cgroup_mounts *ret);
void cgroup_mounts_clear(struct cgroup_mounts *m);

/*
 * The mount (of n > 0) that the path is below, the deepest if several are. If path is NULL or below
 * none: the first mount of the whole hierarchy, else the first.
 */
const struct cgroup_mount *cgroup_mount_of(const struct cgroup_mounts *m, const char *path);
bool cgroup_is_below(const char *path, const char *mount);

bool cgroup_is_v2(int fd);
bool cgroup_is_v1(int fd);

/* The value of bpf_get_current_cgroup_id(). 0: fd is not a cgroup's directory. */
uint64_t cgroup_id(int fd);

/*
 * Opens the directory of a cgroup by its id. -ESTALE or -ENOENT: it was removed. -EPERM: without
 * CAP_DAC_READ_SEARCH. -errno.
 */
int cgroup_open_id(int mount_fd, uint64_t id);

/*
 * The path of an open cgroup below the mount; "/" for the mount itself. -EXDEV: it is not below the
 * mount. -ENOENT: it was removed.
 */
int cgroup_path(int fd, const char *mount, char *buf, size_t size);

/*
 * The path of a process's cgroup, as /proc/PID/cgroup has it: it begins with "/.." if it is outside
 * of our cgroup namespace, and ends with " (deleted)" if it was removed. -EXDEV: the process is not
 * in cgroup v2. -ENOENT, -ESRCH: no such process.
 */
int cgroup_of_pid(uint64_t pid, char *buf, size_t size);

/* The same of the file's text, in its place. */
int cgroup_parse(char *text);

/*
 * Visits the directory fd, whose path is top, and all directories below, parents first. Directories
 * that vanish meanwhile are skipped. fn returns 0 to continue, CGROUP_SKIP to skip what is below
 * this directory; any other value ends the walk and is returned.
 */
#define CGROUP_SKIP 1
typedef int cgroup_fn(void *arg, int fd, const char *path);
int cgroup_walk(int fd, const char *top, cgroup_fn *fn, void *arg);

/*
 * Calls fn for each process of that subtree. Stops at the first negative return and returns it.
 * Processes and cgroups that vanish meanwhile are skipped. A process that moves meanwhile may be
 * passed twice.
 */
int cgroup_pids(int fd, int (*fn)(void *arg, pid_t pid), void *arg);
