/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bencode.h"

#include <string.h>

/* No length in a datagram or a segment has more digits. */
#define LENGTH_DIGITS 7

void bencode_init(struct bencode *b, const uint8_t *p, size_t len)
{
	*b = (struct bencode){ .p = p, .end = p + len };
}

bool bencode_is(const struct bencode_bytes *s, const char *word)
{
	return s->len == strlen(word) && memcmp(s->p, word, s->len) == 0;
}

/* "5:bytes" */
static bool take_string(struct bencode *b, struct bencode_bytes *ret)
{
	size_t len = 0;
	int digits = 0;

	for (; b->p < b->end && *b->p >= '0' && *b->p <= '9'; b->p++) {
		if (++digits > LENGTH_DIGITS)
			return false;
		len = len * 10 + (*b->p - '0');
	}
	if (!digits || b->p == b->end || *b->p++ != ':' || len > (size_t)(b->end - b->p))
		return false;
	*ret = (struct bencode_bytes){ b->p, len };
	b->p += len;
	return true;
}

/* "i-5e" */
static bool skip_number(struct bencode *b)
{
	const uint8_t *e = memchr(b->p, 'e', (size_t)(b->end - b->p));

	b->p = e ? e + 1 : b->end;
	return e;
}

/* A value was read: the next item of a dictionary is a key. */
static void value_done(struct bencode *b)
{
	if (b->depth)
		b->level[b->depth - 1].keyed = false;
}

static bool enter(struct bencode *b, bool dict)
{
	struct bencode_bytes key = { b->p, 0 };

	if (b->depth == BENCODE_DEPTH)
		return false;
	if (b->depth)
		key = b->level[b->depth - 1].key;
	b->level[b->depth].dict = dict;
	b->level[b->depth].keyed = false;
	b->level[b->depth].key = key;
	b->depth++;
	return true;
}

/* The container that ends here is a value of the one around it. */
static bool leave(struct bencode *b)
{
	if (!b->depth || b->level[b->depth - 1].keyed)
		return false;
	b->depth--;
	value_done(b);
	return b->depth > 0;
}

bool bencode_next(struct bencode *b, struct bencode_bytes *key, struct bencode_bytes *value)
{
	bool good = true;

	while (good && b->p < b->end) {
		uint8_t c = *b->p;

		if (c == 'e') {
			b->p++;
			good = leave(b);
		} else if (b->depth && b->level[b->depth - 1].dict &&
			   !b->level[b->depth - 1].keyed) {
			good = take_string(b, &b->level[b->depth - 1].key);
			b->level[b->depth - 1].keyed = true;
		} else if (c == 'd' || c == 'l') {
			b->p++;
			good = enter(b, c == 'd');
		} else if (c == 'i') {
			good = skip_number(b);
			value_done(b);
		} else {
			good = b->depth && take_string(b, value);
			if (good) {
				*key = b->level[b->depth - 1].key;
				value_done(b);
				return true;
			}
		}
	}
	b->p = b->end;
	return false;
}
