/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* New in 5.14: many libc headers do not have it. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* "thread-self", not "self": setns() moves a thread, not a process. */
#define HOME "/proc/thread-self/ns/net"

static bool is_at(const struct netns *ns, const struct stat *st)
{
	return st->st_ino == ns->ino && st->st_dev == ns->dev;
}

bool netns_is_ours(const struct netns *ns)
{
	static struct stat ours;

	return (ours.st_ino || !stat(HOME, &ours)) && is_at(ns, &ours);
}

/*
 * Where this thread is, since nobody else moves it: asking for it costs more than most of what is
 * done there. st_ino 0: not asked yet.
 */
static __thread struct stat here;

static int enter(const struct netns *ns)
{
	if (setns(ns->fd, CLONE_NEWNET) < 0)
		return -errno;
	here.st_ino = ns->ino;
	here.st_dev = ns->dev;
	return 0;
}

int netns_enter(const struct netns *ns)
{
	if (!here.st_ino && stat(HOME, &here) < 0)
		return -errno;
	/* setns() needs CAP_SYS_ADMIN even if it changes nothing. */
	return is_at(ns, &here) ? 0 : enter(ns);
}

int netns_run(const struct netns *ns, int (*fn)(void *arg), void *arg)
{
	_cleanup_(closep) int home = -1;
	struct stat left;
	int r;

	if (!here.st_ino && stat(HOME, &here) < 0)
		return -errno;
	if (is_at(ns, &here))
		return fn(arg);
	left = here;
	home = open(HOME, O_RDONLY | O_CLOEXEC);
	r = home < 0 ? -errno : enter(ns);
	if (r)
		return r;
	r = fn(arg);
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	here = left;
	return r;
}

struct socket_args {
	int domain, type, protocol;
};

static int open_socket(void *arg)
{
	const struct socket_args *a = arg;
	int fd = socket(a->domain, a->type | SOCK_CLOEXEC, a->protocol);

	return fd < 0 ? -errno : fd;
}

int netns_socket(const struct netns *ns, int domain, int type, int protocol)
{
	struct socket_args a = { domain, type, protocol };

	return netns_run(ns, open_socket, &a);
}

/* PROC_USER_INIT_INO, the same on every Linux machine. */
#define INIT_USER_NS 0xEFFFFFFD

bool netns_is_roots(const struct netns *ns)
{
	_cleanup_(closep) int users = ioctl(ns->fd, NS_GET_USERNS);
	struct stat st;

	return users >= 0 && !fstat(users, &st) && st.st_ino == INIT_USER_NS;
}

/* Where "ip netns" keeps them. */
static bool find_name(const struct netns *ns, char *buf, size_t size)
{
	DIR *dir = opendir("/run/netns");
	struct dirent *e;
	struct stat st;
	bool found = false;

	while (dir && !found && (e = readdir(dir))) {
		found = !fstatat(dirfd(dir), e->d_name, &st, 0) && st.st_ino == ns->ino &&
			st.st_dev == ns->dev;
		if (found)
			snprintf(buf, size, "%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

void netns_name(const struct netns *ns, char *buf, size_t size)
{
	if (!find_name(ns, buf, size))
		snprintf(buf, size, "net:[%lu]", (unsigned long)ns->ino);
}

/* 0: unknown */
static uint64_t read_cookie(const struct netns *ns)
{
	_cleanup_(closep) int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return 0;
	return cookie;
}

int netns_open_fd(struct netns **ret, int fd)
{
	_cleanup_(netns_freep) struct netns *ns = calloc(1, sizeof(*ns));
	struct stat st;

	if (!ns) {
		close(fd);
		return -ENOMEM;
	}
	ns->fd = fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	ns->dev = st.st_dev;
	ns->ino = st.st_ino;
	ns->cookie = read_cookie(ns);
	*ret = take_ptr(ns);
	return 0;
}

static int open_path(struct netns **ret, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : netns_open_fd(ret, fd);
}

int netns_open_self(struct netns **ret)
{
	return open_path(ret, HOME);
}

int netns_open_pid(struct netns **ret, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return open_path(ret, path);
}

void netns_free(struct netns *ns)
{
	if (!ns)
		return;
	closep(&ns->fd);
	free(ns);
}

bool netns_equal(const struct netns *a, const struct netns *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}
