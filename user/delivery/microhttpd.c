/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "microhttpd.h"

#ifdef HAVE_libmicrohttpd
#include "base/library.h"

const struct microhttpd *microhttpd_load(void)
{
	static struct microhttpd functions;
	static const struct library_function v[] = {
#define ROW(function) { #function, (void **)&functions.function },
		MICROHTTPD_FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};
	static bool tried, found;

	if (!tried) {
		tried = true;
		found = library_load(MICROHTTPD_LIBRARY, v);
	}
	return found ? &functions : NULL;
}
#endif
