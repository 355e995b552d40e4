/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto.h"

#include <dlfcn.h>
#include <stdbool.h>

/* The library version whose headers this was built with. */
#ifdef OPENSSL_SHLIB_VERSION
#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)
#define SHLIB STRING(OPENSSL_SHLIB_VERSION)
#else
#define SHLIB SHLIB_VERSION_NUMBER /* before 3.0 */
#endif

const char crypto_library[] = "libcrypto.so." SHLIB;

static bool find_all(struct crypto *c, void *library)
{
	bool found = true;

/* POSIX allows a function's address in a void pointer, ISO C does not */
#define FIND(function)                                      \
	*(void **)&c->function = dlsym(library, #function); \
	found = found && c->function;
	CRYPTO_FUNCTIONS(FIND)
#undef FIND
	return found;
}

const struct crypto *crypto_load(void)
{
	static struct crypto functions;
	static bool tried, found;
	void *library;

	if (!tried) {
		tried = true;
		library = dlopen(crypto_library, RTLD_NOW | RTLD_LOCAL);
		found = library && find_all(&functions, library);
	}
	return found ? &functions : NULL;
}
