/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_form.h"

#include <stdlib.h>

#include "util.h"

/* As many flows take turns in a burst of events. */
#define SETS 64
#define WAYS 4 /* the one that was made first gives way */

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
	size_t len;
	struct piece pieces[JSON_PARTS_MAX];
};

struct json_forms {
	struct {
		struct form v[WAYS];
		unsigned int next; /* to give way */
	} sets[SETS]; /* by the hash of their keys */
};

static void form_clear(struct form *f)
{
	free(f->key);
	free(f->text);
	*f = (struct form){ 0 };
}

void json_forms_free(struct json *j)
{
	size_t i;

	for (i = 0; j->forms && i < SETS * WAYS; i++)
		form_clear(&j->forms->sets[i / WAYS].v[i % WAYS]);
	free(j->forms);
	j->forms = NULL;
}

/* NULL: no line with that hash was seen lately, and nothing is to be kept. */
static struct form *form_of(struct json *j, uint64_t hash)
{
	struct form *v, *f;

	if (!hash || j->limit)
		return NULL;
	if (!j->forms)
		j->forms = calloc(1, sizeof(*j->forms));
	if (!j->forms)
		return NULL;
	v = j->forms->sets[hash % SETS].v;
	for (f = v; f < v + WAYS; f++)
		if (f->hash == hash)
			return f;
	f = &v[j->forms->sets[hash % SETS].next++ % WAYS];
	form_clear(f);
	f->hash = hash;
	return NULL;
}

/* Whether the form is of that key. Else it will be, if its parts can be kept. */
static bool has_key(struct form *f, const struct json_form_key *key, bool *keeps)
{
	uint64_t hash = f->hash;

	if (f->key && f->key_size == key->size && !memcmp(f->key, key->bytes, key->size))
		return true;
	form_clear(f);
	f->key = key->size <= sizeof(key->bytes) ? malloc(key->size) : NULL;
	if (!f->key)
		return false;
	memcpy(f->key, key->bytes, key->size);
	f->key_size = key->size;
	f->hash = hash;
	*keeps = true;
	return false;
}

static void copy(struct json *j, const struct piece *p, const char *text)
{
	json_copy(j, text, p->len);
	j->depth = p->depth;
	j->arrays = p->arrays;
	j->filled = (2U << p->depth) - 1;
}

static bool keep(const struct json *j, size_t from, struct form *f, struct piece *p)
{
	size_t len = j->len - from;
	char *text = j->failed ? NULL : realloc(f->text, f->len + len);

	if (!text)
		return false;
	f->text = text;
	memcpy(f->text + f->len, j->buf + from, len);
	f->len += len;
	p->len = len;
	p->depth = j->depth;
	p->arrays = j->arrays;
	return true;
}

void json_form(struct json *j, const struct json_shape *shape, uint64_t hash, const void *of)
{
	struct form *f = form_of(j, hash);
	struct json_form_key key;
	bool known = false, keeps = false, failed = false;
	size_t i, at = 0, from;

	if (f) {
		shape->make_key(&key, of);
		known = has_key(f, &key, &keeps);
	}
	for (i = 0; i < shape->n; i++) {
		from = j->len;
		if (known && !shape->parts[i].varies) {
			copy(j, &f->pieces[i], f->text + at);
			at += f->pieces[i].len;
			continue;
		}
		shape->parts[i].put(j, of);
		if (keeps && !failed && !shape->parts[i].varies)
			failed = !keep(j, from, f, &f->pieces[i]);
	}
	if (failed)
		form_clear(f);
}
