/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * discard PORT: takes whatever comes by UDP or TCP, over IPv4 and IPv6, and never answers (RFC 863).
 */
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 64

static int listen_on(int type, unsigned short port)
{
	/* A host may have IPv6 switched off; its sockets still take IPv4 when bound to the
	 * wildcard. */
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port),
				    .sin6_addr = in6addr_any };
	int fd = socket(AF_INET6, type, 0);

	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int)) < 0)
		err(1, "setsockopt");
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		err(1, "bind to port %d", port);
	if (type == SOCK_STREAM && listen(fd, 16) < 0)
		err(1, "listen");
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd fds[MAX_FDS];
	static char buffer[65536];
	nfds_t n = 0;

	if (argc != 2)
		errx(2, "usage: discard PORT");
	fds[n++] = (struct pollfd){ listen_on(SOCK_STREAM, atoi(argv[1])), POLLIN, 0 };
	fds[n++] = (struct pollfd){ listen_on(SOCK_DGRAM, atoi(argv[1])), POLLIN, 0 };

	while (poll(fds, n, -1) > 0) {
		if (fds[0].revents && n < MAX_FDS)
			fds[n++] = (struct pollfd){ accept(fds[0].fd, NULL, NULL), POLLIN, 0 };
		for (nfds_t i = 1; i < n; i++) {
			if (!fds[i].revents || recv(fds[i].fd, buffer, sizeof(buffer), 0) > 0 ||
			    i == 1)
				continue;
			close(fds[i].fd);
			fds[i--] = fds[--n];
		}
	}
	return 1;
}
