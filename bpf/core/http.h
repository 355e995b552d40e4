/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests over HTTP/1.1 (RFC 9112) that tell what they are for: a tracker's
 * announce or scrape (BEP 3, BEP 48), a torrent client at a web seed (BEP 19,
 * BEP 17) by its User-Agent, a port mapping by SOAP (UPnP WANIPConnection:1).
 */
#ifndef LEAKAUDIT_HTTP_H
#define LEAKAUDIT_HTTP_H

#include "portmap.h"

#define LA_HTTP_MAX 512 /* bytes of a request that are looked through */

/* Eight letters as one number, the first in the highest byte; folded: in lower
 * case ('-' and ' ' have that bit as well). */
#define LA_FOLD 0x2020202020202020ULL
#define LA_8(a, b, c, d, e, f, g, h)                                                 \
	((__u64)(a) << 56 | (__u64)(b) << 48 | (__u64)(c) << 40 | (__u64)(d) << 32 | \
	 (__u64)(e) << 24 | (__u64)(f) << 16 | (__u64)(g) << 8 | (__u64)(h))

/* Places are those of a word's last letter; 0: not found. */
struct la_http_scan {
	__u64 last8;
	__u64 line, head; /* 1 within the request line, within the header */
	__u64 hash; /* "info_hash=" in the request line */
	__u64 agent; /* "User-Agent:" in the header */
	__u64 map; /* 1: "PortMap" in the header */
};

la_inline void la_http_step(struct la_http_scan *s, __u8 c, __u32 at)
{
	__u64 hit;

	s->last8 = s->last8 << 8 | c;
	la_opaque(s->last8);
	s->line &= 1 ^ la_same(c, '\r');
	s->head &= 1 ^ la_same((__u32)s->last8, 0x0d0a0d0a);
	hit = s->line & la_same(s->last8, LA_8('f', 'o', '_', 'h', 'a', 's', 'h', '='));
	s->hash += hit * (at - s->hash);
	hit = s->head & la_same(s->last8 | LA_FOLD, LA_8('r', '-', 'a', 'g', 'e', 'n', 't', ':'));
	s->agent += hit * (at - s->agent);
	s->map |= s->head & la_same(s->last8 << 8, LA_8('P', 'o', 'r', 't', 'M', 'a', 'p', 0));
	la_opaque(s->line);
	la_opaque(s->head);
	la_opaque(s->hash);
	la_opaque(s->agent);
	la_opaque(s->map);
}

#define LA_HTTP_CHUNK 32
#define LA_HTTP_TAIL (LA_HTTP_CHUNK + 16) /* the last chunk's remains, and a word across */

struct la_http_found {
	__u16 hash, agent; /* as the scan has them */
	__u32 map;
};

la_inline struct la_http_found la_http_found(const struct la_http_scan *s)
{
	return (struct la_http_found){ .hash = s->hash, .agent = s->agent, .map = s->map };
}

/* Looks through the request at `off`, of which `len` bytes are there, LA_HTTP_MAX
 * at most: through its end, and then in whole chunks. Each step has one way
 * through, and what ends the walk comes last: so the verifier walks it once. */
la_subprog int la_http_find(struct la_src *src, __u32 off, __u32 len, struct la_http_found *found)
{
	struct la_http_scan s = { .line = 1, .head = 1 };
	__u8 b[LA_HTTP_TAIL] = {};
	struct la_http_found tail;
	__u32 at, i;

	if (!found || off > 0xf000 || len < LA_HTTP_TAIL)
		return 0;
	at = len - LA_HTTP_TAIL;
	if (la_load(src, off + at, b, LA_HTTP_TAIL))
		return 0;
#pragma GCC unroll 48
	for (i = 0; i < LA_HTTP_TAIL; i++)
		la_http_step(&s, b[i], at + i);
	tail = la_http_found(&s);
	s = (struct la_http_scan){ .line = 1, .head = 1 };
	for (at = 0; at < LA_HTTP_MAX; at += LA_HTTP_CHUNK) {
		if (at + LA_HTTP_CHUNK > len || la_load(src, off + at, b, LA_HTTP_CHUNK))
			break;
#pragma GCC unroll 32
		for (i = 0; i < LA_HTTP_CHUNK; i++)
			la_http_step(&s, b[i], at + i);
	}
	*found = la_http_found(&s);
	/* what the end has counts where the line or the header goes on until there */
	if (!found->hash && s.line)
		found->hash = tail.hash;
	if (!found->agent && s.head)
		found->agent = tail.agent;
	if (s.head)
		found->map |= tail.map;
	return found->hash || found->agent || found->map;
}

