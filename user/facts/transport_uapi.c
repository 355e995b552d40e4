/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a process that carries WireGuard on a tun for its peers, by the socket that wg(8) uses. */
#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* About 300 bytes for a peer. What is longer is not read: then no peer is proven. */
#define ANSWER_MAX (256 << 10)
/* A process that does not answer is not waited for: it would hold up all else. */
#define ANSWER_MS 100

static int await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int r = poll(&p, 1, ANSWER_MS);

	return r < 0 ? -errno : r ? 0 : -ETIMEDOUT;
}

/*
 * Only root may say it: another user's process could have its socket there in a mount namespace of
 * its own.
 */
static int open_socket(const struct link *link, const struct transport_holder *h)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0)
		return -errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/%u/root/run/wireguard/%s.sock", h->tgid,
		 link->name);
	if (connect(fd, (void *)&to, sizeof(to)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return -errno;
	if (peer.uid)
		return -EPERM;
	if (send(fd, "get=1\n\n", 7, MSG_NOSIGNAL) != 7)
		return -EIO;
	return take_fd(&fd);
}

/* Until the empty line that ends it. 0 or -errno. */
static int read_answer(int fd, char *buf)
{
	size_t n = 0;

	while (n < ANSWER_MAX - 1) {
		ssize_t got;
		int r = await(fd, POLLIN);

		if (r)
			return r;
		got = recv(fd, buf + n, ANSWER_MAX - 1 - n, 0);
		if (got <= 0)
			return got ? -errno : -EPIPE;
		n += (size_t)got;
		buf[n] = '\0';
		if (n >= 2 && !strcmp(buf + n - 2, "\n\n"))
			return 0;
	}
	return -E2BIG;
}

int transport_uapi_parse(char *answer, transport_endpoint_fn *fn, void *arg)
{
	int r, found = 0;
	char *line;

	while ((line = strsep(&answer, "\n"))) {
		r = strncmp(line, "endpoint=", 9) ? 0 : transport_take_endpoint(line + 9, fn, arg);
		if (r < 0)
			return r;
		found += r;
	}
	return found;
}

int transport_uapi(const struct link *link, const struct transport_holder *h,
		   transport_endpoint_fn *fn, void *arg)
{
	_cleanup_(closep) int fd = open_socket(link, h);
	_cleanup_(freep) char *buf = fd < 0 ? NULL : malloc(ANSWER_MAX);
	int r;

	if (fd < 0)
		return fd;
	if (!buf)
		return -ENOMEM;
	r = read_answer(fd, buf);
	return r ? r : transport_uapi_parse(buf, fn, arg);
}
