/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads ncurses when a screen is asked for. */
#pragma once

/* The file's name, for messages about what to install. */
#define CURSES_LIBRARY "libncursesw.so.6"

#ifdef HAVE_ncursesw
#include <stdbool.h>

/* Functions only: a macro would name the library's data. */
#define NCURSES_NOMACROS
#include <curses.h>

#define CURSES_FUNCTIONS(X)   \
	X(newterm)            \
	X(delscreen)          \
	X(endwin)             \
	X(cbreak)             \
	X(noecho)             \
	X(curs_set)           \
	X(keypad)             \
	X(nodelay)            \
	X(wgetch)             \
	X(werase)             \
	X(wmove)              \
	X(waddnstr)           \
	X(wattrset)           \
	X(wrefresh)           \
	X(getmaxx)            \
	X(getmaxy)            \
	X(has_colors)         \
	X(start_color)        \
	X(use_default_colors) \
	X(init_pair)          \
	X(COLOR_PAIR)         \
	X(set_escdelay)

struct curses {
#define CURSES_FIELD(function) __typeof__(function) *function;
	CURSES_FUNCTIONS(CURSES_FIELD)
#undef CURSES_FIELD
	WINDOW **screen; /* stdscr */
};

/* Loads once and never unloads. NULL: the library or one of its functions is missing. */
const struct curses *curses_load(void);
#endif
