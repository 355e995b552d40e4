/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "libcurl.h"

#ifdef HAVE_libcurl
#include "base/library.h"

const struct libcurl *libcurl_load(void)
{
	static struct libcurl functions;
	static const struct library_function v[] = {
#define ROW(function) { "curl_" #function, (void **)&functions.function },
		LIBCURL_FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};
	static bool tried, found;

	if (!tried) {
		tried = true;
		found = library_load(LIBCURL_LIBRARY, v) &&
			!functions.global_init(CURL_GLOBAL_DEFAULT);
	}
	return found ? &functions : NULL;
}
#endif
