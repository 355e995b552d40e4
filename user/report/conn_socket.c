/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "conn_priv.h"

/* A receiver that is cut off, not closed, is given up after this time without an answer. */
#define SILENT_MS 30000
#define KEEPALIVE_S 15

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
