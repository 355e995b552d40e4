/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "servers.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "facts/transport.h"
#include "base/util.h"

/* A machine has one or two tunnels with a few peers each; a daemon has one or two sockets. */
#define SERVERS_MAX 64
#define PORTS_MAX 16

/* A packet sent into the tunnel must pass its daemon first. */
#define WAIT_MS 1000

#define HEAD_LEN 64 /* bytes of a packet that are read: an IPv6 header and ports */

struct probe_servers {
	struct la_addr v[SERVERS_MAX];
	size_t n;
	const struct links *links;
	uint16_t ports[PORTS_MAX]; /* source ports of unconnected sockets */
	size_t n_ports;
	int fd; /* receives outgoing packets; -1: not possible */
	int64_t end; /* end of the wait; 0: not begun */
};

int probe_servers_open(struct probe_servers **ret)
{
	struct probe_servers *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	*ret = s;
	return 0;
}

void probe_servers_free(struct probe_servers *s)
{
	if (!s)
		return;
	closep(&s->fd);
	free(s);
}

static bool knows(const struct probe_servers *s, const struct la_addr *addr)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (addr_equal(&s->v[i], addr))
			return true;
	return false;
}

static void add(struct probe_servers *s, const struct la_addr *addr)
{
	if (s->n < SERVERS_MAX && !knows(s, addr))
		s->v[s->n++] = *addr;
}

/* A packet to a resolver is not one of the tunnel's, whoever sent it. */
static bool is_resolver(uint16_t port)
{
	return port == 53 || port == 853;
}

/* --- servers known to the kernel --- */

static bool is_port(const struct probe_servers *s, uint16_t port)
{
	size_t i;

	for (i = 0; i < s->n_ports; i++)
		if (s->ports[i] == port)
			return true;
	return false;
}

static int take_endpoint(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	struct probe_servers *s = arg;

	(void)mark;
	if (is_resolver(ep->port))
		return 0;
	if (ep->port || !ep->cookie)
		add(s, &ep->addr);
	else if (sport && s->n_ports < PORTS_MAX && !is_port(s, sport))
		s->ports[s->n_ports++] = sport;
	return 0;
}

static int take_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct probe_servers *s = arg;

	(void)link;
	transport_sockets(h, links_netns(s->links), take_endpoint, s);
	return 0;
}

static void ask_kernel(struct probe_servers *s, const struct links *links)
{
	const struct link *link;

	s->links = links;
	for (link = links_next(links, NULL); link; link = links_next(links, link))
		if (link->role == LA_ROLE_TUNNEL && link->tun == LINK_TUN_NONE)
			transport_kernel(links, link, take_endpoint, s);
	transport_ipsec(links_netns(links), take_endpoint, s);
	transport_holders(links, take_holder, s);
}

/* --- servers learnt from packets --- */

/*
 * Opens a socket for outgoing UDP packets. It yields them from the IP header on. If it cannot be
 * opened, nothing is proven.
 */
static void watch(struct probe_servers *s)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 8),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct iphdr, protocol)),
		BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct ip6_hdr, ip6_nxt)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, HEAD_LEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = { ARRAY_SIZE(code), code };
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL) };

	closep(&s->fd);
	/* protocol 0: receive nothing before the filter is attached */
	s->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(s->fd, (const struct sockaddr *)&all, sizeof(all)))
		closep(&s->fd);
}

/* A forwarded packet may have the same source port, but comes from another machine. */
static bool is_our_address(const struct probe_servers *s, const struct la_addr *a)
{
	const struct link *link;
	size_t i;

	for (link = links_next(s->links, NULL); link; link = links_next(s->links, link))
		for (i = 0; i < link->n_addrs; i++)
			if (link->role == LA_ROLE_EXPOSED && addr_equal(&link->addrs[i].addr, a))
				return true;
	return false;
}

/* Returns the destination of a packet sent from one of the ports. A later fragment has no ports. */
static bool parse(const struct probe_servers *s, const uint8_t *b, size_t n, struct la_addr *ret)
{
	bool six = n && b[0] >> 4 == 6;
	size_t head = six ? sizeof(struct ip6_hdr) : n ? (b[0] & 0xfU) * 4 : 0;
	struct la_addr from;

	if (head < sizeof(struct iphdr) || n < head + 4 || (!six && (b[6] & 0x1f || b[7])))
		return false;
	if (six) {
		memcpy(&from, b + offsetof(struct ip6_hdr, ip6_src), sizeof(from));
		memcpy(ret, b + offsetof(struct ip6_hdr, ip6_dst), sizeof(*ret));
	} else {
		from = addr_from_4(b + offsetof(struct iphdr, saddr));
		*ret = addr_from_4(b + offsetof(struct iphdr, daddr));
	}
	return is_port(s, (uint16_t)(b[head] << 8 | b[head + 1])) &&
	       !is_resolver((uint16_t)(b[head + 2] << 8 | b[head + 3])) && is_our_address(s, &from);
}

static void read_packets(struct probe_servers *s)
{
	uint8_t b[HEAD_LEN];
	struct la_addr to;
	ssize_t n;

	while ((n = recv(s->fd, b, sizeof(b), MSG_DONTWAIT)) >= 0)
		if (parse(s, b, (size_t)n, &to))
			add(s, &to);
}

void probe_servers_look(struct probe_servers *s, const struct links *links)
{
	s->n_ports = 0;
	s->end = 0;
	ask_kernel(s, links);
	if (s->n_ports)
		watch(s);
}

bool probe_servers_has(struct probe_servers *s, const struct la_addr *addr)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	int64_t left;

	if (!s->n_ports || s->fd < 0)
		return knows(s, addr);
	s->end = s->end ?: ktime_ms() + WAIT_MS;
	read_packets(s);
	while (!knows(s, addr) && (left = s->end - ktime_ms()) > 0) {
		poll(&p, 1, (int)left);
		read_packets(s);
	}
	return knows(s, addr);
}
