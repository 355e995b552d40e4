/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup_new.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "cgroup_others.h"

/* Limit of directories of the same name, left by earlier processes with this pid. */
#define NAMES_MAX 100

/* A killed process may end late, for example if it waits for a disk. */
#define WAIT_US 2000
#define WAITS_MAX 2500

#define DIRS_OPEN 16

static int join(const char *path, pid_t pid)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), procs = -1;
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", (int)pid);

	if (fd >= 0)
		procs = openat(fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write(procs, number, (size_t)len) != len)
		return -errno;
	return take_fd(&fd);
}

static int make_below(const char *parent, const char *name, pid_t pid, char **ret)
{
	_cleanup_(freep) char *path = malloc(PATH_MAX);
	unsigned int i;
	int r;

	if (!path)
		return -ENOMEM;
	for (i = 0; i < NAMES_MAX; i++) {
		r = snprintf(path, PATH_MAX, i ? "%s/%s-%u" : "%s/%s", parent, name, i);
		if (r >= PATH_MAX)
			return -ENAMETOOLONG;
		r = mkdir(path, 0755) ? -errno : 0;
		if (r != -EEXIST)
			break;
	}
	if (r)
		return r;
	r = join(path, pid);
	if (r < 0)
		rmdir(path);
	else
		*ret = take_ptr(path);
	return r;
}

/*
 * The directory of our own cgroup below the mount, or of the nearest one around it that only root
 * may change: from below another one, a process could be moved away.
 */
static int own_place(const struct cgroup_mount *m, char *buf, size_t size)
{
	char path[PATH_MAX];
	int r = cgroup_of_pid((uint64_t)getpid(), path, sizeof(path));

	if (r)
		return r;
	if (!strncmp(path, "/..", 3))
		return -EXDEV;
	r = snprintf(buf, size, "%s%.*s", m->path,
		     path[1] ? (int)cgroup_roots_part(m->path, path) : 0, path);
	return (size_t)r < size ? 0 : -ENAMETOOLONG;
}

int cgroup_new(const char *name, pid_t pid, char **path)
{
	struct cgroup_mounts mounts;
	const struct cgroup_mount *m;
	char own[2 * PATH_MAX];
	int r = cgroup_mounts(&mounts);

	if (r)
		return r;
	if (!mounts.n)
		return -ENODEV;
	m = cgroup_mount_of(&mounts, NULL);
	r = own_place(m, own, sizeof(own));
	if (!r)
		r = make_below(own, name, pid, path);
	if (r < 0)
		r = make_below(m->path, name, pid, path);
	cgroup_mounts_clear(&mounts);
	return r;
}

static int kill_one(void *arg, pid_t pid)
{
	unsigned int *n = arg;

	if (kill(pid, SIGKILL) == 0)
		++*n;
	return 0;
}

/*
 * Kills by cgroup.procs: cgroup.kill does not tell how many. Processes forked meanwhile are found
 * by the next read.
 */
unsigned int cgroup_kill(int fd)
{
	unsigned int first = 0, now, i;

	for (i = 0; i < WAITS_MAX; i++) {
		now = 0;
		cgroup_pids(fd, kill_one, &now);
		if (!i)
			first = now;
		if (!now)
			break;
		usleep(WAIT_US);
	}
	return first;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : 0;
}

int cgroup_remove(const char *path)
{
	unsigned int i;

	for (i = 0; i < WAITS_MAX; i++) {
		if (!nftw(path, remove_one, DIRS_OPEN, FTW_DEPTH | FTW_PHYS) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -errno;
		usleep(WAIT_US);
	}
	return -EBUSY;
}
