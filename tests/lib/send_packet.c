/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AF_PACKET: a whole UDP frame, made here and handed to the interface, past routing and past the
 * sockets' hooks.
 */
#include <arpa/inet.h>
#include <err.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "send.h"

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

/* As a 32-bit program would, whose calls the kernel does not show to setsockopt's hook. */
static void set_bypass_32(int fd)
{
#ifdef __x86_64__
	int *on = mmap(NULL, sizeof(*on), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r = 366; /* i386's setsockopt */

	if (on == MAP_FAILED)
		err(1, "mmap");
	*on = 1;
	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 : "b"(fd), "c"(SOL_PACKET), "d"(PACKET_QDISC_BYPASS), "S"(on),
			   "D"(sizeof(*on))
			 : "memory", "r8", "r9", "r10", "r11");
	if (r)
		errx(1, "int $0x80: %ld", r);
#else
	errx(1, "%d: only x86-64 is known to make 32-bit calls here", fd);
#endif
}

int open_packet(const struct send_options *o)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: sends only */

	if (fd < 0)
		err(1, "socket(AF_PACKET)");
	if (o->qdisc_bypass)
		set_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &(int){ 1 }, sizeof(int),
			   "PACKET_QDISC_BYPASS");
	if (o->qdisc_bypass_32)
		set_bypass_32(fd);
	return fd;
}

static uint32_t sum16(const void *data, size_t len, uint32_t sum)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static size_t ip_header(unsigned char *out, const struct send_options *o, size_t udp_len)
{
	if (o->destination.any.sa_family == AF_INET6) {
		struct ip6_hdr ip = { .ip6_src = o->source.v6.sin6_addr,
				      .ip6_dst = o->destination.v6.sin6_addr };

		ip.ip6_flow = htonl(6u << 28);
		ip.ip6_plen = htons(udp_len);
		ip.ip6_nxt = IPPROTO_UDP;
		ip.ip6_hops = 64;
		memcpy(out, &ip, sizeof(ip));
		return sizeof(ip);
	} else {
		struct iphdr ip = { .version = 4,
				    .ihl = 5,
				    .ttl = 64,
				    .protocol = IPPROTO_UDP,
				    .tot_len = htons(sizeof(ip) + udp_len),
				    .saddr = o->source.v4.sin_addr.s_addr,
				    .daddr = o->destination.v4.sin_addr.s_addr };

		ip.check = fold(sum16(&ip, sizeof(ip), 0));
		memcpy(out, &ip, sizeof(ip));
		return sizeof(ip);
	}
}

static size_t udp_header(unsigned char *out, const struct send_options *o, const void *payload,
			 size_t len)
{
	bool v6 = o->destination.any.sa_family == AF_INET6;
	struct udphdr udp = { .source = o->source.v4.sin_port,
			      .dest = o->destination.v4.sin_port,
			      .len = htons(sizeof(udp) + len) };
	uint32_t sum = IPPROTO_UDP + sizeof(udp) + len;

	/* The pseudo-header's addresses: IPv6 refuses datagrams without a checksum. */
	sum = v6 ? sum16(&o->source.v6.sin6_addr, 16, sum) : sum16(&o->source.v4.sin_addr, 4, sum);
	sum = v6 ? sum16(&o->destination.v6.sin6_addr, 16, sum)
		 : sum16(&o->destination.v4.sin_addr, 4, sum);
	udp.check = fold(sum16(payload, len, sum16(&udp, sizeof(udp), sum)));
	memcpy(out, &udp, sizeof(udp));
	return sizeof(udp);
}

void send_packet(int fd, const struct send_options *o, const void *payload, size_t len)
{
	bool v6 = o->destination.any.sa_family == AF_INET6;
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = ifindex_of(o->interface),
				  .sll_halen = 6,
				  .sll_protocol = htons(v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP) };
	unsigned char frame[1514];
	struct ether_header eth = { .ether_type = to.sll_protocol };
	struct ifreq ifr = { 0 };
	size_t n = sizeof(eth);

	if (len > 1400)
		errx(1, "--size: a packet is one frame");
	strncpy(ifr.ifr_name, o->interface, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		err(1, "hardware address of %s", o->interface);
	memcpy(eth.ether_shost, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	memcpy(eth.ether_dhost, &o->mac, ETH_ALEN);
	memcpy(to.sll_addr, &o->mac, ETH_ALEN);

	memcpy(frame, &eth, sizeof(eth));
	n += ip_header(frame + n, o, sizeof(struct udphdr) + len);
	n += udp_header(frame + n, o, payload, len);
	memcpy(frame + n, payload, len);
	n += len;
	if (sendto(fd, frame, n, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)n)
		err(1, "sendto(AF_PACKET)");
}
