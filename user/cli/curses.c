/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curses.h"

#ifdef HAVE_ncursesw
#include "base/library.h"

const struct curses *curses_load(void)
{
	static struct curses functions;
	static const struct library_function v[] = {
#define ROW(function) { #function, (void **)&functions.function },
		CURSES_FUNCTIONS(ROW)
#undef ROW
			{ "stdscr", (void **)&functions.screen },
		{ 0 }
	};
	static bool tried, found;

	if (!tried) {
		tried = true;
		found = library_load(CURSES_LIBRARY, v);
	}
	return found ? &functions : NULL;
}
#endif
