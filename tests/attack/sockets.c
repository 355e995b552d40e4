/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attacker's sockets: of all families and kinds, with all that can be set. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif
#ifndef IPV6_ADDRFORM
#define IPV6_ADDRFORM 1
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif

static const struct {
	int type, protocol;
} kinds[] = {
	{ SOCK_DGRAM, 0 },
	{ SOCK_DGRAM, 0 },
	{ SOCK_DGRAM, 0 },
	{ SOCK_STREAM, 0 },
	{ SOCK_STREAM, 0 },
	{ SOCK_STREAM, IPPROTO_MPTCP },
	{ SOCK_DGRAM, IPPROTO_UDPLITE },
	{ SOCK_DGRAM, IPPROTO_ICMP },
	{ SOCK_DGRAM, IPPROTO_ICMPV6 },
	{ SOCK_STREAM, IPPROTO_SCTP },
	{ SOCK_SEQPACKET, IPPROTO_SCTP },
	{ SOCK_DCCP, IPPROTO_DCCP },
	{ SOCK_RAW, IPPROTO_RAW },
	{ SOCK_RAW, IPPROTO_ICMP },
	{ SOCK_RAW, IPPROTO_UDP },
	{ SOCK_RAW, IPPROTO_GRE },
	{ SOCK_RAW, IPPROTO_IPIP },
};

int new_socket(struct attack *a, struct attack_socket **ret)
{
	static const int families[] = { AF_INET, AF_INET, AF_INET6, AF_INET6, AF_PACKET };
	uint32_t kind = pick(a, sizeof(kinds) / sizeof(kinds[0]));
	int family = PICK(a, families), type = kinds[kind].type, protocol = kinds[kind].protocol;
	int fd;

	if (family == AF_PACKET) {
		type = pick(a, 2) ? SOCK_RAW : SOCK_DGRAM;
		protocol = htons(pick(a, 2) ? ETH_P_ALL : ETH_P_IP);
	}
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	*ret = free_socket(a);
	**ret = (struct attack_socket){ .fd = fd, .family = family, .type = type };
	return 0;
}

int open_socket(struct attack *a)
{
	struct attack_socket *s;

	return new_socket(a, &s);
}

static int bind_packet(struct attack *a, int fd)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = (int)if_nametoindex(a->interface) };

	return bind(fd, (struct sockaddr *)&ll, sizeof(ll)) ? -errno : 0;
}

int bind_socket(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	union attack_addr addr;
	socklen_t len;

	if (!s)
		return -ENOENT;
	if (s->family == AF_PACKET)
		return bind_packet(a, s->fd);
	len = pick_own_address(a, s->family, &addr);
	return bind(s->fd, &addr.any, len) ? -errno : 0;
}

/* --- options --- */

/* Those whose value is a number: the values that do most. */
static const struct number_option {
	int level, name, values[4];
} number_options[] = {
	{ SOL_SOCKET, SO_MARK, { 0, 1, 0x6e6, 51820 } },
	{ SOL_SOCKET, SO_PRIORITY, { 0, 6, 1, 7 } },
	{ SOL_SOCKET, SO_DONTROUTE, { 0, 1, 1, 0 } },
	{ SOL_SOCKET, SO_BROADCAST, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_REUSEADDR, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_REUSEPORT, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_KEEPALIVE, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_ZEROCOPY, { 0, 1, 1, 1 } },
	{ SOL_SOCKET, SO_SNDBUF, { 1, 4096, 1 << 20, 0 } },
	{ IPPROTO_IP, IP_TTL, { 1, 2, 64, 255 } },
	{ IPPROTO_IP, IP_TOS, { 0, 0x10, 0xb8, 0xff } },
	{ IPPROTO_IP, IP_FREEBIND, { 0, 1, 1, 1 } },
	{ IPPROTO_IP, IP_TRANSPARENT, { 0, 1, 1, 1 } },
	{ IPPROTO_IP, IP_HDRINCL, { 0, 1, 1, 0 } },
	{ IPPROTO_IP, IP_MTU_DISCOVER, { 0, 2, 3, 5 } },
	{ IPPROTO_IP, IP_RECVERR, { 0, 1, 1, 1 } },
	{ IPPROTO_IPV6, IPV6_V6ONLY, { 0, 0, 1, 0 } },
	{ IPPROTO_IPV6, IPV6_ADDRFORM, { AF_INET, AF_INET, AF_INET, AF_INET } },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, { 1, 2, 64, 255 } },
	{ IPPROTO_IPV6, IPV6_HDRINCL, { 0, 1, 1, 0 } },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, { 0, 1, 1, 1 } },
	{ IPPROTO_TCP, TCP_CORK, { 0, 1, 0, 1 } },
	{ IPPROTO_TCP, TCP_NODELAY, { 0, 1, 1, 1 } },
	{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, { 0, 1, 1, 1 } },
	{ IPPROTO_TCP, TCP_KEEPIDLE, { 1, 1, 1, 2 } },
	{ IPPROTO_TCP, TCP_KEEPINTVL, { 1, 1, 1, 2 } },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, { 0, 500, 2000, 1 } },
	{ IPPROTO_TCP, TCP_SYNCNT, { 1, 2, 3, 6 } },
	{ IPPROTO_TCP, TCP_REPAIR, { 0, 1, 1, 0 } },
	{ IPPROTO_UDP, 1 /* UDP_CORK */, { 0, 1, 0, 1 } },
	{ IPPROTO_UDP, 103 /* UDP_SEGMENT */, { 0, 100, 500, 1200 } },
	{ SOL_PACKET, PACKET_QDISC_BYPASS, { 0, 1, 1, 1 } },
	{ SOL_PACKET, PACKET_VNET_HDR, { 0, 1, 0, 1 } },
};

