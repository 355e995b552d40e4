/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/json_again.h"
#include "base/json_form.h"
#include "base/text.h"
#include "unit.h"

static struct json j;

static const char *line(void)
{
	static char copy[4096];
	const char *s;
	size_t len;

	if (json_line(&j, &s, &len) < 0)
		return NULL;
	snprintf(copy, sizeof(copy), "%.*s", (int)len, s);
	json_reset(&j);
	return copy;
}

static const char *string(const char *s)
{
	json_str(&j, NULL, s);
	return line();
}

static void test_shape(void)
{
	json_obj(&j, NULL);
	json_str(&j, "a", "x");
	json_arr(&j, "b");
	json_u64(&j, NULL, 0);
	json_u64(&j, NULL, UINT64_MAX);
	json_obj(&j, NULL);
	json_id(&j, "id", UINT64_MAX);
	json_end(&j);
	json_end(&j);
	json_bool(&j, "c", true);
	json_bool(&j, "d", false);
	json_end(&j);
	CHECK_STR(line(), "{\"a\":\"x\",\"b\":[0,18446744073709551615,"
			  "{\"id\":\"18446744073709551615\"}],\"c\":true,\"d\":false}\n");
}

static void test_unknown_is_absent(void)
{
	json_obj(&j, NULL);
	json_str(&j, "a", NULL);
	json_obj(&j, "b");
	json_obj(&j, "c");
	json_end(&j);
	json_end(&j);
	json_str(&j, "d", "");
	json_obj(&j, "e");
	json_str(&j, "f", NULL);
	json_end(&j);
	json_arr(&j, "g");
	json_obj(&j, NULL);
	json_end(&j);
	json_u64(&j, NULL, 1);
	json_end(&j);
	json_arr(&j, "h");
	json_end(&j);
	json_end(&j);
	CHECK_STR(line(), "{\"d\":\"\",\"g\":[1],\"h\":[]}\n");
	json_obj(&j, NULL);
	json_end(&j);
	CHECK_STR(line(), "{}\n");
}

