/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * send: puts packets on the wire in the ways that real programs do, one way per option, for the
 * live tests.
 *
 * Says "ready" after its first sends, and "sent" after each line that --lines reads from stdin. It
 * keeps its socket until stdin ends (or --hold runs out), so that whoever watches can still look
 * its owner up.
 */
#define _GNU_SOURCE /* in6_pktinfo */
#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "send.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif

#define STUN_COOKIE 0x2112a442

/* A new id for each sender, so that a server's answer is to this request. */
static size_t stun_binding_request(unsigned char *out)
{
	struct {
		uint16_t type, length;
		uint32_t cookie;
		unsigned char id[12];
	} request = { .type = htons(1), .cookie = htonl(STUN_COOKIE) };

	if (getrandom(request.id, sizeof(request.id), 0) != sizeof(request.id))
		err(1, "getrandom");
	memcpy(out, &request, sizeof(request));
	return sizeof(request);
}

unsigned int ifindex_of(const char *name)
{
	unsigned int index = if_nametoindex(name);

	if (!index)
		err(1, "interface %s", name);
	return index;
}

void set_option(int fd, int level, int option, const void *value, socklen_t len, const char *what)
{
	if (setsockopt(fd, level, option, value, len) < 0)
		err(1, "%s", what);
}

static void set_options(int fd, const struct send_options *o)
{
	bool v6 = o->destination.any.sa_family == AF_INET6;

	if (o->bind_device)
		set_option(fd, SOL_SOCKET, SO_BINDTODEVICE, o->bind_device,
			   strlen(o->bind_device) + 1, "SO_BINDTODEVICE");
	if (o->unicast_if) {
		uint32_t index = htonl(ifindex_of(o->unicast_if));

		set_option(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_IF : IP_UNICAST_IF,
			   &index, sizeof(index), "UNICAST_IF");
	}
	if (o->gso)
		set_option(fd, IPPROTO_UDP, UDP_SEGMENT, &o->gso, sizeof(o->gso), "UDP_SEGMENT");
}

static int open_inet(const struct send_options *o)
{
	int fd = socket(o->destination.any.sa_family, o->protocol == TCP ? SOCK_STREAM : SOCK_DGRAM,
			0);

	if (fd < 0)
		err(1, "socket");
	set_options(fd, o);
	if (o->has_source && bind(fd, &o->source.any, o->address_len) < 0)
		err(1, "bind");
	if ((o->connect || o->protocol == TCP) &&
	    connect(fd, &o->destination.any, o->address_len) < 0)
		err(1, "connect");
	if (o->protocol == TCP)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int), "TCP_NODELAY");
	return fd;
}

/* The interface in ancillary data. The source address is left to the kernel, as with the other
 * ways. */
static size_t pktinfo(const struct send_options *o, struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (o->destination.any.sa_family == AF_INET6) {
		struct in6_pktinfo info = { .ipi6_ifindex = ifindex_of(o->pktinfo) };

		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info)), IPPROTO_IPV6, IPV6_PKTINFO };
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	} else {
		struct in_pktinfo info = { .ipi_ifindex = ifindex_of(o->pktinfo) };

		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info)), IPPROTO_IP, IP_PKTINFO };
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
}

static void send_inet(int fd, const struct send_options *o, void *payload, size_t len)
{
	_Alignas(struct cmsghdr) char control[64] = { 0 };
	struct iovec iov = { payload, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (!o->connect && o->protocol == UDP) {
		msg.msg_name = (void *)&o->destination;
		msg.msg_namelen = o->address_len;
	}
	if (o->pktinfo) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		msg.msg_controllen = pktinfo(o, &msg);
	}
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)len)
		err(1, "sendmsg");
}

static void send_one(int fd, const struct send_options *o, void *payload, size_t len)
{
	if (o->protocol == PACKET)
		send_packet(fd, o, payload, len);
	else
		send_inet(fd, o, payload, len);
}

static void follow_stdin(int fd, const struct send_options *o)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		if (!o->lines)
			continue;
		send_one(fd, o, line, len);
		puts("sent");
	}
	free(line);
}

static socklen_t parse_address(const char *text, const char *port, union address *out)
{
	unsigned long n = strtoul(port, NULL, 10);

	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(n);
		return sizeof(out->v4);
	}
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(n);
		return sizeof(out->v6);
	}
	errx(2, "not an address: %s", text);
}

