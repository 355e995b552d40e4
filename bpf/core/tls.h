/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a client sends in clear text before it encrypts: the server's name (RFC 6066 3) and the
 * protocol (ALPN, RFC 7301) in a TLS ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2). The beginning
 * of a QUIC connection is recognised here (RFC 9000 17.2.2, RFC 9369). Its Initial is encrypted
 * with keys that anyone can derive (RFC 9001 5.2); since BPF has no ciphers, the user side reads
 * it.
 */
#ifndef LEAKAUDIT_TLS_H
#define LEAKAUDIT_TLS_H

#include "class.h"

/* The first protocol offered by the client. */
enum la_alpn {
	LA_ALPN_NONE, /* none offered, or not seen */
	LA_ALPN_DOT, /* "dot", RFC 7858 via the IANA registry */
	LA_ALPN_DOQ, /* "doq", RFC 9250 4.1.1, and its drafts */
	LA_ALPN_HTTP, /* h2, h3, http/1.1 */
	LA_ALPN_OTHER,
};

/* b: the first entry of the list, with its length. */
la_inline __u32 la_alpn_of(const __u8 *b)
{
	if (b[0] == 3 && b[1] == 'd' && b[2] == 'o' && b[3] == 't')
		return LA_ALPN_DOT;
	if (b[0] >= 3 && b[1] == 'd' && b[2] == 'o' && b[3] == 'q') /* doq, doq-i11 */
		return LA_ALPN_DOQ;
	if ((b[0] == 2 && b[1] == 'h') || (b[0] == 8 && b[1] == 'h' && b[2] == 't') ||
	    (b[0] > 3 && b[1] == 'h' && b[2] == '3' && b[3] == '-'))
		return LA_ALPN_HTTP;
	return LA_ALPN_OTHER;
}

/* Real clients send about twenty extensions. */
#define LA_TLS_EXTENSIONS 32

/* The extension server_name at `at`: list length, type 0, name length, name. */
la_inline void la_tls_name(struct la_src *src, __u32 at, __u32 end, struct la_hello *hello)
{
	__u8 b[9] = {};
	__u32 len;

	if (!at || la_load(src, at, b, sizeof(b)))
		return;
	len = la_get16(&b[2]);
	if (len > 5 && !b[6] && !b[7] && b[8] && b[8] + 5U <= len && at + 9 + b[8] <= end) {
		hello->name_off = at + 9;
		hello->name_len = b[8];
	}
}

/* The extension of the application's protocols at `at`. */
la_inline void la_tls_alpn(struct la_src *src, __u32 at, __u32 end, struct la_hello *hello)
{
	__u8 b[10] = {};
	__u32 len;

	if (!at || la_load(src, at, b, 9))
		return;
	len = la_get16(&b[2]);
	if (len >= 5 && at + 4 + len <= end && (len == 5 || !la_load(src, at + 9, &b[9], 1)))
		hello->alpn = la_alpn_of(&b[6]);
}

/*
 * Reads the extensions from `at` to `end`, both offsets in the source. Those that are wanted are
 * read behind the loop, which has one path so.
 */
la_subprog int la_tls_extensions(struct la_src *src, __u32 at, __u32 end, struct la_hello *hello)
{
	__u32 i, type, name = 0, alpn = 0;
	__u8 h[4] = {};

	if (!hello)
		return 0;
	for (i = 0; i < LA_TLS_EXTENSIONS; i++) {
		if (at > 0xf000 || at + 4 > end || la_load(src, at, h, sizeof(h)))
			break;
		type = la_get16(&h[0]);
		name += la_same(type, 0) * (at - name);
		alpn += la_same(type, 16) * (at - alpn);
		la_opaque(name);
		la_opaque(alpn);
		at += 4 + la_get16(&h[2]);
	}
	la_tls_name(src, name, end, hello);
	la_tls_alpn(src, alpn, end, hello);
	/* a header that is itself cut in two is not followed */
	hello->more = at >= end && at - end < 0x8000 ? at - end + 1 : 0;
	return 0;
}

/*
 * off: of the handshake message, which begins with its type. len: bytes available from there.
 * Returns 0 if it is not a ClientHello.
 */
la_subprog int la_tls_hello(struct la_src *src, __u32 off, __u32 len, struct la_hello *hello)
{
	__u32 end = off + len, at = off + 38, message, n;
	__u8 b[6] = {};

	if (!hello || off > 0xf000 || len > 0xffff || len < 42 || la_load(src, off, b, sizeof(b)) ||
	    b[0] != 1 || b[1] || b[4] != 3)
		return 0;
	message = off + 4 + la_get16(&b[2]);
	if (at + 1 > end || la_load(src, at, b, 1)) /* session id */
		return 0;
	at += 1 + b[0];
	if (at + 2 > end || la_load(src, at, b, 2)) /* cipher suites */
		return 0;
	n = la_get16(b);
	if (!n || n & 1)
		return 0;
	at += 2 + n;
	if (at > 0xf000 || at + 1 > end || la_load(src, at, b, 1)) /* compression methods */
		return 0;
	at += 1 + b[0] + 2; /* and the length of extensions */
	la_tls_extensions(src, at, message < end ? message : end, hello);
	if (message <= end) /* extensions that end with the message do not continue */
		hello->more = 0;
	return 1;
}

