/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "send.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/util.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_ll frame;
};

static socklen_t fill(union address *to, const struct la_addr *a, const struct probe *p,
		      uint16_t port)
{
	memset(to, 0, sizeof(*to));
	if (p->family == 4) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		memcpy(&to->v4.sin_addr, &a->b[12], 4);
		return sizeof(to->v4);
	}
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(port);
	memcpy(&to->v6.sin6_addr, a->b, 16);
	if (probe_is_link_local(a))
		to->v6.sin6_scope_id = p->ifindex;
	return sizeof(to->v6);
}

/* The kernel adds the link header. A broadcast needs no neighbour's address. */
static socklen_t fill_frame(union address *to, const struct probe *p)
{
	memset(to, 0, sizeof(*to));
	to->frame.sll_family = AF_PACKET;
	to->frame.sll_protocol = htons(p->family == 6 ? ETH_P_IPV6 : ETH_P_IP);
	to->frame.sll_ifindex = (int)p->ifindex;
	to->frame.sll_halen = p->l2_addr_len;
	memset(to->frame.sll_addr, 0xff, p->l2_addr_len);
	return sizeof(to->frame);
}

static int open_socket(const struct probe *p)
{
	int domain = p->family == 6 ? AF_INET6 : AF_INET, type = SOCK_NONBLOCK | SOCK_CLOEXEC;

	switch (p->kind->transport) {
	case PROBE_UDP:
		return socket(domain, SOCK_DGRAM | type, 0);
	case PROBE_TCP:
		return socket(domain, SOCK_STREAM | type, 0);
	case PROBE_ICMP:
		return socket(domain, SOCK_RAW | type,
			      p->family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	case PROBE_FRAME: /* protocol 0: receive nothing */
		return socket(AF_PACKET, SOCK_DGRAM | type, 0);
	case PROBE_LOOKUP:
		break;
	}
	errno = EINVAL;
	return -1;
}

/* A copy for the members of this machine would be a second packet, which no hook sees leave. */
static int keep_from_ourselves(int fd, const struct probe *p)
{
	const int off = 0;

	return p->family == 6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off))
			      : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off));
}

static int bind_socket(int fd, const struct probe *p, struct probe_attempt *r)
{
	/*
	 * With this the socket is reset when it is closed, so that nothing is retransmitted once
	 * the hooks are gone.
	 */
	const struct linger gone = { .l_onoff = 1 };
	union address from;
	socklen_t len;
	int failed;

	if (p->kind->transport == PROBE_FRAME)
		return 0;
	if (p->kind->aim == PROBE_TO_GROUP && keep_from_ourselves(fd, p))
		return -1;
	if (p->kind->transport == PROBE_TCP &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone)))
		return -1;
	if (p->how == PROBE_DEVICE)
		return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->ifname,
				  (socklen_t)strnlen(p->ifname, sizeof(p->ifname)));
	if (p->how != PROBE_SOURCE)
		return 0;
	do {
		len = fill(&from, r->other ? &p->others[r->other - 1] : &p->source, p, 0);
		failed = bind(fd, &from.any, len);
		/* it has failed duplicate detection, or was replaced just now */
	} while (failed && errno == EADDRNOTAVAIL && r->other++ < p->n_others);
	r->other = failed ? 0 : r->other;
	return failed;
}

static int send_packet(int fd, const struct probe *p)
{
	uint8_t payload[PROBE_PAYLOAD_MAX];
	size_t n = p->kind->payload(p, payload);
	union address to;
	socklen_t len;

	if (p->kind->transport == PROBE_FRAME)
		len = fill_frame(&to, p);
	else
		len = fill(&to, &p->to, p, p->kind->transport == PROBE_ICMP ? 0 : p->port);
	if (p->kind->transport == PROBE_TCP)
		return connect(fd, &to.any, len) && errno != EINPROGRESS ? -1 : 0;
	return sendto(fd, payload, n, MSG_NOSIGNAL, &to.any, len) < 0 ? -1 : 0;
}

