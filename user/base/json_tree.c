/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "util.h"

#define DEPTH_MAX 32

struct reader {
	struct json_tree *tree;
	char *at, *end;
	unsigned int depth;
};

static int read_value(struct reader *r, const char *key);

static char skip_space(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

/* --- strings, in their own place: none becomes longer --- */

static int hex4(const char *s, unsigned int *ret)
{
	char digits[5] = "";

	memcpy(digits, s, strnlen(s, 4));
	*ret = (unsigned int)strtoul(digits, NULL, 16);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? 0 : -EBADMSG;
}

static char *put_rune(char *to, unsigned int rune)
{
	if (rune < 0x80) {
		*to++ = (char)rune;
	} else if (rune < 0x800) {
		*to++ = (char)(0xc0 | rune >> 6);
		*to++ = (char)(0x80 | (rune & 0x3f));
	} else {
		*to++ = (char)(0xe0 | rune >> 12);
		*to++ = (char)(0x80 | (rune >> 6 & 0x3f));
		*to++ = (char)(0x80 | (rune & 0x3f));
	}
	return to;
}

/* Behind the backslash. What is beyond the first plane is written as it is. */
static int take_escape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *known = *r->at ? strchr(from, *r->at) : NULL;
	unsigned int rune;

	if (known) {
		*(*to)++ = is[known - from];
		r->at++;
		return 0;
	}
	if (*r->at != 'u' || r->end - r->at < 5 || hex4(r->at + 1, &rune))
		return -EBADMSG;
	if (!rune || (rune >= 0xd800 && rune < 0xe000))
		rune = 0xfffd;
	*to = put_rune(*to, rune);
	r->at += 5;
	return 0;
}

static int take_string(struct reader *r, const char **ret)
{
	char *to = ++r->at;

	*ret = to;
	while (r->at < r->end && *r->at != '"') {
		if (*r->at != '\\') {
			*to++ = *r->at++;
			continue;
		}
		r->at++;
		if (r->at >= r->end || take_escape(r, &to))
			return -EBADMSG;
	}
	if (r->at >= r->end)
		return -EBADMSG;
	r->at++;
	*to = '\0';
	return 0;
}

/* --- values --- */

static int add(struct reader *r, const struct json_node *node)
{
	struct json_tree *t = r->tree;

	if (!GROW(t->v, t->n))
		return -ENOMEM;
	t->v[t->n++] = *node;
	return 0;
}

static int read_members(struct reader *r, bool object)
{
	char end = object ? '}' : ']';
	const char *key = NULL;
	int ret;

	r->at++;
	if (skip_space(r) == end) {
		r->at++;
		return 0;
	}
	for (;;) {
		if (object) {
			if (skip_space(r) != '"' || take_string(r, &key) || skip_space(r) != ':')
				return -EBADMSG;
			r->at++;
		}
		ret = read_value(r, key);
		if (ret)
			return ret;
		if (skip_space(r) != ',')
			break;
		r->at++;
	}
	if (*r->at != end)
		return -EBADMSG;
	r->at++;
	return 0;
}

/*
 * A number, true, false or null. It ends where a comma or a bracket is, which has been looked at by
 * the time when it becomes a NUL: so the word is moved to the front by one, over a colon or a
 * comma, a bracket or a space.
 */
static int take_word(struct reader *r, struct json_node *node)
{
	size_t n = 0;

	while (r->at + n < r->end && r->at[n] && !strchr(",]} \t\r\n", r->at[n]))
		n++;
	if (!n)
		return -EBADMSG;
	node->word = memmove(r->at - 1, r->at, n);
	r->at[n - 1] = '\0';
	r->at += n;
	if (!strcmp(node->word, "null"))
		node->type = JSON_NULL;
	else if (!strcmp(node->word, "true") || !strcmp(node->word, "false"))
		node->type = JSON_BOOL;
	else if (strspn(node->word, "+-.0123456789eE") == n)
		node->type = JSON_NUMBER;
	else
		return -EBADMSG;
	return 0;
}

static int read_value(struct reader *r, const char *key)
{
	struct json_node node = { .key = key, .word = "" };
	size_t index = r->tree->n;
	char first = skip_space(r);
	bool within = first == '{' || first == '[';
	int ret = 0;

	if (first == '"') {
		node.type = JSON_STRING;
		ret = take_string(r, &node.word);
	} else if (within) {
		node.type = first == '{' ? JSON_OBJECT : JSON_ARRAY;
	} else {
		ret = first ? take_word(r, &node) : -EBADMSG;
	}
	if (!ret)
		ret = add(r, &node);
	if (!ret && within)
		ret = r->depth++ < DEPTH_MAX ? read_members(r, first == '{') : -EBADMSG;
	if (ret)
		return ret;
	r->depth -= within;
	r->tree->v[index].next = r->tree->n;
	return 0;
}

int json_tree_read(struct json_tree *t, char *text, size_t len)
{
	struct reader r = { .tree = t, .at = text, .end = text + len };
	int ret;

	t->n = 0;
	if (skip_space(&r) != '{' && *r.at != '[')
		return -EBADMSG;
	ret = read_value(&r, NULL);
	if (!ret && (skip_space(&r) || r.at < r.end))
		ret = -EBADMSG;
	if (ret)
		t->n = 0;
	return ret;
}

void json_tree_free(struct json_tree *t)
{
	free(t->v);
	*t = (struct json_tree){ 0 };
}

/* --- what is where --- */

const struct json_node *json_first(const struct json_tree *t, const struct json_node *of)
{
	return of && of + 1 < t->v + of->next ? of + 1 : NULL;
}

const struct json_node *json_next(const struct json_tree *t, const struct json_node *of,
				  const struct json_node *before)
{
	return before->next < of->next ? &t->v[before->next] : NULL;
}

static const struct json_node *member(const struct json_tree *t, const struct json_node *of,
				      const char *name, size_t len)
{
	const struct json_node *m;

	for (m = of && of->type == JSON_OBJECT ? json_first(t, of) : NULL; m;
	     m = json_next(t, of, m))
		if (!strncmp(m->key, name, len) && !m->key[len])
			return m;
	return NULL;
}

const struct json_node *json_find(const struct json_tree *t, const struct json_node *of,
				  const char *path)
{
	size_t len;

	for (; of; path += len + 1) {
		len = strcspn(path, ".");
		of = member(t, of, path, len);
		if (!path[len])
			break;
	}
	return of;
}

const char *json_word(const struct json_tree *t, const struct json_node *of, const char *path,
		      const char *other)
{
	const struct json_node *m = json_find(t, of, path);

	return m && m->type <= JSON_STRING && m->type != JSON_NULL ? m->word : other;
}

uint64_t json_count(const struct json_tree *t, const struct json_node *of, const char *path)
{
	return strtoull(json_word(t, of, path, "0"), NULL, 10);
}

double json_number(const struct json_tree *t, const struct json_node *of, const char *path)
{
	return strtod(json_word(t, of, path, "0"), NULL);
}

bool json_is(const struct json_tree *t, const struct json_node *of, const char *path)
{
	return !strcmp(json_word(t, of, path, ""), "true");
}
