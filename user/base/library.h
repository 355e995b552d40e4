/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Libraries that are loaded when something asks for them, so that a run without it does not pay. */
#pragma once

#include <stdbool.h>

struct library_function {
	const char *name;
	void **to; /* where its address goes */
};

/* v ends with a row without a name. false: the library or one of its functions is missing. */
bool library_load(const char *file, const struct library_function *v);
