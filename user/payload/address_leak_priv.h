/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by address_leak*.c only. */
#pragma once

#include "address_leak.h"
#include "base/util.h"

struct address_leak {
	const struct address_leak_addrs *own;
	struct la_addr *ret;
};

enum address_leak_subject {
	INSIDE_SENDER, /* the form carries the sender's own address */
	INSIDE_ANY, /* the form also carries addresses of other machines */
};

/* -1: it is none */
static inline int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether these 4 or 16 bytes in network order are one of own. If so, it is stored in *ret. */
bool address_leak_check_bytes(const struct address_leak *in, const uint8_t *bytes,
			      unsigned int family, enum address_leak_subject subject);

/*
 * The same for an address in text form, with or without a port. An IPv6 address with a port is in
 * brackets (RFC 3986 3.2.2).
 */
bool address_leak_check_text(const struct address_leak *in, const char *s,
			     enum address_leak_subject subject);

/* "[" + INET6_ADDRSTRLEN + "]:65535" */
#define ADDRESS_LEAK_TEXT_MAX 64

/* address_leak_clear.c: text, also where it is encoded */
enum address_leak_form address_leak_clear(const struct address_leak *in, const uint8_t *p,
					  size_t len);

/* address_leak_announce.c */
bool address_leak_announce(const struct address_leak *in, const uint8_t *p, size_t len);

/* address_leak_sdp.c: session descriptions and candidates anywhere in a text */
enum address_leak_form address_leak_sdp(const struct address_leak *in, const uint8_t *p,
					size_t len);

/* address_leak_headers.c: protocols that are known by their first line */
enum address_leak_form address_leak_headers(const struct address_leak *in, const uint8_t *p,
					    size_t len);

/* address_leak_peer.c */
bool address_leak_tracker(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_dht(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_utp(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_peer(const struct address_leak *in, const uint8_t *p, size_t len);
