/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Inode of the initial pid namespace: PROC_PID_INIT_INO. */
#define INIT_PID_NS 0xEFFFFFFC

/* Fields of stat(5): state is field 3, the first after the name. */
#define FIELD_STATE 3
#define FIELD_PARENT 4
#define FIELD_START 22

int proc_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_parse_stat(char *text, unsigned int field, uint64_t *ret)
{
	char *s, *end;
	unsigned int i;

	/* The name is in parentheses and may contain any byte, also parentheses. */
	s = strrchr(text, ')');
	for (i = FIELD_STATE; s && i <= field; i++)
		s = strchr(s + 1, ' ');
	end = s ? strchr(s + 1, ' ') : NULL;
	if (!end)
		return -EBADMSG;
	*end = '\0';
	return parse_u64(s + 1, 0, UINT64_MAX, ret);
}

static int read_stat(int proc, unsigned int field, uint64_t *ret)
{
	_cleanup_(closep) int fd = openat(proc, "stat", O_RDONLY | O_CLOEXEC);
	char buf[1024];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return proc_parse_stat(buf, field, ret);
}

int proc_start_ticks(int proc, uint64_t *ret)
{
	return read_stat(proc, FIELD_START, ret);
}

int proc_parent(int proc, pid_t *ret)
{
	uint64_t pid;
	int r = read_stat(proc, FIELD_PARENT, &pid);

	if (r == 0)
		*ret = (pid_t)pid;
	return r;
}

int proc_line(int dir, const char *path, char *buf, size_t size)
{
	_cleanup_(closep) int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int proc_comm(int proc, char *buf, size_t size)
{
	return proc_line(proc, "comm", buf, size);
}

ssize_t proc_command_line(int proc, char *buf, size_t size)
{
	_cleanup_(closep) int fd = openat(proc, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size);

	return n < 0 ? -errno : n;
}

static uint64_t tick_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return NSEC_PER_SEC / (uint64_t)(hz > 0 ? hz : 100);
}

uint64_t proc_ticks_of_ns(uint64_t ns)
{
	return ns / tick_ns();
}

uint64_t proc_ns_of_ticks(uint64_t ticks)
{
	return ticks * tick_ns();
}

int proc_exe(int proc, char *buf, size_t size)
{
	static const char mark[] = " (deleted)";
	const size_t len = sizeof(mark) - 1;
	ssize_t n = readlinkat(proc, "exe", buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	/* The file was replaced by an upgrade. No program has such a name by itself. */
	if ((size_t)n > len && strcmp(buf + n - len, mark) == 0)
		buf[(size_t)n - len] = '\0';
	return 0;
}

bool proc_is_initial(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INIT_PID_NS;
}

int proc_each(int (*fn)(void *arg, pid_t pid), void *arg)
{
	_cleanup_(closedirp) DIR *dir = opendir("/proc");
	struct dirent *e;
	uint64_t pid;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (e = readdir(dir))) {
		if (parse_u64(e->d_name, 1, INT_MAX, &pid) == 0)
			r = fn(arg, (pid_t)pid);
	}
	return r;
}

int proc_sockets(int proc, int (*fn)(void *arg, uint64_t inode), void *arg)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	unsigned long long inode;
	struct dirent *e;
	char target[64];
	int r = 0, fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (e = readdir(dir))) {
		n = readlinkat(fd, e->d_name, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (sscanf(target, "socket:[%llu]", &inode) == 1)
			r = fn(arg, inode);
	}
	return r;
}
