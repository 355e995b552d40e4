/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_again.h"

#include <stdlib.h>

#include "util.h"

#define PIECES 128 /* a power of two */
#define TEXT_MAX 1024 /* what is longer is written anew each time */

struct json_piece {
	uint64_t key[JSON_AGAIN_KEY / sizeof(uint64_t)];
	size_t size; /* 0: free */
	char *text;
	size_t len;
};

struct json_pieces {
	struct json_piece v[PIECES]; /* by the hash of their keys */
	struct json_piece *open; /* NULL: none is being written */
	size_t size; /* of its key */
	size_t from; /* where it began in the line */
};

/* The multiplier of MurmurHash64A. */
static size_t place_of(const void *key, size_t size)
{
	const uint8_t *at = key;
	uint64_t hash = size, word;

	for (; size; at += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0xc6a4a7935bd1e995ULL;
		hash ^= hash >> 32;
	}
	return hash & (PIECES - 1);
}

bool json_again(struct json *j, const void *key, size_t size)
{
	struct json_piece *p;

	if (!j->pieces)
		j->pieces = calloc(1, sizeof(*j->pieces));
	if (!j->pieces)
		return false;
	j->pieces->open = NULL;
	if (j->limit || !size || size > JSON_AGAIN_KEY || size % sizeof(p->key[0]))
		return false;
	p = &j->pieces->v[place_of(key, size)];
	if (p->size == size && !memcmp(p->key, key, size)) {
		if (p->len)
			json_raw(j, p->text, p->len);
		return true;
	}
	p->size = 0;
	memcpy(p->key, key, size);
	j->pieces->open = p;
	j->pieces->size = size;
	j->pieces->from = j->len;
	return false;
}

void json_keep(struct json *j)
{
	struct json_piece *p = j->pieces ? j->pieces->open : NULL;
	size_t from;

	if (!p || j->failed)
		return;
	j->pieces->open = NULL;
	from = j->pieces->from;
	if (from < j->len && j->buf[from] == ',') /* json_raw() writes it where it is needed */
		from++;
	p->len = j->len - from;
	if (p->len > TEXT_MAX)
		return;
	if (!p->text)
		p->text = malloc(TEXT_MAX);
	if (!p->text)
		return;
	memcpy(p->text, j->buf + from, p->len);
	p->size = j->pieces->size;
}

void json_again_free(struct json *j)
{
	size_t i;

	for (i = 0; j->pieces && i < PIECES; i++)
		free(j->pieces->v[i].text);
	free(j->pieces);
	j->pieces = NULL;
}
