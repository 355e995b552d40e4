/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Iterates over the byte strings of a bencoded message (BEP 3), each with its key. It copies
 * nothing and does not recurse. Reading stops where the message ends, is cut off or is malformed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCODE_DEPTH 8 /* deeper levels are not read */

struct bencode_bytes {
	const uint8_t *p;
	size_t len;
};

struct bencode {
	const uint8_t *p, *end;
	unsigned int depth;
	struct {
		bool dict;
		bool keyed; /* in a dictionary: the key was read, its value is next */
		struct bencode_bytes key; /* in a list: the key of the list itself */
	} level[BENCODE_DEPTH];
};

void bencode_init(struct bencode *b, const uint8_t *p, size_t len);

/* Returns whether there was another string. A key is not one. */
bool bencode_next(struct bencode *b, struct bencode_bytes *key, struct bencode_bytes *value);

bool bencode_is(const struct bencode_bytes *s, const char *word);
