/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_form.h"

#include <stdlib.h>

#include "util.h"

/* As many flows take turns in a burst of events. */
#define SETS 64
#define WAYS 4 /* the one that was made first gives way */

#define TEXT_FIRST 1536 /* has room for most lines of a flow */

struct piece {
	size_t len; /* of what it has written */
	unsigned int depth; /* behind it, */
	uint32_t arrays; /* and what is open there */
};

struct form {
	uint64_t hash; /* 0: free */
	uint8_t *key; /* NULL: it came once only */
	size_t key_size;
	char *text; /* of all pieces */
	size_t len, size;
	struct piece pieces[JSON_PARTS_MAX];
};

struct json_forms {
	struct set {
		struct form v[WAYS];
		unsigned int next; /* to give way */
	} sets[JSON_OF_LINE][SETS]; /* by the hash of their keys */
};

static void form_clear(struct form *f)
{
	free(f->key);
	free(f->text);
	*f = (struct form){ 0 };
}

void json_forms_free(struct json *j)
{
	struct set *sets = j->forms ? &j->forms->sets[0][0] : NULL;
	size_t i;

	for (i = 0; sets && i < JSON_OF_LINE * SETS * WAYS; i++)
		form_clear(&sets[i / WAYS].v[i % WAYS]);
	free(j->forms);
	j->forms = NULL;
}

/* NULL: no line with that hash was seen lately, and nothing is to be kept. */
static struct form *form_of(struct json *j, uint64_t hash, enum json_same same)
{
	struct set *set;
	struct form *f;

	if (!hash || j->limit)
		return NULL;
	if (!j->forms)
		j->forms = calloc(1, sizeof(*j->forms));
	if (!j->forms)
		return NULL;
	set = &j->forms->sets[same][hash % SETS];
	for (f = set->v; f < set->v + WAYS; f++)
		if (f->hash == hash)
			return f;
	f = &set->v[set->next++ % WAYS];
	form_clear(f);
	f->hash = hash;
	return NULL;
}

/* What is done with a form as a line is written. */
struct use {
	struct form *f; /* NULL: there is none, or it is not that line's */
	bool known; /* its parts are copied, else they are kept */
	size_t at; /* behind the text that was copied */
};

/* A form of another key gives way to that one's, if its parts can be kept. */
static void use_form(struct use *u, const struct json_form_key *key)
{
	struct form *f = u->f;
	uint64_t hash = f->hash;

	u->known = f->key && f->key_size == key->size && !memcmp(f->key, key->bytes, key->size);
	if (u->known)
		return;
	form_clear(f);
	f->key = key->size <= sizeof(key->bytes) ? malloc(key->size) : NULL;
	if (f->key) {
		memcpy(f->key, key->bytes, key->size);
		f->key_size = key->size;
		f->hash = hash;
	} else {
		u->f = NULL;
	}
}

static void begin(struct json *j, const struct json_shape *shape, const uint64_t hash[JSON_OF_LINE],
		  const void *of, struct use uses[JSON_OF_LINE])
{
	struct json_form_key key;
	int same;

	for (same = JSON_OF_LINE - 1; same >= 0; same--) {
		uses[same] = (struct use){ .f = form_of(j, hash[same], (enum json_same)same) };
		if (!uses[same].f)
			continue;
		shape->make_key(&key, of, (enum json_same)same);
		use_form(&uses[same], &key);
		if (uses[same].known)
			break; /* a flow's form has all that its kind's has */
	}
	while (same-- > 0)
		uses[same] = (struct use){ .f = NULL };
}

static void copy(struct json *j, struct use *u, size_t part)
{
	const struct piece *p = &u->f->pieces[part];

	json_copy(j, u->f->text + u->at, p->len);
	u->at += p->len;
	j->depth = p->depth;
	j->arrays = p->arrays;
	j->filled = (2U << p->depth) - 1;
}

/* Whether there is room for so many bytes more. */
static bool form_room(struct form *f, size_t len)
{
	size_t size = MAX(2 * (f->len + len), (size_t)TEXT_FIRST);
	char *text;

	if (f->size - f->len >= len)
		return true;
	text = realloc(f->text, size);
	if (!text)
		return false;
	f->text = text;
	f->size = size;
	return true;
}

static void keep(const struct json *j, size_t from, struct use *u, size_t part)
{
	size_t len = j->len - from;
	struct piece *p = &u->f->pieces[part];

	if (j->failed || !form_room(u->f, len)) {
		form_clear(u->f);
		u->f = NULL;
		return;
	}
	memcpy(u->f->text + u->f->len, j->buf + from, len);
	u->f->len += len;
	p->len = len;
	p->depth = j->depth;
	p->arrays = j->arrays;
}

/* Whether a form of it has the part. */
static bool copied(struct json *j, struct use uses[JSON_OF_LINE], size_t part, enum json_same same)
{
	for (; same < JSON_OF_LINE; same++)
		if (uses[same].known) {
			copy(j, &uses[same], part);
			return true;
		}
	return false;
}

void json_form(struct json *j, const struct json_shape *shape, const uint64_t hash[JSON_OF_LINE],
	       const void *of)
{
	struct use uses[JSON_OF_LINE];
	enum json_same same;
	size_t i, from;

	begin(j, shape, hash, of, uses);
	for (i = 0; i < shape->n; i++) {
		from = j->len;
		same = shape->parts[i].same;
		if (!copied(j, uses, i, same))
			shape->parts[i].put(j, of);
		for (; same < JSON_OF_LINE; same++)
			if (uses[same].f && !uses[same].known)
				keep(j, from, &uses[same], i);
	}
}
