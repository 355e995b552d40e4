/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the forms have in common; for inside*.c only. */
#pragma once

#include "address_leak.h"
#include "base/util.h"

struct inside {
	const struct inside_addrs *own;
	struct la_addr *ret;
};

enum inside_whose {
	INSIDE_SENDER, /* the form is for the sender's own address */
	INSIDE_ANY, /* it is for other machines', too */
};

/* An address that a message tells: whether it is one of own. */
bool inside_told(const struct inside *in, const struct la_addr *a, enum inside_whose whose);
/* The same for its bytes in network order, 4 or 16 of them. */
bool inside_told_bytes(const struct inside *in, const uint8_t *bytes, unsigned int family,
		       enum inside_whose whose);

/* inside_text.c */
bool inside_http(const struct inside *in, const uint8_t *p, size_t len);
bool inside_sdp(const struct inside *in, const uint8_t *p, size_t len);

/* inside_peer.c */
bool inside_tracker(const struct inside *in, const uint8_t *p, size_t len);
bool inside_dht(const struct inside *in, const uint8_t *p, size_t len);
bool inside_utp(const struct inside *in, const uint8_t *p, size_t len);
bool inside_peer(const struct inside *in, const uint8_t *p, size_t len);
