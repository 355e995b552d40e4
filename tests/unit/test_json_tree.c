/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading our own JSON back. */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_tree.h"
#include "unit.h"

static int read_text(struct json_tree *t, char *buf, const char *text)
{
	strcpy(buf, text);
	return json_tree_read(t, buf, strlen(buf));
}

static void test_values(void)
{
	struct json_tree t = { 0 };
	const struct json_node *row;
	char buf[256];
	int sum = 0;

	if (!CHECK_INT(read_text(&t, buf,
				 " {\"a\":{\"b\":[1,2 ,{\"n\":39}],\"c\":true},\"d\":-1.5e1 "
				 ",\"e\":null,\"ab\":\"x\\\"\\u00e9\\n\"}\n"),
		       0))
		return;
	CHECK_STR(json_word(&t, t.v, "ab", NULL), "x\"\xc3\xa9\n");
	CHECK(json_is(&t, t.v, "a.c") && !json_is(&t, t.v, "a.b") && !json_is(&t, t.v, "a.x.y"));
	CHECK(json_number(&t, t.v, "d") == -15);
	CHECK_STR(json_word(&t, t.v, "e", "other"), "other");
	row = json_find(&t, t.v, "a.b");
	for (const struct json_node *m = json_first(&t, row); m; m = json_next(&t, row, m))
		sum += m->type == JSON_OBJECT ? (int)json_count(&t, m, "n") : atoi(m->word);
	CHECK_INT(sum, 42);
	CHECK_INT(read_text(&t, buf, "[]"), 0);
	CHECK(!json_first(&t, t.v));
	for (size_t i = 0; i < 50; i++) /* beside each other, not within */
		memcpy(buf + 3 * i, i ? ",[]" : "[[]", 3);
	memcpy(buf + 150, "]", 2);
	CHECK_INT(json_tree_read(&t, buf, 151), 0);
	json_tree_free(&t);
}

static void test_malformed(void)
{
	static const char *const texts[] = {
		"",	      "{",     "{\"a\":}",   "{\"a\" 1}",   "[1,]",	     "[1 2]",
		"{\"a\":1}}", "[\"a]", "[\"\\x\"]",  "[\"\\u12\"]", "[tru]",	     "1",
		"{1:2}",      "[\"\\", "{\"a\":1,}", "{\"a\":1]",   "[\"\\u+12f\"]", "[\"\\u0x1f\"]"
	};
	struct json_tree t = { 0 };
	char buf[256];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!CHECK_INT(read_text(&t, buf, texts[i]), -EBADMSG))
			printf("# %s\n", texts[i]);
	memset(buf, '[', 200);
	buf[200] = '\0';
	CHECK_INT(json_tree_read(&t, buf, 200), -EBADMSG);
	json_tree_free(&t);
}

/* What we write is read as it was, whatever a name has. */
static void test_round_trip(void)
{
	static const char name[] = "\"\\</script>\n\x1b[8m\xf0\x9f\x98\x80\t";
	struct json j = { 0 };
	struct json_tree t = { 0 };
	const char *line;
	char *copy;
	size_t len;

	json_reset(&j);
	json_obj(&j, NULL);
	json_str(&j, "name", name);
	json_u64(&j, "n", UINT64_MAX);
	json_end(&j);
	if (CHECK_INT(json_line(&j, &line, &len), 0)) {
		copy = strndup(line, len);
		CHECK_INT(json_tree_read(&t, copy, len), 0);
		CHECK_STR(json_word(&t, t.v, "name", NULL), name);
		CHECK(json_count(&t, t.v, "n") == UINT64_MAX);
		free(copy);
	}
	json_free(&j);
	json_tree_free(&t);
}

UNIT_MAIN("json_tree", { "values", test_values }, { "malformed", test_malformed },
	  { "round_trip", test_round_trip })
