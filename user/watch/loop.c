/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/util.h"

/* Between SIGTERM and SIGKILL for a command at the end of --duration. */
#define CHILD_GRACE (5 * NSEC_PER_SEC)

int loop_add(struct loop *l, int fd, void *source)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int timer(uint64_t first, uint64_t then)
{
	struct itimerspec its = {
		.it_value = { (time_t)(first / NSEC_PER_SEC), (long)(first % NSEC_PER_SEC) },
		.it_interval = { (time_t)(then / NSEC_PER_SEC), (long)(then % NSEC_PER_SEC) },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd >= 0)
		timerfd_settime(fd, 0, &its, NULL);
	return fd;
}

int loop_open(struct loop *l, const sigset_t *signals, uint64_t interval, uint64_t duration)
{
	int r;

	sigprocmask(SIG_BLOCK, signals, NULL);
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	l->signals = signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
	l->ticks = timer(NSEC_PER_SEC / 2, interval);
	if (duration)
		l->deadline = timer(duration, CHILD_GRACE);
	if (l->epfd < 0 || l->signals < 0 || l->ticks < 0 || (duration && l->deadline < 0))
		return -errno;
	r = loop_add(l, l->signals, &l->signals);
	if (!r)
		r = loop_add(l, l->ticks, &l->ticks);
	if (!r && duration)
		r = loop_add(l, l->deadline, &l->deadline);
	return r;
}

void loop_close(struct loop *l)
{
	closep(&l->epfd);
	closep(&l->signals);
	closep(&l->ticks);
	closep(&l->deadline);
}

bool loop_expired(int timer_fd)
{
	uint64_t expirations;

	return read(timer_fd, &expirations, sizeof(expirations)) > 0;
}
