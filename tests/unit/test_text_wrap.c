/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text_wrap.h"
#include "unit.h"

static char got[256];

static const char *wrapped(const char *words, size_t column, size_t width)
{
	struct text t;

	text_init(&t, got, sizeof(got));
	text_add_wrapped(&t, words, column, width);
	return got;
}

static const char *cell(const char *words, size_t width)
{
	struct text t;

	text_init(&t, got, sizeof(got));
	text_add_cell(&t, words, width);
	return got;
}

static void test_lines(void)
{
	CHECK_STR(wrapped("one two three", 0, 80), "one two three");
	CHECK_STR(wrapped("one two three", 0, 7), "one two\nthree");
	CHECK_STR(wrapped("one two three", 2, 7), "one\n  two\n  three");
	CHECK_STR(wrapped(" one\n two\t", 0, 80), "one two");
	CHECK_STR(wrapped("one two three", 0, 0), "one two three");
	CHECK_STR(wrapped("", 4, 7), "");
}

/* A word that is longer than a line is not cut: what is copied from it must be whole. */
static void test_long_words(void)
{
	CHECK_STR(wrapped("a verylongword b", 2, 8), "a\n  verylongword\n  b");
}

/* Code points are columns, not bytes. */
static void test_columns(void)
{
	CHECK_STR(wrapped("äöü äöü", 0, 7), "äöü äöü");
	CHECK_STR(wrapped("äöü äöü", 0, 6), "äöü\näöü");
	CHECK_STR(cell("äöü", 5), "äöü  ");
	CHECK_STR(cell("äöüäöü", 5), "äöü..");
}

static void test_cells(void)
{
	CHECK_STR(cell("abc", 3), "abc");
	CHECK_STR(cell("abcd", 3), "a..");
	CHECK_STR(cell("abcd", 1), "..");
	CHECK_STR(cell("", 2), "  ");
}

/* clang-format off */
UNIT_MAIN("text_wrap",
	  { "lines", test_lines },
	  { "long_words", test_long_words },
	  { "columns", test_columns },
	  { "cells", test_cells })
