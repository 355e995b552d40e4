/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of JSON texts: what it makes of them, and that it takes no other. */
#include <errno.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "unit.h"

static char seen[512];

static int note(void *arg, const struct json_value *v)
{
	size_t n = strlen(seen);

	(void)arg;
	snprintf(seen + n, sizeof(seen) - n, "%u:%s:%s=%.*s;", v->depth, v->parent, v->key,
		 (int)v->len, v->value);
	return v->type == JSON_STRING && !strcmp(v->value, "stop") ? 7 : 0;
}

/* In memory of just its size, so that the address sanitizer sees who reads behind it. */
static int read_with(int read(char *, size_t, json_value_fn *, void *), const char *text)
{
	size_t len = strlen(text);
	char *exact = malloc(len + !len);
	int r;

	seen[0] = '\0';
	memcpy(exact, text, len);
	r = read(exact, len, note, NULL);
	free(exact);
	return r;
}

static int read_text(const char *text)
{
	return read_with(json_read, text);
}

static void test_values(void)
{
	CHECK_INT(read_text("{\"a\": 1, \"b\" : [\"x\", {\"c\":\"y\"}], \"d\":{\"e\":true}}"), 0);
	CHECK_STR(seen, "1::a=1;2:b:b=x;3:b:c=y;2:d:e=true;");
	CHECK_INT(read_text(" [ ] "), 0);
	CHECK_STR(seen, "");
	CHECK_INT(read_text("{\"a\":{},\"b\":[[],[-1.5e+3]],\"c\":null}\n"), 0);
	CHECK_STR(seen, "3:b:b=-1.5e+3;1::c=null;");
	CHECK_INT(read_text("\"a\""), 0);
	CHECK_STR(seen, "0::=a;");
	CHECK_INT(read_text("[\"stop\",\"b\""), 7);
	CHECK_INT(read_with(json_strings, "{\"a\":1,\"b\":[\"x\",false],\"c\":\"stop\"}"), 7);
	CHECK_STR(seen, "2:b:b=x;1::c=stop;");
}

static void test_escapes(void)
{
	CHECK_INT(read_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), 0);
	CHECK_STR(seen, "0::=\"\\/\b\f\n\r\t;");
	CHECK_INT(read_text("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""), 0);
	CHECK_STR(seen, "0::=A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;");
	/* no string of C has a NUL, and half a pair is no rune */
	CHECK_INT(read_text("\"\\u0000|\\ud83d|\\ude00|\\ud83d\\u0041\""), 0);
	CHECK_STR(seen, "0::=\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd"
			"A;");
	CHECK_INT(read_text("{\"\\u0061\":\"\xff\"}"), 0);
	CHECK_STR(seen, "1::a=\xff;");
}

static void test_malformed(void)
{
	static const char *const texts[] = {
		"",	      " ",	     "{",
		"}",	      "[",	     "{]",
		"[}",	      "[1,]",	     "[,1]",
		"[1 2]",      "{,}",	     "{\"a\"}",
		"{\"a\":}",   "{1:2}",	     "{\"a\":1,}",
		"[\"a\":1]",  "[\"a",	     "[\"a\\",
		"[\"\\x\"]",  "[\"\\u12\"]", "[\"\\u12g4\"]",
		"[\"a\nb\"]", "tru",	     "truee",
		"nul",	      "01",	     "1.",
		"-",	      "1e",	     ".5",
		"+1",	      "[]]",	     "{}{}",
		"1 1",	      "'a'",	     "[\"a\\u\"]",
	};
	char deep[101];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK_INT(read_text(texts[i]), -EBADMSG))
			printf("# it is %s\n", texts[i]);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	CHECK_INT(read_text(deep), -EBADMSG);
}

static uint64_t paths[4];
static unsigned int n_paths;

static int note_path(void *arg, const struct json_value *v)
{
	(void)arg;
	if (n_paths < 4)
		paths[n_paths++] = v->path;
	return 0;
}

static void test_paths(void)
{
	char text[] = "{\"a\":{\"b\":1,\"c\":[{\"d\":2}]},\"a.b\":3}";

	CHECK_INT(json_read(text, strlen(text), note_path, NULL), 0);
	CHECK(paths[0] == json_path("a.b"));
	CHECK(paths[1] == json_path("a.c.d"));
	CHECK(paths[2] == json_path("a.b")); /* as some pipelines write it */
	CHECK(json_path("a.b") != json_path("ab"));
}

static bool is_number(const char *text, uint64_t *ret)
{
	struct json_value v = { .type = JSON_NUMBER, .value = text, .len = strlen(text) };

	return json_value_u64(&v, ret);
}

static void test_numbers(void)
{
	struct json_value word = { .type = JSON_TRUE, .value = "true", .len = 4 };
	uint64_t n = 0;

	CHECK(is_number("18446744073709551615", &n) && n == UINT64_MAX);
	CHECK(is_number("12.9", &n) && n == 12);
	CHECK(!is_number("18446744073709551616", &n));
	CHECK(!is_number("-1", &n));
	CHECK(!is_number("1e3", &n));
	CHECK(!json_value_u64(&word, &n));
}

UNIT_MAIN("json_read", { "values", test_values }, { "escapes", test_escapes },
	  { "malformed", test_malformed }, { "paths", test_paths }, { "numbers", test_numbers })
