/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by address_leak*.c only. */
#pragma once

#include "base/addr.h"
#include "base/util.h"

struct address_leak_addrs;

struct address_leak {
	const struct address_leak_addrs *own;
	struct la_addr *ret;
};

enum address_leak_subject {
	INSIDE_SENDER, /* the form carries the sender's own address */
	INSIDE_ANY, /* the form also carries addresses of other machines */
};

/* Whether a is one of own. If so, it is stored in *ret. */
bool address_leak_check(const struct address_leak *in, const struct la_addr *a,
			enum address_leak_subject subject);
/* The same for 4 or 16 bytes in network order. */
bool address_leak_check_bytes(const struct address_leak *in, const uint8_t *bytes,
			      unsigned int family, enum address_leak_subject subject);

/* address_leak_text.c */
bool address_leak_http(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_sdp(const struct address_leak *in, const uint8_t *p, size_t len);

/* address_leak_peer.c */
bool address_leak_tracker(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_dht(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_utp(const struct address_leak *in, const uint8_t *p, size_t len);
bool address_leak_peer(const struct address_leak *in, const uint8_t *p, size_t len);
