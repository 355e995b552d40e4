/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "microhttpd.h"

#ifdef HAVE_libmicrohttpd
#include <dlfcn.h>
#include <stdbool.h>

static bool find_all(struct microhttpd *m, void *library)
{
	bool found = true;

/* POSIX allows a function's address in a void pointer, ISO C does not */
#define FIND(function)                                      \
	*(void **)&m->function = dlsym(library, #function); \
	found = found && m->function;
	MICROHTTPD_FUNCTIONS(FIND)
#undef FIND
	return found;
}

const struct microhttpd *microhttpd_load(void)
{
	static struct microhttpd functions;
	static bool tried, found;
	void *library;

	if (!tried) {
		tried = true;
		library = dlopen(MICROHTTPD_LIBRARY, RTLD_NOW | RTLD_LOCAL);
		found = library && find_all(&functions, library);
	}
	return found ? &functions : NULL;
}
#endif
