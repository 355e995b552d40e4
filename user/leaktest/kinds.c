/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of probes, a row each, and their payloads: the first bytes of the real protocol. */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <sys/random.h>

#include "probe.h"
#include "base/text.h"
#include "base/util.h"

/* A well-known resolver: its name makes a hello that of a DoH client. */
#define DOH_NAME "dns.google"

static size_t put(uint8_t *to, size_t at, const void *from, size_t n)
{
	memcpy(to + at, from, n);
	return at + n;
}

static size_t put16(uint8_t *to, size_t at, size_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	return put(to, at, b, sizeof(b));
}

static size_t put_random(uint8_t *to, size_t at, size_t n)
{
	if (getrandom(to + at, n, 0) < 0)
		memset(to + at, 0x5a, n); /* the content does not matter */
	return at + n;
}

static size_t text_payload(const struct probe *p, uint8_t *to)
{
	static const char words[] = "leakaudit test\n";

	(void)p;
	return put(to, 0, words, sizeof(words) - 1);
}

/* --- DNS, RFC 1035 4.1 --- */

static size_t put_name(uint8_t *to, size_t at, const char *name)
{
	size_t len;

	for (; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		to[at++] = (uint8_t)len;
		at = put(to, at, name, len);
	}
	to[at++] = 0;
	return at;
}

static size_t dns_payload(const struct probe *p, uint8_t *to)
{
	/* flags: recursion desired; one question */
	static const uint8_t header[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	size_t at = put_random(to, 0, 2);

	at = put(to, at, header, sizeof(header));
	at = put_name(to, at, p->name);
	at = put16(to, at, 1); /* A */
	return put16(to, at, 1); /* IN */
}

static size_t dns_tcp_payload(const struct probe *p, uint8_t *to)
{
	size_t len = dns_payload(p, to + 2);

	put16(to, 0, len);
	return len + 2;
}

/* --- TLS: a ClientHello (RFC 8446 4.1.2) with a name (RFC 6066 3) --- */

static size_t hello_payload(const struct probe *p, uint8_t *to)
{
	static const uint8_t versions[] = { 0, 43, 0, 3, 2, 3, 4 }; /* TLS 1.3 */
	static const uint8_t ciphers[] = { 0, 2, 0x13, 1, 1, 0 }; /* one; no compression */
	size_t name = strlen(DOH_NAME), at, extensions;

	(void)p;
	at = put(to, 0, (const uint8_t[]){ 22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3 }, 11);
	at = put_random(to, at, 32);
	to[at++] = 0; /* no session */
	at = put(to, at, ciphers, sizeof(ciphers));
	extensions = at;
	at = put16(to, at + 2, 0); /* server_name */
	at = put16(to, at, name + 5);
	at = put16(to, at, name + 3);
	to[at++] = 0; /* host_name */
	at = put16(to, at, name);
	at = put(to, at, DOH_NAME, name);
	at = put(to, at, versions, sizeof(versions));
	put16(to, extensions, at - extensions - 2);
	put16(to, 3, at - 5); /* length of the record */
	put16(to, 7, at - 9); /* length of the message */
	return at;
}

/* --- STUN (RFC 8489 5), BitTorrent (BEP 3, 5, 14) --- */

static size_t stun_payload(const struct probe *p, uint8_t *to)
{
	static const uint8_t binding[] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };

	(void)p;
	return put_random(to, put(to, 0, binding, sizeof(binding)), 12);
}

static size_t handshake_payload(const struct probe *p, uint8_t *to)
{
	static const char head[] = "\023BitTorrent protocol\0\0\0\0\0\0\0\0";

	(void)p;
	return put_random(to, put(to, 0, head, sizeof(head) - 1), 40);
}

static size_t dht_payload(const struct probe *p, uint8_t *to)
{
	static const char head[] = "d1:ad2:id20:", tail[] = "e1:q4:ping1:t2:la1:y1:qe";
	size_t at = put_random(to, put(to, 0, head, sizeof(head) - 1), 20);

	(void)p;
	return put(to, at, tail, sizeof(tail) - 1);
}

static size_t lsd_payload(const struct probe *p, uint8_t *to)
{
	char host[64];
	struct text t;

	text_init(&t, host, sizeof(host));
	text_endpoint(&t, &p->to, p->family, p->port);
	return (size_t)snprintf((char *)to, PROBE_PAYLOAD_MAX,
				"BT-SEARCH * HTTP/1.1\r\nHost: %s\r\nPort: 6881\r\n"
				"Infohash: 6c65616b61756469740000000000000000000000\r\n"
				"cookie: leakaudit\r\n\r\n\r\n",
				host);
}

/* --- packets with a header of our own --- */