static void test_escapes(void)
{
	CHECK_STR(string("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"\n");
	CHECK_STR(string("\x01\x1b[2J\x1f\x7f"), "\"\\u0001\\u001b[2J\\u001f\\u007f\"\n");
	CHECK_STR(string("\xc2\x9b"), "\"\\u009b\"\n"); /* C1 CSI */
	CHECK_STR(string(""), "\"\"\n");
}

/* Plain bytes are copied eight at a time: what is not is found wherever it is. */
static void test_escapes_wherever_they_are(void)
{
	static const char all[] = "\"\\\x01\x1f\x7f\x80\xff";
	static const char *const as[] = { "\\\"",    "\\\\",	"\\u0001", "\\u001f",
					  "\\u007f", "\\ufffd", "\\ufffd" };
	char s[] = " !#$09@AZ[]^_`az{|}~ abc", expected[48];
	size_t i, at;
	char plain;

	for (i = 0; i < sizeof(all) - 1; i++) {
		for (at = 0; at < sizeof(s) - 1; at++) {
			plain = s[at];
			s[at] = all[i];
			snprintf(expected, sizeof(expected), "\"%.*s%s%s\"\n", (int)at, s, as[i],
				 s + at + 1);
			CHECK_STR(string(s), expected);
			s[at] = plain;
		}
	}
}

static void test_utf8(void)
{
	CHECK_STR(string("z\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"),
		  "\"z\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"\n");
	CHECK_STR(string("a\xff"
			 "b"),
		  "\"a\\ufffdb\"\n");
	CHECK_STR(string("\xc3"), "\"\\ufffd\"\n"); /* cut off by the end */
	CHECK_STR(string("\xe2\x82"), "\"\\ufffd\\ufffd\"\n");
	CHECK_STR(string("\xc0\xaf"), "\"\\ufffd\\ufffd\"\n"); /* overlong */
	CHECK_STR(string("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"\n"); /* surrogate */
	CHECK_STR(string("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n");
}

/* Any bytes: plain ASCII or valid UTF-8 inside two quotes comes out. */
static void test_random_bytes(void)
{
	uint32_t seed = 1;
	char s[64];
	const char *out;
	size_t n;

	for (int i = 0; i < 20000; i++) {
		for (n = 0; n < sizeof(s) - 1; n++) {
			seed = seed * 1664525 + 1013904223;
			s[n] = seed >> 24;
			/* denser in what starts and continues sequences */
			if (seed & 0x8000)
				s[n] |= 0x80;
		}
		s[n] = '\0';
		out = string(s);
		for (; *out; out += n) {
			int32_t rune = text_rune(out, &n);

			if (!CHECK(rune >= 0x20 || (rune == '\n' && !out[1])))
				return;
		}
	}
}

static void test_time(void)
{
	json_time(&j, NULL, &(struct timespec){ 1795432151, 5 });
	CHECK_STR(line(), "\"2026-11-23T11:09:11.000000005Z\"\n");
	json_time(&j, NULL, &(struct timespec){ 0, 999999999 });
	CHECK_STR(line(), "\"1970-01-01T00:00:00.999999999Z\"\n");
	json_time(&j, NULL, &(struct timespec){ INT64_MAX, 1 });
	CHECK_STR(line(), "\"9999-12-31T23:59:59.000000001Z\"\n");
	json_time(&j, NULL, &(struct timespec){ INT64_MIN, 1 });
	CHECK_STR(line(), "\"1000-01-01T00:00:00.000000001Z\"\n");
}

static void test_misuse_is_told(void)
{
	const char *s;
	size_t len;

	json_obj(&j, NULL);
	CHECK_INT(json_line(&j, &s, &len), -EINVAL);
	json_reset(&j);
	for (int i = 0; i < 40; i++)
		json_arr(&j, NULL);
	json_u64(&j, NULL, 1);
	for (int i = 0; i < 40; i++)
		json_end(&j);
	CHECK_INT(json_line(&j, &s, &len), -ENOMEM);
	json_reset(&j);
	CHECK_STR(string("fine again"), "\"fine again\"\n");
}

static void test_long_line(void)
{
	static char s[100001];
	const char *out;
	size_t len;

	memset(s, 'x', sizeof(s) - 1);
	json_str(&j, NULL, s);
	CHECK_INT(json_line(&j, &out, &len), 0);
	CHECK_INT(len, sizeof(s) - 1 + 3);
	json_free(&j);
}

/* One key's members, in a place that needs a comma and in one that does not. */
static const char *again(const uint64_t *key, size_t n, const char *name, bool first)
{
	json_obj(&j, NULL);
	if (!first)
		json_bool(&j, "x", true);
	if (!json_again(&j, key, n * sizeof(*key))) {
		json_str(&j, "name", name);
		json_keep(&j);
	}
	json_u64(&j, "n", n);
	json_end(&j);
	return line();
}

static void test_again(void)
{
	static const uint64_t a[] = { 1, 2 }, b[] = { 1, 3 };

	CHECK_STR(again(a, 2, "ann", false), "{\"x\":true,\"name\":\"ann\",\"n\":2}\n");
	CHECK_STR(again(b, 2, "bob", true), "{\"name\":\"bob\",\"n\":2}\n");
	CHECK_STR(again(a, 1, NULL, false), "{\"x\":true,\"n\":1}\n"); /* there are none */
	CHECK_STR(again(a, 2, "not asked", true), "{\"name\":\"ann\",\"n\":2}\n");
	CHECK_STR(again(b, 2, "not asked", false), "{\"x\":true,\"name\":\"bob\",\"n\":2}\n");
	CHECK_STR(again(a, 1, "not asked", true), "{\"n\":1}\n");
	j.limit = 5; /* the line is shortened: nothing is taken, or kept */
	CHECK_STR(again(a, 2, "a long one", true), "{\"name\":\"a \xe2\x80\xa6\",\"n\":2}\n");
	j.limit = 0;
	CHECK_STR(again(a, 2, "not asked", true), "{\"name\":\"ann\",\"n\":2}\n");
	json_free(&j);
}

/* What a form's line is made from. */
struct of {
	uint64_t key;
	size_t key_size;
	uint64_t flow;
	const char *name;
	uint64_t n;
};

static void put_open(struct json *to, const void *of)
{
	json_obj(to, NULL);
	json_arr(to, "list");
	json_obj(to, NULL);
	json_str(to, "name", ((const struct of *)of)->name);
	json_text_begin(to, "text");
	json_text_add(to, "\"");
}

static void put_number(struct json *to, const void *of)
{
	char n[2] = { (char)('0' + ((const struct of *)of)->n), '\0' };

	json_text_add(to, n);
	json_text_end(to);
	if (((const struct of *)of)->n)
		json_u64(to, "n", ((const struct of *)of)->n);
}

static void put_rest(struct json *to, const void *of)
{
	json_str(to, "again", ((const struct of *)of)->name);
	json_end(to);
	json_end(to);
	json_end(to);
}

static void make_key(struct json_form_key *k, const void *of, enum json_same same)
{
	const struct of *o = of;

	k->size = 0;
	for (size_t i = 0; i < o->key_size; i++)
		json_form_add(k, &o->key, sizeof(o->key));
	if (same == JSON_OF_FLOW)
		json_form_add(k, &o->flow, sizeof(o->flow));
}

/* kind, flow: hashes */
static const char *form(uint64_t kind, uint64_t flow, struct of of)
{
	static const struct json_part parts[] = { { put_open, JSON_OF_KIND },
						  { put_number, JSON_OF_LINE },
						  { put_rest, JSON_OF_FLOW } };
	static const struct json_shape shape = { parts, 3, make_key };
	const uint64_t hashes[JSON_OF_LINE] = { kind, flow };

	json_form(&j, &shape, hashes, &of);
	return line();
}

#define FORM(of_kind, of_line, of_flow)                                                        \
	"{\"list\":[{\"name\":\"" of_kind "\",\"text\":\"\\\"" of_line ",\"again\":\"" of_flow \
	"\"}]}\n"

static void test_form(void)
{
	CHECK_STR(form(5, 5, (struct of){ 1, 1, 1, "ann", 1 }), FORM("ann", "1\",\"n\":1", "ann"));
	CHECK_STR(form(5, 5, (struct of){ 1, 1, 1, "bob", 0 }), FORM("bob", "0\"", "bob"));
	/* the third is as the second, but for what varies */
	CHECK_STR(form(5, 5, (struct of){ 1, 1, 1, "not asked", 2 }),
		  FORM("bob", "2\",\"n\":2", "bob"));
	/* other flows of that kind, one with the same hash */
	CHECK_STR(form(5, 6, (struct of){ 1, 1, 2, "cid", 0 }), FORM("bob", "0\"", "cid"));
	CHECK_STR(form(5, 5, (struct of){ 1, 1, 3, "dan", 3 }), FORM("bob", "3\",\"n\":3", "dan"));
	CHECK_STR(form(5, 5, (struct of){ 1, 1, 3, "not asked", 0 }), FORM("bob", "0\"", "dan"));
	/* another kind of the same hash, whose line is to be kept then */
	CHECK_STR(form(5, 5, (struct of){ 2, 1, 3, "eve", 0 }), FORM("eve", "0\"", "eve"));
	CHECK_STR(form(5, 7, (struct of){ 2, 1, 4, "fay", 0 }), FORM("eve", "0\"", "fay"));
	/* nothing is known of other hashes, and nothing kept of none */
	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		CHECK(strstr(form(0, 0, (struct of){ 1, 1, 1, name, 0 }), name));
		CHECK(strstr(form(8, 8, (struct of){ 1, 200, 1, name, 1 }),
			     name)); /* too long a key */
	}
	j.limit = 16; /* of strings */
	CHECK(strstr(form(5, 5, (struct of){ 2, 1, 3, "a name that is too long", 1 }),
		     "\"a name that i\xe2\x80\xa6\""));
	j.limit = 0;
	CHECK_STR(form(5, 5, (struct of){ 2, 1, 3, "not asked", 0 }), FORM("eve", "0\"", "eve"));
	json_free(&j);
}

/* As one string would be, wherever the pieces meet. */
static void test_text_in_pieces(void)
{
	static const char whole[] = "ab\xc3\xa4\"cd\n\xe2\x80\xa6\x01 and so on";
	char a[sizeof(whole)], expected[64];
	size_t at;

	for (j.limit = 0; j.limit < 28; j.limit += j.limit ? 1 : 5) {
		strcpy(expected, string(whole));
		for (at = 0; at < sizeof(whole); at++) {
			if ((whole[at] & 0xc0) == 0x80)
				continue; /* a rune is in one piece */
			memcpy(a, whole, at);
			a[at] = '\0';
			json_arr(&j, NULL);
			json_text_begin(&j, NULL);
			json_text_add(&j, a);
			json_text_add(&j, whole + at);
			json_text_end(&j);
			json_end(&j);
			CHECK(!strncmp(line() + 1, expected, strlen(expected) - 1));
		}
	}
	j.limit = 0;
}

UNIT_MAIN("json", { "shape", test_shape }, { "unknown_is_absent", test_unknown_is_absent },
	  { "escapes", test_escapes },
	  { "escapes_wherever_they_are", test_escapes_wherever_they_are }, { "utf8", test_utf8 },
	  { "again", test_again }, { "form", test_form }, { "text_in_pieces", test_text_in_pieces },
	  { "random_bytes", test_random_bytes }, { "time", test_time },
	  { "misuse_is_told", test_misuse_is_told }, { "long_line", test_long_line })
