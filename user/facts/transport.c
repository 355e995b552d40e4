/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the processes that hold a namespace's tun devices. */
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/proc.h"

/* Devices of one process that are reported once, however many queues it has. */
#define REPORTED_MAX 16

typedef bool wanted_fn(const struct link *link);

struct scan {
	const struct links *links;
	wanted_fn *wanted;
	transport_holder_fn *fn;
	void *arg;
	bool same_pidns;
	int found;
};

/* Reads the interface that a file of /dev/net/tun is attached to: "iff:\tNAME". */
static bool read_iff(int proc, const char *number, char *name, size_t size)
{
	_cleanup_(closep) int fd = -1;
	char path[32], buf[1024], *line;
	ssize_t n;

	snprintf(path, sizeof(path), "fdinfo/%.16s", number);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	line = strstr(buf, "\niff:\t");
	if (!line)
		return false;
	line += strlen("\niff:\t");
	snprintf(name, size, "%.*s", (int)strcspn(line, "\n"), line);
	return *name;
}

static bool is_netns(const struct netns *ns, const struct stat *st)
{
	return st->st_ino == ns->ino && st->st_dev == ns->dev;
}

/*
 * Opens the namespace that the device of a process's file is in, which the device itself knows: a
 * copy of the file is asked (pidfd_getfd()). -EBADFD: the file has no device. -errno.
 */
static int open_device_netns(pid_t pid, const char *number)
{
	_cleanup_(closep) int pidfd = -1, copy = -1;
	uint64_t fd;
	int r = parse_u64(number, 0, INT_MAX, &fd);

	if (r < 0)
		return r;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0)
		copy = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	r = copy < 0 ? -1 : ioctl(copy, TUNGETDEVNETNS);
	return r < 0 ? -errno : r;
}

/*
 * The name does not suffice: each namespace may have a tun0. If the device cannot be asked, use the
 * namespace of the process.
 */
static bool is_device_of(const struct netns *ns, int proc, pid_t pid, const char *number)
{
	_cleanup_(closep) int nsfd = open_device_netns(pid, number);
	struct stat st;

	if (nsfd >= 0)
		return fstat(nsfd, &st) == 0 && is_netns(ns, &st);
	return fstatat(proc, "ns/net", &st, 0) == 0 && is_netns(ns, &st);
}

static bool is_carried(const struct link *link)
{
	return link->role == LA_ROLE_TUNNEL && link->tun != LINK_TUN_NONE;
}

static int report(struct scan *s, int proc, pid_t pid, const struct link *link)
{
	struct transport_holder h = { .tgid = (uint32_t)pid, .same_pidns = s->same_pidns };
	int r = proc_start_ticks(proc, &h.start_ticks);

	if (r < 0)
		return 0; /* it has ended */
	s->found++;
	return s->fn(s->arg, link, &h);
}

/*
 * Reads the text of the link only: following it could hang, for example on a dead NFS server.
 * Containers may have the device outside of /dev/net.
 */
static bool is_tun_file(int dirfd, const char *number)
{
	char target[64];
	ssize_t n = readlinkat(dirfd, number, target, sizeof(target) - 1);

	return n >= 4 && memcmp(target + n - 4, "/tun", 4) == 0;
}

/* Returns the tunnel of this open file, or NULL. */
static const struct link *tunnel_of(const struct scan *s, int proc, pid_t pid, const char *number)
{
	char name[IFNAMSIZ];
	const struct link *link;

	if (!read_iff(proc, number, name, sizeof(name)))
		return NULL;
	link = links_find_name(s->links, name);
	if (!link || !s->wanted(link))
		return NULL;
	return is_device_of(links_netns(s->links), proc, pid, number) ? link : NULL;
}

static bool is_reported(const struct link *const *reported, size_t n, const struct link *link)
{
	while (n) {
		if (reported[--n] == link)
			return true;
	}
	return false;
}

/* For nearly all files only readlinkat() is called. */
static int scan_process(void *arg, pid_t pid)
{
	_cleanup_(closep) int proc = -1;
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct link *link, *reported[REPORTED_MAX];
	struct scan *s = arg;
	struct dirent *e;
	char path[32];
	size_t n = 0;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && r == 0 && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || !is_tun_file(dirfd(dir), e->d_name))
			continue;
		/* Opened through the directory, so that it is the same process's. */
		if (proc < 0)
			proc = openat(dirfd(dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		link = proc < 0 ? NULL : tunnel_of(s, proc, pid, e->d_name);
		if (!link || is_reported(reported, n, link))
			continue;
		if (n < REPORTED_MAX)
			reported[n++] = link;
		r = report(s, proc, pid, link);
	}
	return r;
}

static int find_holders(const struct links *l, wanted_fn *wanted, transport_holder_fn *fn,
			void *arg)
{
	struct scan s = {
		.links = l, .wanted = wanted, .fn = fn, .arg = arg, .same_pidns = proc_is_initial()
	};
	const struct link *link = links_next(l, NULL);
	int r;

	while (link && !wanted(link))
		link = links_next(l, link);
	if (!link)
		return 0;
	r = proc_each(scan_process, &s);
	return r < 0 ? r : s.found;
}

int transport_holders(const struct links *l, transport_holder_fn *fn, void *arg)
{
	return find_holders(l, is_carried, fn, arg);
}

bool transport_is_tap(const struct link *link)
{
	return link->role == LA_ROLE_EXPOSED && link->tun == LINK_TUN_TAP;
}

int transport_tap_holders(const struct links *l, transport_holder_fn *fn, void *arg)
{
	return find_holders(l, transport_is_tap, fn, arg);
}

/* Whether the file's device is in another namespace, or is not known to be in this one. */
static bool is_elsewhere(const struct netns *ns, pid_t pid, const char *number)
{
	_cleanup_(closep) int nsfd = open_device_netns(pid, number);
	struct stat st;

	if (nsfd == -EBADFD)
		return false;
	return nsfd < 0 || fstat(nsfd, &st) || !is_netns(ns, &st);
}

bool transport_holds_only(const struct netns *ns, pid_t pid)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && is_tun_file(dirfd(dir), e->d_name) &&
		    is_elsewhere(ns, pid, e->d_name))
			return false;
	return dir != NULL;
}
