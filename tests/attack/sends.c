/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attacker's ways to send: by each call that can, with what it can carry beside the payload. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

static const int flags[] = {
	0, 0, 0, MSG_MORE, MSG_DONTROUTE, MSG_FASTOPEN, MSG_ZEROCOPY, MSG_CONFIRM, MSG_OOB, MSG_EOR
};

/* A sockaddr_ll of the exposed interface: the router's address, or everybody's. */
static socklen_t packet_address(struct attack *a, struct sockaddr_ll *ll)
{
	static const uint16_t types[] = { ETH_P_IP,	 ETH_P_IP,	ETH_P_IPV6, ETH_P_8021Q,
					  ETH_P_PPP_SES, ETH_P_MPLS_UC, ETH_P_802_3 };

	*ll = (struct sockaddr_ll){ .sll_family = AF_PACKET,
				    .sll_protocol = htons(PICK(a, types)),
				    .sll_ifindex = (int)if_nametoindex(a->interface),
				    .sll_halen = ETH_ALEN,
				    .sll_addr = { 2, 0, 0, 0, 0, 1 } };
	return sizeof(*ll);
}

static int pick_flags(struct attack *a)
{
	return PICK(a, flags) | MSG_NOSIGNAL;
}

int send_plain(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	size_t len = fill_payload(a);
	union attack_addr addr;
	socklen_t addr_len = 0;

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	if (!s->connected || !pick(a, 4))
		addr_len = pick_address(a, s->family, &addr);
	if (!addr_len && pick(a, 2))
		return sent(a, write(s->fd, a->payload, len));
	return sent(a, sendto(s->fd, a->payload, len, pick_flags(a), addr_len ? &addr.any : NULL,
			      addr_len));
}

/* --- control messages --- */

