/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/base/json_tree.h: a text of any bytes, and what is found in it. */
#include <stdlib.h>
#include <string.h>

#include "base/json_tree.h"
#include "base/util.h"
#include "fuzz.h"

#define DEPTH_MAX 32

/* How deeply arrays and objects are nested. */
static size_t depth_of(const char *s, size_t len)
{
	size_t depth = 0, most = 0, i;
	bool quoted = false;

	for (i = 0; i < len; i++) {
		if (quoted) {
			i += s[i] == '\\';
			quoted = s[i] != '"';
			continue;
		}
		quoted = s[i] == '"';
		depth += s[i] == '{' || s[i] == '[';
		depth -= s[i] == '}' || s[i] == ']';
		most = MAX(most, depth);
	}
	return most;
}

static bool is_within(const char *word, const char *text, size_t len)
{
	return !*word || (word >= text && word < text + len && strlen(word) < len);
}

/* Looks at all of a node and within it. Returns how many nodes that were. */
static size_t look(const struct json_tree *t, const struct json_node *of, const char *text,
		   size_t len)
{
	const struct json_node *one;
	size_t n = 1;

	REQUIRE(of->next > (size_t)(of - t->v) && of->next <= t->n);
	REQUIRE(is_within(of->word, text, len) && (!of->key || is_within(of->key, text, len)));
	if (of->type < JSON_ARRAY)
		REQUIRE(of->next == (size_t)(of - t->v) + 1);
	for (one = json_first(t, of); one; one = json_next(t, of, one)) {
		REQUIRE((of->type == JSON_OBJECT) == !!one->key);
		n += look(t, one, text, len);
		if (one->key && !strchr(one->key, '.'))
			REQUIRE(json_find(t, of, one->key));
	}
	return n;
}

static void ask(const struct json_tree *t)
{
	REQUIRE(json_word(t, t->v, "a", "other"));
	json_count(t, t->v, "a.b");
	json_number(t, t->v, "a.b.c");
	json_is(t, t->v, "a..b");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = malloc(size + 1);
	struct json_tree t = { 0 };
	bool valid, many;
	int r;

	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	valid = json_is_valid(text, size);
	many = size && text[strspn(text, " \t\r\n")] && strchr("{[", text[strspn(text, " \t\r\n")]);
	if (valid && many && depth_of(text, size) <= DEPTH_MAX)
		REQUIRE(!json_tree_read(&t, text, size));
	else
		json_tree_read(&t, text, size);
	if (t.n) {
		REQUIRE(look(&t, t.v, text, size) == t.n);
		ask(&t);
	}
	/* its memory is used for the next one */
	text[0] = '\0';
	r = json_tree_read(&t, text, 0);
	REQUIRE(r && !t.n);
	json_tree_free(&t);
	return 0;
}
