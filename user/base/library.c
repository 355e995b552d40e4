/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "library.h"

#include <dlfcn.h>

bool library_load(const char *file, const struct library_function *v)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	for (; v->name; v++) {
		*v->to = dlsym(library, v->name);
		if (!*v->to)
			return false;
	}
	return true;
}
