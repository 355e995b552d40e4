/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words on the standard output, of a width that people can read. */
#pragma once

#include <stddef.h>

/* Columns of the standard output: those of its terminal, at most `most`. */
size_t text_width(size_t most);

/*
 * Prints words and a newline, escaped and wrapped at the width, with a hanging indent at column,
 * where the output is.
 */
void text_wrap(const char *raw, size_t column, size_t width);
/* The same of several lines: their newlines are spaces, and not escaped. */
void text_wrap_lines(const char *raw, size_t column, size_t width);
