/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * HTTP/1.1 requests (RFC 9112) that show their purpose: announce or scrape of a tracker (BEP 3,
 * BEP 48), a torrent client at a web seed (BEP 19, BEP 17) by its User-Agent, a port mapping by
 * SOAP (UPnP WANIPConnection:1), or the same for IPv6 (WANIPv6FirewallControl:1).
 */
#ifndef LEAKAUDIT_HTTP_H
#define LEAKAUDIT_HTTP_H

#include "portmap.h"

#define LA_HTTP_MAX 512 /* bytes of a request that are searched */

/*
 * Eight letters as a number, the first in the highest byte. Folded means lower case ('-' and ' '
 * have that bit as well).
 */
#define LA_FOLD 0x2020202020202020ULL
#define LA_8(a, b, c, d, e, f, g, h)                                                 \
	((__u64)(a) << 56 | (__u64)(b) << 48 | (__u64)(c) << 40 | (__u64)(d) << 32 | \
	 (__u64)(e) << 24 | (__u64)(f) << 16 | (__u64)(g) << 8 | (__u64)(h))

/* Offsets are those of a word's last letter; 0: not found. */
struct la_http_scan {
	__u64 last8;
	__u64 line, head; /* 1 while within the request line; within the header */
	__u64 hash; /* of "info_hash=" in the request line */
	__u64 agent; /* of "User-Agent:" in the header */
	__u64 map; /* 1: the header has "PortMap" or "Pinhole" */
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
	hit = la_same(s->last8 << 8, LA_8('P', 'o', 'r', 't', 'M', 'a', 'p', 0)) |
	      la_same(s->last8 << 8, LA_8('P', 'i', 'n', 'h', 'o', 'l', 'e', 0));
	s->map |= s->head & hit;
	la_opaque(s->line);
	la_opaque(s->head);
	la_opaque(s->hash);
	la_opaque(s->agent);
	la_opaque(s->map);
}

#define LA_HTTP_CHUNK 16
/* the rest after the last chunk, and a word across the border */
#define LA_HTTP_TAIL (LA_HTTP_CHUNK * 3)

struct la_http_found {
	__u16 hash, agent; /* offsets as in the scan */
	__u32 map;
};

la_inline struct la_http_found la_http_found(const struct la_http_scan *s)
{
	return (struct la_http_found){ .hash = s->hash, .agent = s->agent, .map = s->map };
}

/* Steps through the chunk `at` bytes behind `off`. A function of its own is verified once for all. */
la_subprog int la_http_chunk(struct la_src *src, __u32 off, __u32 at, struct la_http_scan *scan)
{
	__u8 b[LA_HTTP_CHUNK] = {};
	struct la_http_scan s;
	__u32 i;

	if (!scan || off > 0xf000 || at > LA_HTTP_MAX || la_load(src, off + at, b, sizeof(b)))
		return 0;
	s = *scan;
#pragma GCC unroll 16
	for (i = 0; i < LA_HTTP_CHUNK; i++)
		la_http_step(&s, b[i], at + i);
	*scan = s;
	return 1;
}

/*
 * Searches the request at `off`, of which `len` bytes are there, at most LA_HTTP_MAX. The end is
 * read first, then whole chunks.
 */
la_subprog int la_http_find(struct la_src *src, __u32 off, __u32 len, struct la_http_found *found)
{
	struct la_http_scan s = { .line = 1, .head = 1 };
	struct la_http_found tail;
	__u32 at;

	if (!found || len < LA_HTTP_TAIL || len > LA_HTTP_MAX)
		return 0;
	at = len - LA_HTTP_TAIL;
	if (!la_http_chunk(src, off, at, &s) || !la_http_chunk(src, off, at + LA_HTTP_CHUNK, &s) ||
	    !la_http_chunk(src, off, at + 2 * LA_HTTP_CHUNK, &s))
		return 0;
	tail = la_http_found(&s);
	s = (struct la_http_scan){ .line = 1, .head = 1 };
	for (at = 0; at < LA_HTTP_MAX; at += LA_HTTP_CHUNK)
		if (at + LA_HTTP_CHUNK > len || !la_http_chunk(src, off, at, &s))
			break;
	*found = la_http_found(&s);
	/* matches in the end count if the line or the header reaches it */
	if (!found->hash && s.line)
		found->hash = tail.hash;
	if (!found->agent && s.head)
		found->agent = tail.agent;
	if (s.head)
		found->map |= tail.map;
	return found->hash || found->agent || found->map;
}

/* Whether the word that ends at `at` is "?info_hash=" or "&info_hash=". */
la_inline int la_http_is_hash(struct la_src *src, __u32 off, __u32 at)
{
	__u8 b[3] = {};

	return at >= 14 && !la_load(src, off + at - 10, b, sizeof(b)) &&
	       (b[0] == '?' || b[0] == '&') && b[1] == 'i' && b[2] == 'n';
}

/*
 * Whether the User-Agent begins like that of a client for torrents only. Clients that also load
 * other files (aria2, WebTorrent in browsers) are not included.
 */
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

/*
 * Whether the field whose name ends at `at` is a User-Agent of such a client. Not inlined, since
 * its caller needs the stack for a deep search.
 */
la_subprog int la_http_is_agent(struct la_src *src, __u32 off, __u32 len, __u32 at)
{
	__u8 b[9] = {};

	/* after the request line, which is longer than the name */
	if (at < 16 || at + 10 > len || la_load(src, off + at - 12, b, 5) || b[0] != '\r' ||
	    b[1] != '\n' || (b[2] | 0x20) != 'u' || (b[3] | 0x20) != 's' || (b[4] | 0x20) != 'e' ||
	    la_load(src, off + at + 1, b, sizeof(b)))
		return 0;
	if (b[0] != ' ')
		return la_http_is_torrent(LA_8(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]));
	return la_http_is_torrent(LA_8(b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]));
}

/*
 * The absolute form is for proxies (RFC 9112 3.2.2), and for gateways that take nothing else; some
 * want M-POST (UPnP Device Architecture 1.0, 3.2.1).
 */
la_inline int la_http_request(const struct la_window *w)
{
	return la_starts(w, "GET /") || la_starts(w, "GET http://") || la_starts(w, "POST /") ||
	       la_starts(w, "POST http://") || la_starts(w, "M-POST ") || la_starts(w, "HEAD /");
}

/* Labels the packet again, with its request. */
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
	if ((method == 'P' || method == 'M') && found.map)
		return client ? la_label(l, LA_CLASS_TORRENT, LA_DETAIL_PORTMAP,
					 LA_CF_FINAL | LA_CF_CLIENT)
			      : la_portmap_label(l);
	return client &&
	       la_label(l, LA_CLASS_TORRENT, LA_DETAIL_WEBSEED, LA_CF_FINAL | LA_CF_CLIENT);
}

#endif