static int set_number(struct attack *a, const struct attack_socket *s)
{
	const struct number_option *o = &PICK(a, number_options);
	int value = PICK(a, o->values);

	return setsockopt(s->fd, o->level, o->name, &value, sizeof(value)) ? -errno : 0;
}

static int bind_to_interface(struct attack *a, const struct attack_socket *s)
{
	static const char *const others[] = { "", "tun0", "lo" };
	const char *name = pick(a, 2) ? a->interface : PICK(a, others);

	return setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1)
		       ? -errno
		       : 0;
}

static int choose_interface(struct attack *a, int fd)
{
	int index = (int)if_nametoindex(pick(a, 4) ? a->interface : "tun0");
	struct ip_mreqn multicast = { .imr_ifindex = index };
	int order = (int)htonl((uint32_t)index);

	switch (pick(a, 4)) {
	case 0:
		return setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &order, sizeof(order)) ? -errno
											: 0;
	case 1:
		return setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &order, sizeof(order)) ? -errno
											    : 0;
	case 2:
		return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &multicast, sizeof(multicast))
			       ? -errno
			       : 0;
	default:
		return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index))
			       ? -errno
			       : 0;
	}
}

/* Loose source routes, and a hop that is outside. */
static int set_header_options(struct attack *a, int fd)
{
	static const unsigned char route4[] = { 1, 131, 7, 4, 203, 0, 113, 11 },
				   alert[] = { 148, 4, 0, 0 };
	static const unsigned char route6[24] = { 0,	2,    2, 1, [8] = 0x20, 1,
						  0x0d, 0xb8, 0, 2, [23] = 0x35 };

	switch (pick(a, 3)) {
	case 0:
		return setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route4, sizeof(route4)) ? -errno : 0;
	case 1:
		return setsockopt(fd, IPPROTO_IP, IP_OPTIONS, alert, sizeof(alert)) ? -errno : 0;
	default:
		return setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, route6, sizeof(route6)) ? -errno
											: 0;
	}
}

static int join_group(struct attack *a, int fd)
{
	struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xef010000 + pick(a, 64)),
				  .imr_ifindex = (int)if_nametoindex(a->interface) };

	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) ? -errno : 0;
}

int set_option(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);

	if (!s)
		return -ENOENT;
	switch (pick(a, 10)) {
	case 0:
	case 1:
		return bind_to_interface(a, s);
	case 2:
		return choose_interface(a, s->fd);
	case 3:
		return set_header_options(a, s->fd);
	case 4:
		return join_group(a, s->fd);
	default:
		return set_number(a, s);
	}
}

/* --- ends --- */

int connect_socket(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	union attack_addr addr;
	socklen_t len;

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	len = pick_address(a, s->family, &addr);
	if (!pick(a, 12))
		addr.any.sa_family = AF_UNSPEC;
	if (sent(a, connect(s->fd, &addr.any, len)) && errno != EINPROGRESS)
		return -errno;
	s->connected = true;
	return 0;
}

int listen_and_accept(struct attack *a)
{
	struct attack_socket *s = pick_socket(a), *new;
	int fd;

	if (!s || listen(s->fd, 4) < 0)
		return s ? -errno : -ENOENT;
	fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	new = free_socket(a);
	*new = (struct attack_socket){
		.fd = fd, .family = AF_INET, .type = SOCK_STREAM, .connected = true
	};
	return 0;
}

/* In order, halfway, or with a reset. */
int end_socket(struct attack *a)
{
	struct linger reset = { 1, 0 };
	struct attack_socket *s = pick_socket(a);

	if (!s)
		return -ENOENT;
	switch (pick(a, 3)) {
	case 0:
		return shutdown(s->fd, (int)pick(a, 3)) ? -errno : 0;
	case 1:
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		break;
	default:
		break;
	}
	close_socket(s);
	return 0;
}