/* "?info_hash=" or "&info_hash=", of which the end is at `at`. */
la_inline int la_http_is_hash(struct la_src *src, __u32 off, __u32 at)
{
	__u8 b[3] = {};

	return at >= 14 && !la_load(src, off + at - 10, b, sizeof(b)) &&
	       (b[0] == '?' || b[0] == '&') && b[1] == 'i' && b[2] == 'n';
}

/* Clients of nothing but torrents, as their agents begin. What also loads other
 * files (aria2, browsers' WebTorrent) is not among them. */
la_inline __u64 la_http_is_torrent(__u64 agent)
{
	return la_same(agent, LA_8('T', 'r', 'a', 'n', 's', 'm', 'i', 's')) |
	       la_same(agent, LA_8('l', 'i', 'b', 't', 'o', 'r', 'r', 'e')) |
	       la_same(agent, LA_8('q', 'B', 'i', 't', 't', 'o', 'r', 'r')) |
	       la_same(agent, LA_8('B', 'i', 't', 'T', 'o', 'r', 'r', 'e')) |
	       la_same(agent >> 8, LA_8(0, 'u', 'T', 'o', 'r', 'r', 'e', 'n')) |
	       la_same(agent >> 8, LA_8(0, 'r', 't', 'o', 'r', 'r', 'e', 'n')) |
	       la_same(agent >> 16, LA_8(0, 0, 'D', 'e', 'l', 'u', 'g', 'e')) |
	       la_same(agent >> 16, LA_8(0, 0, 'A', 'z', 'u', 'r', 'e', 'u')) |
	       la_same(agent >> 16, LA_8(0, 0, 'B', 'i', 'g', 'l', 'y', 'B')) |
	       la_same(agent >> 8, LA_8(0, 'K', 'T', 'o', 'r', 'r', 'e', 'n')) |
	       la_same(agent >> 16, LA_8(0, 0, 'T', 'i', 'x', 'a', 't', 'i'));
}

/* A field of its own, whose name ends at `at`, with such a client's value. Not in its
 * caller, which has a deep search below it. */
la_subprog int la_http_is_agent(struct la_src *src, __u32 off, __u32 len, __u32 at)
{
	__u8 b[9] = {};

	/* behind the request line, which is longer than the name */
	if (at < 16 || at + 10 > len || la_load(src, off + at - 12, b, 5) || b[0] != '\r' ||
	    b[1] != '\n' || (b[2] | 0x20) != 'u' || (b[3] | 0x20) != 's' || (b[4] | 0x20) != 'e' ||
	    la_load(src, off + at + 1, b, sizeof(b)))
		return 0;
	if (b[0] != ' ')
		return la_http_is_torrent(LA_8(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]));
	return la_http_is_torrent(LA_8(b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]));
}

/* The absolute form is for proxies (RFC 9112 3.2.2). */
la_inline int la_http_request(const struct la_window *w)
{
	return la_starts(w, "GET /") || la_starts(w, "GET http://") || la_starts(w, "POST /") ||
	       la_starts(w, "HEAD /");
}

/* The label again, with what the request in the payload says. */
la_subprog int la_http_label(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_http_found found = {};
	__u32 off, len;
	__u8 method;
	int client;

	if (!p || !l)
		return 0;
	off = p->base + p->payload_off;
	len = p->payload_len > LA_HTTP_MAX ? LA_HTTP_MAX : p->payload_len;
	if (!la_http_find(src, off, len, &found) || la_load(src, off, &method, 1))
		return 0;
	if (method == 'G' && la_http_is_hash(src, off, found.hash))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CF_FINAL | LA_CF_CLIENT);
	client = la_http_is_agent(src, off, len, found.agent);
	if (method == 'P' && found.map)
		return client ? la_label(l, LA_CLASS_TORRENT, LA_DETAIL_PORTMAP,
					 LA_CF_FINAL | LA_CF_CLIENT)
			      : la_portmap_label(l);
	return client &&
	       la_label(l, LA_CLASS_TORRENT, LA_DETAIL_WEBSEED, LA_CF_FINAL | LA_CF_CLIENT);
}

#endif
