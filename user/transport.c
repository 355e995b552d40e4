/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that hold a namespace's tun devices. */
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

#include "proc.h"

/* Devices of one process that are reported once however many queues it has. */
#define TOLD_MAX 16

struct scan {
	const struct links *links;
	transport_holder_fn *fn;
	void *arg;
	bool same_pidns;
	int found;
};

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The interface that a file of /dev/net/tun is attached to: "iff:\tNAME". */
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
 * A name says little: each namespace may have a tun0. The device itself tells
 * its namespace, to who has the file (since 5.6, pidfd_getfd()). Where that is
 * refused, the namespace of the process must do.
 */
static bool is_device_of(const struct netns *ns, int proc, pid_t pid, const char *number)
{
	_cleanup_(closep) int pidfd = -1, copy = -1, nsfd = -1;
	struct stat st;
	uint64_t fd;

	if (parse_u64(number, 0, INT_MAX, &fd) < 0)
		return false;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0)
		copy = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	if (copy >= 0)
		nsfd = ioctl(copy, TUNGETDEVNETNS);
	if (nsfd >= 0)
		return fstat(nsfd, &st) == 0 && is_netns(ns, &st);
	return fstatat(proc, "ns/net", &st, 0) == 0 && is_netns(ns, &st);
}

static int report(struct scan *s, int proc, pid_t pid, const struct link *link)
{
	struct transport_holder h = { .tgid = (uint32_t)pid, .same_pidns = s->same_pidns };
	int r = proc_start_ticks(proc, &h.start_ticks);

	if (r < 0)
		return 0; /* gone */
	s->found++;
	return s->fn(s->arg, link, &h);
}

/* The tunnel that this open file carries, or NULL. */
static const struct link *tunnel_of(const struct scan *s, int proc, pid_t pid, int dirfd,
				    const char *number)
{
	char target[64], name[IFNAMSIZ];
	const struct link *link;
	ssize_t n;

	/* The text of the link only: to follow it could hang, on a dead NFS
	 * server for one. Containers may have the device elsewhere. */
	n = readlinkat(dirfd, number, target, sizeof(target) - 1);
	if (n < 4)
		return NULL;
	target[n] = '\0';
	if (strcmp(target + n - 4, "/tun") != 0 || !read_iff(proc, number, name, sizeof(name)))
		return NULL;
	link = links_find_name(s->links, name);
	if (!link || link->role != LA_ROLE_TUNNEL || link->tun == LINK_TUN_NONE)
		return NULL;
	return is_device_of(links_netns(s->links), proc, pid, number) ? link : NULL;
}

static int scan_process(void *arg, pid_t pid)
{
	_cleanup_(closep) int proc = proc_open(pid);
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct link *link, *told[TOLD_MAX];
	struct scan *s = arg;
	size_t i, n = 0;
	struct dirent *e;
	int fd, r = 0;

	fd = proc < 0 ? -1 : openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		closep(&fd);
		return 0; /* gone, or not ours to see */
	}
	while (r == 0 && (e = readdir(dir))) {
		link = e->d_name[0] == '.' ? NULL : tunnel_of(s, proc, pid, fd, e->d_name);
		for (i = 0; i < n && link; i++)
			link = link == told[i] ? NULL : link;
		if (!link)
			continue;
		if (n < TOLD_MAX)
			told[n++] = link;
		r = report(s, proc, pid, link);
	}
	return r;
}

int transport_holders(const struct links *l, transport_holder_fn *fn, void *arg)
{
	struct scan s = { .links = l, .fn = fn, .arg = arg, .same_pidns = proc_is_initial() };
	int r = proc_each(scan_process, &s);

	return r < 0 ? r : s.found;
}

bool transport_is_holder(const struct transport_holder *h, const struct la_owner *owner)
{
	return h->same_pidns && owner->tgid == h->tgid &&
	       proc_ticks_of_ns(owner->start_ns) == h->start_ticks;
}
