/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"

#define TCP_PORT 9000
/* Neither DNS nor STUN, nor what a torrent client would choose. */
#define UDP_PORT 40000
#define UDP_SIZE 1200
/* What a segment holds at an MTU of 1500 with timestamps. */
#define SEGMENT 1448

struct traffic {
	pid_t sender, sink;
	int control;
};

struct order {
	enum load load;
	unsigned int n;
};

struct sender {
	int fd[LOAD_MAX]; /* -1: not open yet */
	struct sockaddr_in peers[SILENT_N];
	unsigned int next;
	/* Zeros would be a uTP packet of version 0, and ASCII "d1:" a DHT's. */
	char payload[65536];
};

static struct sockaddr_in address(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static int open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot make a socket");
	return fd;
}

static int connected(int type, const char *ip, uint16_t port)
{
	struct sockaddr_in a = address(ip, port);
	int fd = open_socket(AF_INET, type);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		die("cannot connect to %s", ip);
	return fd;
}

static int connected_to(enum load load)
{
	switch (load) {
	case LOAD_TUNNEL_UDP:
		return connected(SOCK_DGRAM, PEER_TUNNEL_PLAIN, UDP_PORT);
	case LOAD_TUNNEL_TCP:
		return connected(SOCK_STREAM, PEER_TUNNEL_PLAIN, TCP_PORT);
	case LOAD_TUNNEL_GSO:
		return connected(SOCK_STREAM, PEER_TUNNEL_GSO, TCP_PORT);
	case LOAD_TCP:
		return connected(SOCK_STREAM, PEER_PLAIN, TCP_PORT);
	case LOAD_TCP_GSO:
		return connected(SOCK_STREAM, PEER_GSO, TCP_PORT);
	case LOAD_UDP6:
		return open_socket(AF_INET6, SOCK_DGRAM);
	default:
		return open_socket(AF_INET, SOCK_DGRAM);
	}
}

/* The acknowledgement of the last byte is the proof that all of it has left. */
static void send_stream(struct sender *s, int fd, unsigned int n)
{
	size_t left = (size_t)n * SEGMENT, part;
	ssize_t sent;
	int queued;

	while (left) {
		part = left < sizeof(s->payload) ? left : sizeof(s->payload);
		sent = write(fd, s->payload, part);
		if (sent < 0)
			die("cannot send");
		left -= (size_t)sent;
	}
	while (!ioctl(fd, SIOCOUTQ, &queued) && queued)
		usleep(50);
}

static void send_to(const struct sender *s, int fd, const void *to, socklen_t len)
{
	if (sendto(fd, s->payload, UDP_SIZE, 0, to, len) < 0 && errno != ENOBUFS)
		die("cannot send");
}

static void send_udp6(const struct sender *s, int fd, unsigned int n)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(UDP_PORT) };

	inet_pton(AF_INET6, SILENT6, &to.sin6_addr);
	while (n--)
		send_to(s, fd, &to, sizeof(to));
}

static void send_in_turn(struct sender *s, int fd, unsigned int n, unsigned int peers)
{
	while (n--) {
		send_to(s, fd, &s->peers[s->next % peers], sizeof(s->peers[0]));
		s->next++;
	}
}

static void send_new(struct sender *s, unsigned int n)
{
	int fd;

	while (n--) {
		fd = open_socket(AF_INET, SOCK_DGRAM);
		send_to(s, fd, &s->peers[0], sizeof(s->peers[0]));
		close(fd);
	}
}

static void connect_again(struct sender *s, int fd, unsigned int n)
{
	while (n--)
		if (connect(fd, (struct sockaddr *)&s->peers[n % SILENT_N], sizeof(s->peers[0])))
			die("cannot connect");
}

