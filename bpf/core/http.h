/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * HTTP/1.1 requests (RFC 9112) that show their purpose: announce or scrape of a tracker (BEP 3,
 * BEP 48), a torrent client at a web seed (BEP 19, BEP 17) by its User-Agent, a port mapping by
 * SOAP (UPnP WANIPConnection:1), or the same for IPv6 (WANIPv6FirewallControl:1).
 */
#ifndef LEAKAUDIT_HTTP_H
#define LEAKAUDIT_HTTP_H

#include "portmap.h"

#define LA_HTTP_MAX 4096 /* bytes that are searched at once */
#define LA_HTTP_PIECES 14
/* A longer header has anything in it. Not all kernels let us load what is further back. */
#define LA_HTTP_HEADER_MAX (LA_HTTP_PIECES * LA_HTTP_MAX)

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

/* in: 0 if c is to be left out. */
la_inline void la_http_step(struct la_http_scan *s, __u64 c, __u32 at, __u64 in)
{
	__u64 hit;

	c &= -in;
	s->last8 = s->last8 << (in << 3) | c;
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

/*
 * A header that goes on in the stream's next segment: the scratch has how many letters of which
 * word the segment ended with; how many of the method's first ones were sent, while that is not
 * clear, and of which method; how many bytes the header has by now.
 */
#define LA_HTTP_AWAITED (1U << 28)
#define LA_HTTP_METHOD_SHIFT 5
#define LA_HTTP_M_POST (1U << 8)
#define LA_HTTP_SEEN_SHIFT 9
#define LA_HTTP_WORDS(X)                                    \
	X(1, LA_8('P', 'o', 'r', 't', 'M', 'a', 'p', 0), 7) \
	X(2, LA_8('P', 'i', 'n', 'h', 'o', 'l', 'e', 0), 7) \
	X(3, LA_8('\r', '\n', '\r', '\n', 0, 0, 0, 0), 4)

la_inline int la_http_awaited(__u32 scratch)
{
	return scratch >> 28 == LA_HTTP_AWAITED >> 28;
}

/* With how many letters of the word the bytes end, but not with all. */
la_inline __u64 la_http_begun(__u64 last8, __u64 word, __u32 letters)
{
	__u64 n = 0;
	__u32 i;

#pragma GCC unroll 8
	for (i = 1; i < letters; i++)
		n += la_same(last8 << (64 - 8 * i), word >> (64 - 8 * i) << (64 - 8 * i)) * (i - n);
	return n;
}

la_inline __u32 la_http_put(const struct la_http_scan *s)
{
	__u64 state = LA_HTTP_AWAITED, n;

#define LA_PUT(number, word, letters)               \
	n = la_http_begun(s->last8, word, letters); \
	state += (1 ^ la_same(n, 0)) * (LA_HTTP_AWAITED + (number << 3) + n - state);
	LA_HTTP_WORDS(LA_PUT)
#undef LA_PUT
	return state;
}

la_inline __u64 la_http_get(__u32 state)
{
	__u32 letters = state & 7;
	__u64 last8 = 0;

#define LA_GET(number, word, all)                  \
	if (letters && (state >> 3 & 3) == number) \
		last8 = (word) >> (64 - 8 * letters);
	LA_HTTP_WORDS(LA_GET)
#undef LA_GET
	return last8;
}

#define LA_HTTP_CHUNK 16

struct la_http_found {
	__u16 hash, agent; /* offsets as in the scan */
	__u32 map;
	__u32 state; /* in and out: of a header that goes on; 0: it begins; it has ended */
};

/*
 * Steps through the chunk `at` bytes behind `off`, less a chunk: what lies before `off` is left
 * out. A function of its own is verified once for all.
 */
la_subprog int la_http_chunk(struct la_src *src, __u32 off, __u32 at, struct la_http_scan *scan)
{
	__u8 b[LA_HTTP_CHUNK] = {};
	struct la_http_scan s;
	__u32 i;

	if (!scan || off < LA_HTTP_CHUNK || off > 0xf000 || at > LA_HTTP_MAX ||
	    la_load(src, off + at - LA_HTTP_CHUNK, b, sizeof(b)))
		return 0;
	s = *scan;
#pragma GCC unroll 16
	for (i = 0; i < LA_HTTP_CHUNK; i++)
		la_http_step(&s, b[i], at + i - LA_HTTP_CHUNK,
			     la_less(LA_HTTP_CHUNK - 1, (__u64)at + i));
	*scan = s;
	return 1;
}

/*
 * Searches the header that begins or goes on at `off`, in `len` bytes, at most LA_HTTP_MAX. Chunks
 * end where the bytes do: the first one is cut.
 */
la_subprog int la_http_find(struct la_src *src, __u32 off, __u32 len, struct la_http_found *found)
{
	struct la_http_scan s = { .line = 1, .head = 1 };
	__u32 at, i;

	if (!found || !len || len > LA_HTTP_MAX)
		return 0;
	if (found->state) {
		s.line = 0;
		s.last8 = la_http_get(found->state);
	}
	at = (len - 1) % LA_HTTP_CHUNK + 1;
	for (i = 0; i <= LA_HTTP_MAX / LA_HTTP_CHUNK; i++) {
		if (at > len || !s.head || !la_http_chunk(src, off, at, &s))
			break;
		at += LA_HTTP_CHUNK;
	}
	found->hash = s.hash;
	found->agent = s.agent;
	found->map = s.map;
	found->state = s.head ? la_http_put(&s) : 0;
	return 1;
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

/* The absolute form is for proxies (RFC 9112 3.2.2). */
la_inline int la_http_request(const struct la_window *w)
{
	return la_starts(w, "GET /") || la_starts(w, "GET http://") || la_starts(w, "HEAD /");
}

/*
 * Letters of "POST ", or of "M-POST" (UPnP Device Architecture 1.0, 3.2.1), by which a request is
 * known that may be for a port mapping.
 */
#define LA_HTTP_METHOD 5

/*
 * How many of them were sent by the end of this segment. 0: it is another method. m: 1 for M-POST.
 * Without a branch, as each multiplies the verifier's paths.
 */
la_inline __u64 la_http_letters(const struct la_window *w, __u64 sent, __u64 m)
{
	__u64 post = LA_8('P', 'O', 'S', 'T', ' ', 0, 0, 0);
	__u64 method = post + m * (LA_8('M', '-', 'P', 'O', 'S', 0, 0, 0) - post);
	__u64 is = LA_8(w->b[0], w->b[1], w->b[2], w->b[3], w->b[4], 0, 0, 0);
	__u64 n = LA_HTTP_METHOD - sent;

	n += la_less(w->total, n) * (w->total - n);
	return la_same((is ^ method << 8 * sent) >> ((64 - 8 * n) & 63), 0) * (sent + n);
}

/* The state of a stream that begins with such a request, or with a part of it. 0: it does not. */
la_inline __u32 la_http_begins(const struct la_window *w)
{
	__u64 m = la_same(w->b[0], 'M'), sent = la_http_letters(w, 0, m);

	return (1 ^ la_same(sent, 0)) *
	       (LA_HTTP_AWAITED | sent << LA_HTTP_METHOD_SHIFT | m * LA_HTTP_M_POST);
}

/* The same for one of which a part is known. */
la_inline __u32 la_http_goes_on(const struct la_window *w, __u32 state)
{
	__u32 sent = state >> LA_HTTP_METHOD_SHIFT & 7;

	if (!sent || sent >= LA_HTTP_METHOD)
		return state;
	sent = la_http_letters(w, sent, (state & LA_HTTP_M_POST) / LA_HTTP_M_POST);
	return sent ? (state & ~(7U << LA_HTTP_METHOD_SHIFT)) | sent << LA_HTTP_METHOD_SHIFT : 0;
}

/*
 * Whether a request begins in the segment, or goes on there. A function of its own is verified once
 * for all.
 */
la_subprog int la_http_is_here(const struct la_window *w, struct la_label *l)
{
	__u32 begun;

	if (!w || !l)
		return 0;
	begun = la_http_begins(w);
	if (la_http_awaited(l->scratch))
		l->scratch = la_http_goes_on(w, l->scratch);
	else if (la_http_request(w))
		return 1;
	else if (begun && (!l->scratch || w->total >= LA_HTTP_METHOD)) /* a letter is of anything */
		l->scratch = begun;
	return la_http_awaited(l->scratch);
}

/* Searches the rest of a packet, as far as it can be had. */
la_inline void la_http_find_more(struct la_src *src, __u32 off, __u32 len,
				 struct la_http_found *found)
{
	struct la_http_found more = *found;
	__u32 i, at = LA_HTTP_MAX;

	for (i = 1; i < LA_HTTP_PIECES && at < len && more.state && !more.map; i++) {
		if (!la_http_find(src, off + at, len - at > LA_HTTP_MAX ? LA_HTTP_MAX : len - at,
				  &more))
			break;
		at += LA_HTTP_MAX;
	}
	found->map = more.map;
	found->state = more.state;
}

/* What is known of the header behind a segment; a header without an end has anything in it. */
la_inline void la_http_await(struct la_http_found *found, __u32 was, __u32 len)
{
	__u32 seen = (was & (LA_HTTP_AWAITED - 1)) >> LA_HTTP_SEEN_SHIFT;

	if (!found->state)
		return;
	seen += len;
	if (seen > LA_HTTP_HEADER_MAX)
		found->map = 1;
	found->state |= seen << LA_HTTP_SEEN_SHIFT |
			(was & (7U << LA_HTTP_METHOD_SHIFT | LA_HTTP_M_POST));
}

/* Labels the packet again, with its request, or with more of its header. */
la_subprog int la_http_label(struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	struct la_http_found found = {};
	__u32 off, len, was;
	__u8 method = 'P';
	int client;

	if (!p || !l)
		return 0;
	off = p->base + p->payload_off;
	len = p->payload_len > LA_HTTP_MAX ? LA_HTTP_MAX : p->payload_len;
	was = la_http_awaited(l->scratch) ? l->scratch : 0;
	found.state = was;
	l->scratch = 0;
	if ((!was && la_load(src, off, &method, 1)) || !la_http_find(src, off, len, &found))
		return 0;
	if (method == 'G' && la_http_is_hash(src, off, found.hash))
		return la_label(l, LA_CLASS_TORRENT, LA_DETAIL_TRACKER, LA_CF_FINAL | LA_CF_CLIENT);
	client = la_http_is_agent(src, off, len, found.agent);
	if (method != 'P' && method != 'M')
		return client &&
		       la_label(l, LA_CLASS_TORRENT, LA_DETAIL_WEBSEED, LA_CF_FINAL | LA_CF_CLIENT);
	la_http_find_more(src, off, p->payload_len, &found);
	la_http_await(&found, was, p->payload_len);
	if (found.map)
		return client ? la_label(l, LA_CLASS_TORRENT, LA_DETAIL_PORTMAP,
					 LA_CF_FINAL | LA_CF_CLIENT)
			      : la_portmap_label(l);
	l->scratch = found.state;
	return client && la_label(l, LA_CLASS_TORRENT, LA_DETAIL_WEBSEED,
				  found.state ? LA_CF_CLIENT : LA_CF_FINAL | LA_CF_CLIENT);
}

#endif
