/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto.h"

#include "base/library.h"

/* The library version whose headers this was built with. */
#ifdef OPENSSL_SHLIB_VERSION
#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)
#define SHLIB STRING(OPENSSL_SHLIB_VERSION)
#else
#define SHLIB SHLIB_VERSION_NUMBER /* before 3.0 */
#endif

const char crypto_library[] = "libcrypto.so." SHLIB;

const struct crypto *crypto_load(void)
{
	static struct crypto functions;
	static const struct library_function v[] = {
#define ROW(function) { #function, (void **)&functions.function },
		CRYPTO_FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};
	static bool tried, found;

	if (!tried) {
		tried = true;
		found = library_load(crypto_library, v);
	}
	return found ? &functions : NULL;
}
