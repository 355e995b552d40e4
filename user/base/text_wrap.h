/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words in lines and cells of a width that people can read. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "text.h"

/* Columns of the standard output: those of its terminal, else 80; at most `most`, at least 40. */
size_t text_width(size_t most);

/*
 * Adds words, which are escaped already, wrapped at the width (0: not) with a hanging indent at
 * column, where the line is.
 */
void text_add_wrapped(struct text *t, const char *safe, size_t column, size_t width);
/* Adds words, which are escaped already, in so many columns: cut with "..", or with spaces behind. */
void text_add_cell(struct text *t, const char *safe, size_t width);
/* The bytes of so many columns of s; whole code points. */
size_t text_bytes_of(const char *s, size_t columns);

/* Prints words and a newline, escaped and wrapped in the same way, to the standard output. */
void text_wrap(const char *raw, size_t column, size_t width);
/* The same of several lines: their newlines are spaces, and not escaped. */
void text_wrap_lines(const char *raw, size_t column, size_t width);
/* The same as text_wrap(), to a file. */
void text_wrap_to(FILE *to, const char *raw, size_t column, size_t width);
