/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload/dns_question.h"
#include "unit.h"

#define HEAD "\x12\x34\1\0\0\1\0\0\0\0\0\0"
#define ASKS(msg, expected) CHECK_STR(name_of(msg, sizeof(msg) - 1), expected)

static struct dns_question q;

static const char *name_of(const char *msg, size_t len)
{
	return dns_question_read((const uint8_t *)msg, len, &q) ? q.name : "";
}

static void test_name(void)
{
	ASKS(HEAD "\3www\7example\0\0\x1c\0\1", "www.example");
	CHECK_STR(q.type, "AAAA");
	ASKS(HEAD "\0\0\1\0\1", ".");
	ASKS(HEAD "\3www\7exam", "");
}

static void test_pointers(void)
{
	ASKS(HEAD "\xc0\x12\0\1\0\1\7strange\7example\0", "strange.example");
	CHECK_STR(q.type, "A");
	ASKS(HEAD "\3www\xc0\x16\0\1\0\1\7example\0", "www.example");
	ASKS(HEAD "\xc0\x0c\0\1\0\1", ""); /* to itself */
	ASKS(HEAD "\xc0\x0e\xc0\x0c\0\1\0\1", ""); /* in a circle */
	ASKS(HEAD "\1a\xc0\x0c\0\1\0\1", "");
	ASKS(HEAD "\xff\xff\0\1\0\1", "");
}

/* clang-format off */
UNIT_MAIN("dns_question",
	  { "name", test_name },
	  { "pointers", test_pointers })
