/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scope_fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proc.h"

struct census {
	char manager[PATH_MAX]; /* directory of the executable of pid 1, with the "/" */
	unsigned int processes, managers;
	uint64_t first; /* start of the oldest process, ticks since boot */
	uint64_t ran; /* processor time of all processes, ns */
};

/* Processor time of all that ever ran in the cgroup. The file's first line is "usage_usec N". */
static int read_usage(const struct scope *s, uint64_t *ns)
{
	_cleanup_(closep) int fd = openat(s->fd, "cpu.stat", O_RDONLY | O_CLOEXEC);
	char buf[64] = "";
	uint64_t us;

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0 ||
	    sscanf(buf, "usage_usec %" SCNu64, &us) != 1)
		return -ENODATA;
	*ns = us * 1000;
	return 0;
}

/* Processor time of the main thread. A process that is about to exec has no other. */
static uint64_t read_runtime(int proc)
{
	_cleanup_(closep) int fd = openat(proc, "schedstat", O_RDONLY | O_CLOEXEC);
	char buf[64] = "";
	uint64_t ns;

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) <= 0 || sscanf(buf, "%" SCNu64, &ns) != 1)
		return 0;
	return ns;
}

static void find_manager(struct census *c)
{
	_cleanup_(closep) int proc = proc_open(1);
	char *end;

	if (proc < 0 || proc_exe(proc, c->manager, sizeof(c->manager)))
		c->manager[0] = '\0';
	end = strrchr(c->manager, '/');
	if (end)
		end[1] = '\0';
}

/* A program in a mount namespace of its own may have any path: compare the files. */
static bool is_manager_file(int proc, const char *exe)
{
	char path[sizeof("/proc/1/root") + PATH_MAX];
	struct stat runs, there;

	snprintf(path, sizeof(path), "/proc/1/root%s", exe);
	return !fstatat(proc, "exe", &runs, 0) && !stat(path, &there) &&
	       runs.st_ino == there.st_ino && runs.st_dev == there.st_dev;
}

static bool is_manager(const struct census *c, int proc)
{
	size_t n = strlen(c->manager);
	char exe[PATH_MAX];

	if (!n || proc_exe(proc, exe, sizeof(exe)) || strncmp(exe, c->manager, n))
		return false;
	return (!strcmp(exe + n, "systemd") || !strcmp(exe + n, "systemd-executor")) &&
	       is_manager_file(proc, exe);
}

static int count(void *arg, pid_t pid)
{
	_cleanup_(closep) int proc = proc_open(pid);
	struct census *c = arg;
	uint64_t ticks;

	c->processes++;
	if (proc < 0 || proc_start_ticks(proc, &ticks))
		return 0;
	c->first = MIN(c->first, ticks);
	c->managers += is_manager(c, proc);
	c->ran += read_runtime(proc);
	return 0;
}

uint64_t scope_ran_for(const struct scope *s, uint64_t noticed)
{
	struct census c = { .first = UINT64_MAX };
	uint64_t usage = 0, now, first;
	/* read before the processes: if they run on, only their own time grows */
	int r = read_usage(s, &usage);

	find_manager(&c);
	if (!scope_pids(s, count, &c) && !r && c.managers == c.processes && usage <= c.ran)
		return 0;
	now = boottime_now();
	first = c.first == UINT64_MAX ? noticed
				      : c.first * (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
	return MAX(now - MIN(first, noticed), 1);
}