/* Sends a probe. Returns the socket or -1; r has how far it got. */
static int send_one(const struct probe *p, struct probe_attempt *r)
{
	socklen_t len = sizeof(r->socks[0].cookie);
	int fd, failed;

	r->stage = PROBE_OPENING;
	fd = open_socket(p);
	if (fd < 0) {
		r->error = errno;
		return -1;
	}
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &r->socks[0].cookie, &len);
	r->n_socks = 1;
	r->stage = PROBE_BINDING;
	failed = bind_socket(fd, p, r);
	if (!failed) {
		r->stage = PROBE_SENDING;
		failed = send_packet(fd, p);
	}
	if (failed)
		r->error = errno;
	else
		r->stage = PROBE_SENT;
	return fd;
}

/* --- answers --- */

/* When connected, sends what the connection is for. */
static void on_connected(int fd, const struct probe *p, struct probe_attempt *r)
{
	uint8_t payload[PROBE_PAYLOAD_MAX];
	socklen_t len = sizeof(r->error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &r->error, &len) || r->error)
		return;
	len = (socklen_t)p->kind->payload(p, payload);
	(void)!send(fd, payload, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void await(const struct probe_plan *plan, struct pollfd *fds, struct probe_shared *shared,
		  int wait_ms)
{
	int64_t end = ktime_ms() + wait_ms, left;
	size_t i;

	while ((left = end - ktime_ms()) > 0) {
		if (poll(fds, plan->n, (int)left) <= 0)
			continue;
		for (i = 0; i < plan->n; i++) {
			if (!fds[i].revents)
				continue;
			if (plan->v[i].kind->transport == PROBE_TCP &&
			    shared->attempts[i].stage == PROBE_SENT)
				on_connected(fds[i].fd, &plan->v[i], &shared->attempts[i]);
			fds[i].fd = ~fds[i].fd; /* handled; poll() skips negative descriptors */
		}
	}
}

void probe_read_path(const struct datapath *k, int fd, struct probe_sock *sock)
{
	uint32_t ifindex;
	uint8_t role;

	if (datapath_socket_path(k, fd, &ifindex, &role))
		return;
	sock->ifindex = ifindex;
	sock->role = role;
}

/* Sends a packet to ourselves by the loopback device: the hook must see it. */
static void send_control(const struct datapath *k, struct probe_sock *control)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || sendto(fd, "", 1, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return;
	probe_read_path(k, fd, control);
}

/* Sends into each tunnel. The sockets are bound to tunnels, so their results do not matter. */
static void send_into_tunnels(const struct probe_plan *plan)
{
	struct probe_attempt r;
	size_t i;

	for (i = 0; i < plan->n_into; i++)
		send_one(&plan->into[i], &r); /* sockets are closed at exit */
}

void probe_send_all(const struct datapath *k, const struct probe_plan *plan,
		    struct probe_shared *shared, int wait_ms)
{
	struct pollfd *fds = calloc(plan->n + 1, sizeof(*fds));
	size_t i;

	if (!fds)
		return;
	send_control(k, &shared->control);
	send_into_tunnels(plan);
	for (i = 0; i < plan->n; i++) {
		fds[i].fd = -1;
		if (plan->v[i].kind->transport == PROBE_LOOKUP)
			continue;
		fds[i].fd = send_one(&plan->v[i], &shared->attempts[i]);
		/* for other probes only errors matter */
		fds[i].events = plan->v[i].kind->transport == PROBE_TCP ? POLLOUT : 0;
	}
	await(plan, fds, shared, wait_ms);
	for (i = 0; i < plan->n; i++) {
		int fd = fds[i].fd < -1 ? ~fds[i].fd : fds[i].fd;

		if (fd >= 0 && plan->v[i].kind->transport != PROBE_FRAME)
			probe_read_path(k, fd, &shared->attempts[i].socks[0]);
	}
	free(fds); /* sockets are closed at exit */
}
