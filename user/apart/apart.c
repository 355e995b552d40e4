/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "privileges.h"

/* New in 5.9: some libc headers do not have it. The number is the same on all machines. */
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

/* It takes microseconds. A process that does not answer by then will not. */
#define ANSWER_SECONDS 2

/* Of the same program, so that an address of its code or constants is the same there. */
struct call {
	apart_fn *fn;
	size_t room; /* for the answer */
	uint64_t in[APART_IN / sizeof(uint64_t)];
};

struct apart {
	const char *name;
	void (*begin)(void);
	int fd; /* -1: there is no process */
	pid_t pid;
	uint64_t lost;
	/* the process's */
	struct call call;
	uint64_t answer[APART_ROOM / sizeof(uint64_t)];
};

static struct apart *reading;

/* --- the process --- */

/* The maps of the kernel that we have in our memory, as "anon_inode:bpf-map". */
static void unmap_shared(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "anon_inode:bpf-map") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			munmap((void *)from, to - from); /* NOLINT: addresses as text */
	if (maps)
		fclose(maps);
}

static _Noreturn void serve(int fd, struct apart *a)
{
	const size_t head = offsetof(struct call, in);
	size_t len;
	ssize_t n;

	prctl(PR_SET_NAME, a->name);
	unmap_shared();
	syscall(__NR_close_range, 0, fd - 1, 0);
	syscall(__NR_close_range, fd + 1, ~0U, 0);
	if (a->begin)
		a->begin();
	if (privileges_drop_all())
		_exit(1);
	for (;;) {
		n = recv(fd, &a->call, sizeof(a->call), 0);
		if (n < (ssize_t)head)
			_exit(0);
		len = a->call.fn(a->call.in, (size_t)n - head, a->answer,
				 MIN(a->call.room, sizeof(a->answer)));
		if (send(fd, a->answer, len, MSG_NOSIGNAL) != (ssize_t)len)
			_exit(0);
	}
}

/* --- the loader's side --- */

static void end(struct apart *a)
{
	if (a->fd < 0)
		return;
	close(take_fd(&a->fd));
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, __WALL);
}

/* Without a signal when it ends: whoever waits for the command's end does not see it. */
static int start(struct apart *a)
{
	static const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	a->pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, NULL);
	if (!a->pid)
		serve(pair[1], a);
	close(pair[1]);
	a->fd = pair[0];
	if (a->pid < 0) {
		close(take_fd(&a->fd));
		return -errno;
	}
	setsockopt(a->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

int apart_open(struct apart **ret, const char *name, void (*begin)(void))
{
	struct apart *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->name = name;
	a->begin = begin;
	a->fd = -1;
	*ret = a;
	return 0;
}

void apart_free(struct apart *a)
{
	if (!a)
		return;
	end(a);
	free(a);
}

/* There is no answer, or it could not be true. */
static int refuse(struct apart *a)
{
	end(a);
	a->lost++;
	return -EPROTO;
}

ssize_t apart_run(struct apart *a, apart_fn *fn, const void *in, size_t len, void *ret, size_t room)
{
	struct iovec parts[] = { { &fn, sizeof(fn) },
				 { &room, sizeof(room) },
				 { (void *)in, len } };
	struct msghdr call = { .msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts) };
	ssize_t n = -1;

	if (len <= APART_IN && (a->fd >= 0 || !start(a)) &&
	    sendmsg(a->fd, &call, MSG_NOSIGNAL) == (ssize_t)(sizeof(fn) + sizeof(room) + len))
		n = recv(a->fd, ret, room, MSG_TRUNC);
	return n <= 0 || n > (ssize_t)room ? refuse(a) : n;
}

uint64_t apart_lost(const struct apart *a)
{
	return a->lost;
}

int apart_begin(void)
{
	return reading ? 0 : apart_open(&reading, "read-system", NULL);
}

void apart_end(void)
{
	apart_free(take_ptr(reading));
}

ssize_t apart_read(apart_fn *fn, const void *in, size_t len, void *ret, size_t room)
{
	return reading ? apart_run(reading, fn, in, len, ret, room)
		       : (ssize_t)fn(in, len, ret, room);
}

int apart_read_refuse(void)
{
	return reading ? refuse(reading) : -EPROTO;
}

uint64_t apart_read_lost(void)
{
	return reading ? apart_lost(reading) : 0;
}