static uint32_t sum16(const void *data, size_t n, uint32_t sum)
{
	const uint8_t *b = data;
	size_t i;

	for (i = 0; i < n; i++)
		sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* The kernel computes the checksum of ICMPv6 (RFC 3542 3.1), but not that of ICMP. */
static size_t echo_payload(const struct probe *p, uint8_t *to)
{
	struct icmphdr echo = { .type = p->family == 6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
				.un.echo = { .id = htons(0x1a1a), .sequence = htons(1) } };

	if (p->family == 4)
		echo.checksum = checksum(sum16(&echo, sizeof(echo), 0));
	return put(to, 0, &echo, sizeof(echo));
}

static size_t udp_payload(const struct probe *p, uint8_t *to, size_t addr_len)
{
	static const char words[] = "leakaudit test\n";
	struct udphdr udp = { .source = htons(p->port),
			      .dest = htons(p->port),
			      .len = htons(sizeof(udp) + sizeof(words) - 1) };
	uint32_t sum = sum16(p->source.b + 16 - addr_len, addr_len, 0);

	sum = sum16(p->to.b + 16 - addr_len, addr_len, sum);
	sum += IPPROTO_UDP + sizeof(udp) + sizeof(words) - 1;
	sum = sum16(words, sizeof(words) - 1, sum16(&udp, sizeof(udp), sum));
	udp.check = checksum(sum);
	return put(to, put(to, 0, &udp, sizeof(udp)), words, sizeof(words) - 1);
}

static size_t frame_payload(const struct probe *p, uint8_t *to)
{
	struct iphdr ip4 = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	struct ip6_hdr ip6 = { .ip6_flow = htonl(6U << 28),
			       .ip6_hlim = 64,
			       .ip6_nxt = IPPROTO_UDP };
	size_t n;

	if (p->family == 6) {
		n = udp_payload(p, to + sizeof(ip6), 16);
		ip6.ip6_plen = htons((uint16_t)n);
		memcpy(&ip6.ip6_src, p->source.b, 16);
		memcpy(&ip6.ip6_dst, p->to.b, 16);
		return put(to, 0, &ip6, sizeof(ip6)) + n;
	}
	n = udp_payload(p, to + sizeof(ip4), 4);
	ip4.tot_len = htons((uint16_t)(sizeof(ip4) + n));
	memcpy(&ip4.saddr, &p->source.b[12], 4);
	memcpy(&ip4.daddr, &p->to.b[12], 4);
	ip4.check = checksum(sum16(&ip4, sizeof(ip4), 0));
	return put(to, 0, &ip4, sizeof(ip4)) + n;
}

/* --- the table --- */

/* clang-format off */
#define KINDS(X)                                                                                                 \
	X("udp", "a UDP packet", PROBE_UDP, 9, PROBE_TO_ADDRESS, text_payload)                                   \
	X("tcp", "a TCP connection", PROBE_TCP, 80, PROBE_TO_ADDRESS, text_payload)                              \
	X("route", "a UDP packet that a route takes", PROBE_UDP, 9, PROBE_TO_ROUTES, text_payload)               \
	X("lookup", "a lookup by the C library", PROBE_LOOKUP, 53, PROBE_TO_RESOLVERS, NULL)                     \
	X("resolver", "a question to a resolver of resolv.conf", PROBE_UDP, 53, PROBE_TO_RESOLVERS, dns_payload) \
	X("dns", "a DNS question by UDP", PROBE_UDP, 53, PROBE_TO_ADDRESS, dns_payload)                          \
	X("dns-tcp", "a DNS question by TCP", PROBE_TCP, 53, PROBE_TO_ADDRESS, dns_tcp_payload)                  \
	X("dot", "DNS over TLS", PROBE_TCP, 853, PROBE_TO_ADDRESS, hello_payload)                                \
	X("doh", "DNS over HTTPS", PROBE_TCP, 443, PROBE_TO_ADDRESS, hello_payload)                              \
	X("stun", "a STUN binding request", PROBE_UDP, 3478, PROBE_TO_ADDRESS, stun_payload)                     \
	X("torrent", "a BitTorrent handshake", PROBE_TCP, 6881, PROBE_TO_ADDRESS, handshake_payload)             \
	X("dht", "a BitTorrent DHT ping", PROBE_UDP, 6881, PROBE_TO_ADDRESS, dht_payload)                        \
	X("lsd", "a BitTorrent local announcement", PROBE_UDP, 6771, PROBE_TO_GROUP, lsd_payload)                \
	X("icmp", "an ICMP echo request", PROBE_ICMP, 0, PROBE_TO_ADDRESS, echo_payload)                         \
	X("frame", "a frame past the IP layer (AF_PACKET)", PROBE_FRAME, 9, PROBE_TO_ADDRESS, frame_payload)

#define ROW(name_, ...) { name_, __VA_ARGS__ },
const struct probe_kind probe_kinds[] = { KINDS(ROW) };
#undef ROW
const size_t probe_n_kinds = ARRAY_SIZE(probe_kinds);

#define ROW(name_, ...) name_,
const char *const probe_kind_names[] = { KINDS(ROW) NULL };
#undef ROW
/* clang-format on */

bool probe_kinds_aim(uint32_t kinds, enum probe_aim aim)
{
	size_t i;

	for (i = 0; i < probe_n_kinds; i++)
		if (kinds & 1U << i && probe_kinds[i].aim == aim)
			return true;
	return false;
}

const char *probe_how_name(enum probe_how how)
{
	static const char *const names[] = {
#define X(sym, name, help) name,
		PROBE_HOWS(X)
#undef X
	};

	return names[how];
}

const char *probe_status_name(enum probe_status v)
{
	static const char *const names[] = {
#define X(sym, name) name,
		PROBE_STATUSES(X)
#undef X
	};

	return names[v];
}

/* In another round a route may be probed at another address, if a longer route has appeared. */
static bool to_the_same(const struct probe *a, const struct probe *b)
{
	if (a->kind->aim != PROBE_TO_ROUTES)
		return addr_equal(&a->to, &b->to);
	return a->route.dst.len == b->route.dst.len &&
	       addr_equal(&a->route.dst.addr, &b->route.dst.addr);
}

bool probe_equal(const struct probe *a, const struct probe *b)
{
	/* not by index: an interface that was made again is the same one for the user */
	return a->kind == b->kind && a->how == b->how && a->family == b->family &&
	       !strcmp(a->ifname, b->ifname) && to_the_same(a, b) &&
	       (a->how != PROBE_SOURCE || addr_equal(&a->source, &b->source));
}