/* FNV-1a, 64 bits, of the name in lower case: the key of known names. */
#define LA_NAME_SEED 0xcbf29ce484222325ULL
#define LA_NAME_PRIME 0x100000001b3ULL
#define LA_NAME_MAX 96 /* no known name is longer */

/* Without branches: each octet would have several. */
la_inline void la_name_step(__u64 *hash, __u64 *skip, __u8 octet)
{
	__u64 c = octet, counts = la_same(*skip, 0), next;
	__u32 upper = (((__u32)octet - 'A') & 0xff) - 26;

	c |= upper >> 31 << 5;
	la_opaque(c);
	next = (*hash ^ c) * LA_NAME_PRIME;
	*hash ^= (*hash ^ next) & -counts;
	*skip -= la_same(c, '.') & ~counts;
	la_opaque(*hash);
	la_opaque(*skip);
}

/*
 * labels: leading labels to leave out (0: the whole name; 1: the parent of a customer's or host's
 * name). Returns 0 if the name is too long or has too few labels.
 */
la_subprog __u64 la_name_hash(struct la_src *src, __u32 off, __u32 len, __u32 labels)
{
	__u64 hash = LA_NAME_SEED, skip = labels;
	__u8 c = 0;
	__u32 i;

	if (off > 0xf000 || len > LA_NAME_MAX)
		return 0;
	for (i = 0; i < LA_NAME_MAX; i++) {
		if (i >= len)
			break;
		if (la_load(src, off + i, &c, 1))
			return 0;
		la_name_step(&hash, &skip, c);
	}
	return skip || !len ? 0 : hash;
}

/* The record layer (RFC 8446 5.1) around a ClientHello. */
#define LA_TLS_RECORD 5

la_inline int la_tls_tcp(const struct la_window *w)
{
	return w->len >= 11 && w->b[0] == 22 && w->b[1] == 3 && w->b[2] < 5 && w->b[5] == 1 &&
	       !w->b[6] && w->b[9] == 3;
}

/* Scratch of a stream: the offset in its next segment of the hello's next extension (15 bits). */
#define LA_TLS_AWAITED (1U << 30)

/*
 * Labels a flow by its hello. named: the detail for which the server's name is known, or none. An
 * address counts only together with HTTP, since a resolver may have a web page, too.
 */
la_inline void la_label_hello(struct la_label *l, __u8 named)
{
	if (l->hello.alpn == LA_ALPN_DOT)
		named = LA_DETAIL_DOT;
	else if (!named && l->hello.alpn == LA_ALPN_HTTP && l->resolver == LA_DETAIL_DOH)
		named = LA_DETAIL_DOH;
	if (named)
		la_label(l, LA_CLASS_DNS, named, l->flags | LA_CF_FINAL);
	l->scratch = l->hello.more ? LA_TLS_AWAITED | (l->hello.more - 1U) : 0;
}

/* Versions whose Initial can be read: 1, 2, and drafts 29 to 34 of 1. */
la_inline int la_quic_initial(const struct la_window *w)
{
	__u32 version = la_get32(&w->b[1]);

	/* a client pads its datagram (RFC 9000 14.1) and chooses an id of at least 8 bytes */
	if (w->total < 1200 || !(w->b[0] & 0x80) || w->b[5] < 8 || w->b[5] > 20)
		return 0;
	if (version == 0x6b3343cf)
		return (w->b[0] & 0x70) == 0x50;
	return (version == 1 || (version >= 0xff00001d && version <= 0xff000022)) &&
	       (w->b[0] & 0x70) == 0x40;
}

/* Before 853 was assigned, drafts of RFC 9250 used these ports. */
la_inline int la_quic_udp(const struct la_window *w, struct la_label *l)
{
	if (!la_quic_initial(w))
		return 0;
	if (la_port(w, 784) || la_port(w, 8853))
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOQ, LA_CF_FINAL | LA_CF_QUIC);
	if (l->resolver == LA_DETAIL_DOH)
		return la_label(l, LA_CLASS_DNS, LA_DETAIL_DOH, LA_CF_FINAL | LA_CF_QUIC);
	l->flags |= LA_CF_QUIC;
	return 0;
}

#endif