static void set_payload(struct send_options *o, const char *text)
{
	if (!strcmp(text, "stun")) {
		o->payload_len = stun_binding_request(o->payload);
		return;
	}
	o->payload_len = strlen(text);
	if (o->payload_len > sizeof(o->payload))
		errx(2, "--payload is too long");
	memcpy(o->payload, text, o->payload_len);
}

static const struct option long_options[] = {
	{ "bind-device", required_argument, NULL, 'b' }, /* SO_BINDTODEVICE */
	{ "unicast-if", required_argument, NULL, 'u' }, /* IP_UNICAST_IF */
	{ "pktinfo", required_argument, NULL, 'i' }, /* IP_PKTINFO's interface */
	{ "source", required_argument, NULL, 's' }, /* the address to bind to, or a packet's */
	{ "source-port", required_argument, NULL, 'S' },
	{ "gso", required_argument, NULL, 'g' }, /* UDP_SEGMENT's size */
	{ "count", required_argument, NULL, 'c' }, /* first sends; 0 opens the socket only */
	{ "size", required_argument, NULL, 'z' }, /* payload of N bytes */
	{ "payload", required_argument, NULL, 'p' }, /* its text, or "stun" for a binding request */
	{ "connect", no_argument, NULL, 'C' }, /* a connected UDP socket */
	{ "lines", no_argument, NULL, 'l' }, /* then one send per line of stdin */
	{ "hold", required_argument, NULL, 'h' }, /* end after N seconds at the latest */
	{ "interface", required_argument, NULL, 'I' }, /* packet: where to */
	{ "mac", required_argument, NULL, 'm' }, /* packet: the next hop's */
	{ "qdisc-bypass", no_argument, NULL, 'q' }, /* packet: PACKET_QDISC_BYPASS */
	{ "qdisc-bypass-32", no_argument, NULL, 'Q' }, /* the same by a 32-bit call */
	{ 0 }
};

static const char usage[] = "usage: send [OPTION]... udp|tcp|packet ADDRESS PORT\n";

static enum protocol parse_protocol(const char *name)
{
	if (!strcmp(name, "udp"))
		return UDP;
	if (!strcmp(name, "tcp"))
		return TCP;
	if (!strcmp(name, "packet"))
		return PACKET;
	errx(2, "not a protocol: %s", name);
}

static void set_size(struct send_options *o, const char *text)
{
	o->payload_len = strtoul(text, NULL, 10);
	if (o->payload_len > sizeof(o->payload))
		errx(2, "--size is too big");
	memset(o->payload, '.', o->payload_len);
}

static void parse_options(int argc, char **argv, struct send_options *o)
{
	const char *source = NULL, *source_port = "0";
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'b':
			o->bind_device = optarg;
			break;
		case 'u':
			o->unicast_if = optarg;
			break;
		case 'i':
			o->pktinfo = optarg;
			break;
		case 's':
			source = optarg;
			break;
		case 'S':
			source_port = optarg;
			break;
		case 'g':
			o->gso = atoi(optarg);
			break;
		case 'c':
			o->count = atoi(optarg);
			break;
		case 'z':
			set_size(o, optarg);
			break;
		case 'p':
			set_payload(o, optarg);
			break;
		case 'C':
			o->connect = true;
			break;
		case 'l':
			o->lines = true;
			break;
		case 'h':
			o->hold = atoi(optarg);
			break;
		case 'I':
			o->interface = optarg;
			break;
		case 'm':
			if (!ether_aton_r(optarg, &o->mac))
				errx(2, "not a hardware address: %s", optarg);
			break;
		case 'q':
			o->qdisc_bypass = true;
			break;
		case 'Q':
			o->qdisc_bypass_32 = true;
			break;
		default:
			errx(2, "%s", usage);
		}
	}
	if (argc - optind != 3)
		errx(2, "%s", usage);
	o->protocol = parse_protocol(argv[optind]);
	o->address_len = parse_address(argv[optind + 1], argv[optind + 2], &o->destination);
	o->has_source = source;
	if (source && parse_address(source, source_port, &o->source) != o->address_len)
		errx(2, "--source is of another family");
	if (o->protocol == PACKET && (!source || !o->interface))
		errx(2, "a packet needs --source, --interface and --mac");
}

int main(int argc, char **argv)
{
	static struct send_options o = { .count = 1 };
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	set_payload(&o, "hello");
	parse_options(argc, argv, &o);
	if (o.hold)
		alarm(o.hold);
	fd = o.protocol == PACKET ? open_packet(&o) : open_inet(&o);
	for (int i = 0; i < o.count; i++)
		send_one(fd, &o, o.payload, o.payload_len);
	puts("ready");
	follow_stdin(fd, &o);
	return 0;
}
