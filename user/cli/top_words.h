/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words on the screen: raw ones are escaped, and all are cut to their width. */
#pragma once

#include "curses.h"

void top_words_begin(void); /* after setlocale() */
bool top_is_utf8(void);

void top_put(const struct curses *c, int y, int x, int width, const char *raw);
void top_put_safe(const struct curses *c, int y, int x, int width, const char *safe);

/* To the right edge of the column. */
void top_put_right(const struct curses *c, int y, int x, int width, const char *raw);

/* Of what has no room the middle is left out: of a path its end tells most. */
void top_put_ends(const struct curses *c, int y, int width, const char *raw);

/* In at most so many lines. */
void top_put_wrapped(const struct curses *c, int y, int lines, int width, const char *raw);
