/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bypass.h"

#include <errno.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/util.h"

/* Many libc headers do not have it. */
#define QDISC_BYPASS 20

/* Returns a descriptor of our own for the socket. The inode proves that it is the same socket. */
static int get(const struct la_held *held, pid_t pid)
{
	_cleanup_(closep) int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), fd = -1;
	struct stat st;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, held->fd, 0);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return st.st_ino == held->inode ? take_fd(&fd) : -ESTALE;
}

int bypass_look(const struct la_held *held, pid_t pid, bool revoke)
{
	_cleanup_(closep) int fd = -1;
	int on = 0;
	socklen_t len = sizeof(on);

	if (held->xdp)
		return 1;
	if (!pid)
		return -ESRCH;
	fd = get(held, pid);
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_PACKET, QDISC_BYPASS, &on, &len))
		return -errno;
	if (on && revoke)
		setsockopt(fd, SOL_PACKET, QDISC_BYPASS, &(int){ 0 }, sizeof(int));
	return on;
}