static void put_control(struct msghdr *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((char *)m->msg_control + m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	m->msg_controllen += CMSG_SPACE(len);
}

static void put_pktinfo(struct attack *a, struct msghdr *m, int family)
{
	union attack_addr own;

	pick_own_address(a, family, &own);
	if (family == AF_INET) {
		struct in_pktinfo info = {
			.ipi_ifindex = pick(a, 3) ? (int)if_nametoindex(a->interface) : 0,
			.ipi_spec_dst = own.v4.sin_addr
		};

		put_control(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		struct in6_pktinfo info = { .ipi6_ifindex = if_nametoindex(a->interface),
					    .ipi6_addr = own.v6.sin6_addr };

		put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

int send_with_control(struct attack *a)
{
	_Alignas(struct cmsghdr) char control[256] = { 0 };
	struct attack_socket *s = pick_socket(a);
	struct iovec part = { a->payload, fill_payload(a) };
	union attack_addr addr;
	struct msghdr m = {
		.msg_name = &addr, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control
	};

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	m.msg_namelen = pick_address(a, s->family, &addr);
	if (pick(a, 2))
		put_pktinfo(a, &m, s->family);
	if (!pick(a, 4))
		put_control(&m, IPPROTO_UDP, 103 /* UDP_SEGMENT */, &(uint16_t){ 100 },
			    sizeof(uint16_t));
	if (!pick(a, 4))
		put_control(&m, SOL_SOCKET, SO_MARK, &(uint32_t){ 1 + pick(a, 2) },
			    sizeof(uint32_t));
	if (!pick(a, 4))
		put_control(&m, IPPROTO_IP, IP_TTL, &(int){ 3 }, sizeof(int));
	if (!m.msg_controllen)
		m.msg_control = NULL;
	return sent(a, sendmsg(s->fd, &m, pick_flags(a)));
}

int send_many(struct attack *a)
{
	struct iovec part = { a->payload, fill_payload(a) };
	struct attack_socket *s = pick_socket(a);
	union attack_addr addr[8];
	struct mmsghdr m[8] = { 0 };
	unsigned int i;

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	for (i = 0; i < 8; i++) {
		m[i].msg_hdr =
			(struct msghdr){ .msg_iov = &part, .msg_iovlen = 1, .msg_name = &addr[i] };
		m[i].msg_hdr.msg_namelen = pick_address(a, s->family, &addr[i]);
	}
	return sent(a, sendmmsg(s->fd, m, 8, MSG_NOSIGNAL));
}

/* What is in a file or a pipe, without a call that sends. */
int send_file(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	size_t len = fill_payload(a);
	int ends[2], file, r;

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	if (pick(a, 2)) {
		file = memfd_create("attack", MFD_CLOEXEC);
		if (file < 0 || write(file, a->payload, len) < 0)
			r = -errno;
		else
			r = sent(a, sendfile(s->fd, file, &(off_t){ 0 }, len));
		close(file);
		return r;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	if (write(ends[1], a->payload, len) < 0)
		r = -errno;
	else
		r = sent(a, splice(ends[0], NULL, s->fd, NULL, len,
				   SPLICE_F_NONBLOCK | SPLICE_F_MORE));
	close(ends[0]);
	close(ends[1]);
	return r;
}

/* --- headers of its own --- */

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* An IPv4 datagram from one of this host's addresses, or a forged one, to somewhere outside. */
static size_t build_packet(struct attack *a, unsigned char *packet, union attack_addr *to)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	size_t len = fill_payload(a), total = sizeof(ip) + sizeof(struct udphdr) + len;
	struct udphdr udp = { .source = htons(1194),
			      .len = htons((uint16_t)(sizeof(struct udphdr) + len)) };
	union attack_addr from;

	pick_own_address(a, AF_INET, &from);
	pick_address(a, AF_INET, to);
	ip.saddr = from.v4.sin_addr.s_addr;
	ip.daddr = to->v4.sin_addr.s_addr;
	ip.tot_len = htons((uint16_t)total);
	ip.frag_off = pick(a, 8) ? 0 : htons((uint16_t)(IP_MF | pick(a, 4)));
	ip.check = checksum(&ip, sizeof(ip));
	udp.dest = to->v4.sin_port;
	memcpy(packet, &ip, sizeof(ip));
	memcpy(packet + sizeof(ip), &udp, sizeof(udp));
	memcpy(packet + sizeof(ip) + sizeof(udp), a->payload, len);
	return total;
}

int send_raw(struct attack *a)
{
	struct attack_socket *s = pick_socket(a);
	unsigned char packet[2048];
	union attack_addr to;
	size_t len;

	if (!s || s->type != SOCK_RAW || s->family == AF_PACKET)
		return -ENOENT;
	len = build_packet(a, packet, &to);
	return sent(a, sendto(s->fd, packet, len, 0, &to.any, sizeof(to.v4)));
}

/* A frame: whole, or what is to come behind the kernel's header; sometimes behind a header that
 * hides it. */
int send_frame(struct attack *a)
{
	static const unsigned char ethernet[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0x0a, 8, 0 };
	static const unsigned char tagged[18] = { 2, 0, 0,    0,    0, 1, 2, 0, 0,
						  0, 0, 0x0a, 0x81, 0, 0, 5, 8, 0 };
	struct attack_socket *s = pick_socket(a);
	unsigned char frame[2048];
	const unsigned char *head = pick(a, 3) ? ethernet : tagged;
	union attack_addr to;
	struct sockaddr_ll ll;
	size_t off = 0, len;

	if (!s || s->family != AF_PACKET)
		return -ENOENT;
	if (s->type == SOCK_RAW) {
		off = head == ethernet ? sizeof(ethernet) : sizeof(tagged);
		memcpy(frame, head, off);
	}
	len = off + build_packet(a, frame + off, &to);
	return sent(a,
		    sendto(s->fd, frame, len, 0, (struct sockaddr *)&ll, packet_address(a, &ll)));
}