static void set_option(int fd, unsigned int n)
{
	int size = 1 << 20;

	while (n--)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* As many flows as packets: one peer and ever new ports. */
static void send_flows(struct sender *s, int fd, unsigned int n)
{
	struct sockaddr_in to = s->peers[1];

	while (n--) {
		to.sin_port = htons((uint16_t)(10000 + s->next++ % 50000));
		send_to(s, fd, &to, sizeof(to));
	}
}

static void obey(struct sender *s, const struct order *o)
{
	int *fd = &s->fd[o->load];

	if (*fd < 0)
		*fd = connected_to(o->load);
	switch (o->load) {
	case LOAD_TUNNEL_TCP:
	case LOAD_TUNNEL_GSO:
	case LOAD_TCP:
	case LOAD_TCP_GSO:
		send_stream(s, *fd, o->n);
		break;
	case LOAD_TUNNEL_UDP:
		for (unsigned int i = 0; i < o->n; i++)
			send_to(s, *fd, NULL, 0);
		break;
	case LOAD_UDP:
		send_in_turn(s, *fd, o->n, 1);
		break;
	case LOAD_UDP_PEERS:
		send_in_turn(s, *fd, o->n, SILENT_N);
		break;
	case LOAD_UDP6:
		send_udp6(s, *fd, o->n);
		break;
	case LOAD_UDP_NEW:
		send_new(s, o->n);
		break;
	case LOAD_CONNECT:
		connect_again(s, *fd, o->n);
		break;
	case LOAD_SETSOCKOPT:
		set_option(*fd, o->n);
		break;
	case LOAD_FLOWS:
		send_flows(s, *fd, o->n);
		break;
	case LOAD_MAX:
		break;
	}
}

static void run_sender(int control)
{
	static struct sender s;
	struct order o;
	unsigned int i;
	uint64_t ns;

	memset(s.payload, 0xee, sizeof(s.payload));
	memset(s.fd, -1, sizeof(s.fd));
	for (i = 0; i < SILENT_N; i++) {
		s.peers[i] = address(SILENT, UDP_PORT);
		s.peers[i].sin_addr.s_addr += htonl(i);
	}
	while (read(control, &o, sizeof(o)) == sizeof(o)) {
		ns = cpu_ns();
		obey(&s, &o);
		ns = cpu_ns() - ns;
		if (write(control, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

#define SINK_MAX 16

static void run_sink(int listener)
{
	struct pollfd p[SINK_MAX] = { { .fd = listener, .events = POLLIN } };
	static char buf[1 << 18];
	nfds_t n = 1, i;

	for (;;) {
		if (poll(p, n, -1) < 0)
			continue;
		for (i = 1; i < n; i++)
			/* truncated: dropped without being copied */
			if (p[i].revents && recv(p[i].fd, buf, sizeof(buf), MSG_TRUNC) <= 0)
				p[i].fd = -1;
		if (p[0].revents && n < SINK_MAX) {
			p[n] = (struct pollfd){ accept(listener, NULL, NULL), POLLIN, 0 };
			n++;
		}
	}
}

static pid_t sink_start(const char *netns)
{
	struct sockaddr_in any = address("0.0.0.0", TCP_PORT);
	int ready[2], fd;
	char byte;
	pid_t pid;

	if (pipe(ready))
		die("cannot make a pipe");
	pid = child_fork();
	if (!pid) {
		enter_netns(netns);
		fd = open_socket(AF_INET, SOCK_STREAM);
		/* connections to the last one may linger */
		if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) ||
		    bind(fd, (struct sockaddr *)&any, sizeof(any)) || listen(fd, SINK_MAX))
			die("cannot listen");
		if (write(ready[1], "", 1) == 1)
			run_sink(fd);
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("the peer did not start");
	close(ready[0]);
	return pid;
}

struct traffic *traffic_start(const char *cgroup, const char *peer_netns)
{
	struct traffic *t = calloc(1, sizeof(*t));
	int pair[2];

	if (!t || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot start the traffic");
	t->sink = sink_start(peer_netns);
	t->sender = child_fork();
	if (!t->sender) {
		close(pair[0]);
		enter_cgroup(cgroup);
		run_sender(pair[1]);
	}
	close(pair[1]);
	t->control = pair[0];
	return t;
}

uint64_t traffic_send(struct traffic *t, enum load load, unsigned int n)
{
	struct order o = { load, n };
	uint64_t ns;

	if (write(t->control, &o, sizeof(o)) != sizeof(o) ||
	    read(t->control, &ns, sizeof(ns)) != sizeof(ns))
		die("the sender has ended");
	return ns;
}

void traffic_end(struct traffic *t)
{
	child_end(t->sender);
	child_end(t->sink);
	close(t->control);
	free(t);
}
