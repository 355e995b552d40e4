/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that a stream has in two pieces: an address may be cut where one ends. Of each stream the
 * end of its last piece is kept.
 */
#pragma once

#include "address_leak.h"
#include "core/event.h"

/* As long as a candidate with its extensions, on both sides. */
#define SEAM_SIDE 384
#define SEAM_MAX (2 * SEAM_SIDE)

#define SEAMS_MAX 64

struct seam {
	struct la_flow_key key;
	uint64_t used; /* 0: free; grows with each piece */
	uint32_t n;
	uint8_t end[SEAM_SIDE];
};

/* A zeroed struct has none. */
struct seams {
	struct seam v[SEAMS_MAX];
	uint64_t pieces;
};

/* As address_leak_find(). */
typedef enum address_leak_form seams_find_fn(void *arg, uint8_t proto, const uint8_t *p, size_t len,
					     const struct address_leak_addrs *own,
					     struct la_addr *ret);

/*
 * Calls find with the message of a packet; and if nothing is found there, with the end of the last
 * piece of its stream and the beginning of this one. What was found is not found again in the next
 * piece.
 */
enum address_leak_form seams_find(struct seams *s, const struct la_flow_key *key, const uint8_t *p,
				  size_t len, const struct address_leak_addrs *own,
				  struct la_addr *ret, seams_find_fn *find, void *arg);
