/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash that known names are kept by: FNV-1a of the name in lower case. */
#include "core/tls.h"
#include "unit.h"

static uint64_t hash_at(const char *frame, uint32_t off, uint32_t len, uint32_t labels)
{
	struct la_src src = { .data = (const uint8_t *)frame, .len = (uint32_t)strlen(frame) };

	return la_name_hash(&src, off, len, labels);
}

static uint64_t hash(const char *name, uint32_t labels)
{
	return hash_at(name, 0, (uint32_t)strlen(name), labels);
}

/* Of draft-eastlake-fnv, appendix C. */
static void test_vectors(void)
{
	CHECK(hash("a", 0) == 0xaf63dc4c8601ec8cULL);
	CHECK(hash("foobar", 0) == 0x85944171f73967e8ULL);
}

static void test_case_does_not_count(void)
{
	CHECK(hash("FooBar", 0) == hash("foobar", 0));
	CHECK(hash("DNS.EXAMPLE", 0) == hash("dns.example", 0));
	CHECK(hash("AZ", 0) == hash("az", 0));
	/* the neighbours of the letters stay what they are */
	CHECK(hash("@", 0) != hash("`", 0));
	CHECK(hash("[", 0) != hash("{", 0));
	CHECK(hash("-", 0) != hash("\r", 0));
}

static void test_labels_left_out(void)
{
	CHECK(hash("abc.dns.example", 1) == hash("dns.example", 0));
	CHECK(hash("ABC.dns.example", 2) == hash("example", 0));
	CHECK(hash("a.b.dns.example", 1) != hash("dns.example", 0));
	CHECK(hash("xdns.example", 1) == hash("example", 0));
	CHECK(hash("xdns.example", 0) != hash("dns.example", 0));
	CHECK(hash("example", 1) == 0);
	CHECK(hash("dns.example", 2) == 0);
	CHECK(hash("", 0) == 0);
	CHECK(hash("", 1) == 0);
}

static void test_lengths(void)
{
	char name[LA_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 0;
	CHECK(hash_at(name, 0, LA_NAME_MAX, 0) != 0);
	CHECK(hash_at(name, 0, LA_NAME_MAX + 1, 0) == 0);
	CHECK(hash_at(name, 0, LA_NAME_MAX, 0) != hash_at(name, 0, LA_NAME_MAX - 1, 0));
	/* also where what is left is short enough: it would be somebody else's */
	name[60] = '.';
	CHECK(hash_at(name, 0, LA_NAME_MAX + 1, 1) == 0);
}

static void test_where_it_lies(void)
{
	static const char frame[] = "....dns.example....";

	CHECK(hash_at(frame, 4, 11, 0) == hash("dns.example", 0));
	CHECK(hash_at(frame, 4, 10, 0) != hash("dns.example", 0));
	CHECK(hash_at(frame, 12, 11, 0) == 0); /* ends behind the frame */
	CHECK(hash_at(frame, 0xf001, 11, 0) == 0);
}

/* clang-format off */
UNIT_MAIN("name_hash",
	  { "vectors", test_vectors },
	  { "case_does_not_count", test_case_does_not_count },
	  { "labels_left_out", test_labels_left_out },
	  { "lengths", test_lengths },
	  { "where_it_lies", test_where_it_lies })
