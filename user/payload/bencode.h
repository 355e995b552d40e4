/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The byte strings in a bencoded message (BEP 3), one after another, each with
 * the key that it stands under. Nothing is copied and nothing recurses; reading
 * ends where the message does, is cut off, or is malformed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCODE_DEPTH 8 /* deeper messages are read as far as this */

struct bencode_bytes {
	const uint8_t *p;
	size_t len;
};

struct bencode {
	const uint8_t *p, *end;
	unsigned int depth;
	struct {
		bool dict;
		bool keyed; /* a dictionary's value is next, not its key */
		struct bencode_bytes key; /* of a list: that which it stands under */
	} level[BENCODE_DEPTH];
};

void bencode_init(struct bencode *b, const uint8_t *p, size_t len);

/* Whether there was another string; keys do not count as strings. */
bool bencode_next(struct bencode *b, struct bencode_bytes *key, struct bencode_bytes *value);

bool bencode_is(const struct bencode_bytes *s, const char *word);
