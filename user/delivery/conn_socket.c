/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/util.h"
#include "conn_priv.h"

/* A receiver that is cut off, not closed, is given up after this time without an answer. */
#define SILENT_MS 30000
#define KEEPALIVE_S 15
/* The most that Linux lets a receiver's buffer grow to by itself (tcp(7), tcp_rmem): since 6.16. */
#define BUFFER_MOST (32U << 20)

static void set(int fd, int level, int option, int value)
{
	/* without it the end of a connection is noticed later */
	setsockopt(fd, level, option, &value, sizeof(value));
}

int conn_socket(const struct addrinfo *a)
{
	int fd =
		socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0 || a->ai_socktype != SOCK_STREAM || a->ai_family == AF_UNIX)
		return fd;
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_S);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENT_MS);
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return fd;
}

/*
 * A receiver without room answers, and is not cut off: with a time-out the kernel would end the
 * connection all the same, and all that it has not read would be sent again, for ever.
 */
void conn_socket_bear(int fd, bool full)
{
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, full ? 0 : SILENT_MS);
}

size_t conn_socket_unacknowledged(int fd)
{
	int n = 0;

	return ioctl(fd, SIOCOUTQ, &n) < 0 || n < 0 ? SIZE_MAX / 2 : (size_t)n;
}

/*
 * The largest window that was offered says nothing of the buffer, which grows while there is
 * something in it; the scale of windows is chosen for the largest that it may become.
 */
size_t conn_socket_buffered(int fd, bool *full)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	size_t most, room = 0;

	*full = false;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return BUFFER_MOST;
	if (len >= offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(info.tcpi_snd_wnd)) {
		room = info.tcpi_snd_wnd;
		*full = info.tcpi_notsent_bytes && (!room || !info.tcpi_unacked);
	}
	most = MIN((size_t)UINT16_MAX << info.tcpi_snd_wscale, (size_t)BUFFER_MOST);
	return most - MIN(room, most);
}
