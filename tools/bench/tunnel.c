/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "child.h"

static int open_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("cannot make %s", name);
	return fd;
}

static void carry(int from, int to)
{
	unsigned char packet[65536];
	ssize_t n;

	while ((n = read(from, packet, sizeof(packet))) > 0)
		/* lost where the other side is full, as packets are */
		if (n >= 20 && packet[0] >> 4 == 4 && packet[9] == IPPROTO_TCP &&
		    write(to, packet, (size_t)n) < 0 && errno != EAGAIN && errno != EIO)
			die("cannot write to the tunnel");
}

int tunnel_start(const char *name, const char *peer_netns)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	pid_t parent;
	int ready[2];
	char byte;

	if (pipe(ready))
		die("cannot make a pipe");
	parent = child_fork();
	if (parent) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			die("no tunnel");
		close(ready[0]);
		return parent;
	}
	p[0].fd = open_tun(name);
	enter_netns(peer_netns);
	p[1].fd = open_tun(name);
	if (write(ready[1], "", 1) != 1)
		_exit(1);
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		carry(p[0].fd, p[1].fd);
		carry(p[1].fd, p[0].fd);
	}
}
