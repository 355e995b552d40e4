/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets from outside the scope: a giver makes them, as root or as the attackers' user, and hands
 * them over by SCM_RIGHTS, lets them be taken by pidfd_getfd(), or has a child that goes into the
 * scope with them. It sends nothing itself but what connects a stream, from ports of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define GIVERS_PORT 7000 /* and 999 more */

/* In the network namespace of all. */
static socklen_t gifts_address(struct sockaddr_un *ret)
{
	static const char name[] = MARK;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path + 1, name, sizeof(name));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + sizeof(name));
}

int open_gifts(bool for_givers)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;
	socklen_t len = gifts_address(&addr);

	if (fd < 0 || (for_givers ? connect(fd, (struct sockaddr *)&addr, len)
				  : bind(fd, (struct sockaddr *)&addr, len)))
		return -1;
	return fd;
}

/* What it takes from a process that keeps it. */
int take_from(const struct attack_gift *gift)
{
	int fd, process = (int)syscall(SYS_pidfd_open, gift->giver, 0);

	if (process < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, process, gift->socket.fd, 0);
	close(process);
	return fd;
}

static int connect_from_own_port(struct attack *a, struct attack_socket *s)
{
	static const int on = 1;
	union attack_addr own = { .any.sa_family = (sa_family_t)s->family }, addr;
	socklen_t len = s->family == AF_INET ? sizeof(own.v4) : sizeof(own.v6);

	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	own.v4.sin_port = htons((uint16_t)(GIVERS_PORT + pick(a, 1000))); /* an IPv6 one's, too */
	if (bind(s->fd, &own.any, len))
		return -errno;
	if (pick(a, 3)) {
		len = pick_address(a, s->family, &addr);
		s->connected = !connect(s->fd, &addr.any, len) || errno == EINPROGRESS;
	}
	return 0;
}

/* Before Linux 6.16 data may be put into such a stream unseen: leakaudit-threats(7) has that gap. */
static bool kernel_tells_put(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	return !uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 16));
}

static int make_gift(struct attack *a, struct attack_socket **ret)
{
	struct attack_socket *s;
	int r = new_socket(a, ret);

	if (r)
		return r;
	s = *ret;
	if (s->type == SOCK_STREAM && !kernel_tells_put())
		return -EOPNOTSUPP;
	return s->family == AF_PACKET || s->type == SOCK_RAW ? 0 : connect_from_own_port(a, s);
}

/* It is in the scope with what it has, and sends at once or never. */
static int send_child(struct attack *a)
{
	char path[4096];
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid) {
		waitpid(pid, NULL, 0);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/0/cgroup.procs", a->cgroup);
	if (!write_text(path, "0")) {
		become_nobody(false);
		send_plain(a);
		send_frame(a);
	}
	_exit(0);
}

static int give_one(struct attack *a, bool lends)
{
	struct attack_gift gift = { .giver = lends ? getpid() : 0 };
	struct attack_socket *s = NULL;
	int r = make_gift(a, &s);

	if (r)
		return r;
	gift.socket = *s;
	r = send_gift(a->gifts, &gift, lends ? -1 : s->fd);
	if (!lends && !pick(a, 4))
		r = send_child(a);
	if (!lends && pick(a, 4)) /* else it stays open here for a while */
		close_socket(s);
	return r;
}

void give(struct attack *a)
{
	bool lends = a->number;

	if (lends) {
		become_nobody(false);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	}
	while (now_ns() < a->end) {
		__atomic_add_fetch(&a->shared->actions, 1, __ATOMIC_RELAXED);
		if (give_one(a, lends))
			__atomic_fetch_add(&a->shared->failed, 1, __ATOMIC_RELAXED);
		sleep_ms(pick(a, 30));
	}
}
