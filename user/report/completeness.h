/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether all that was to be seen was seen: one list of reasons, of which the first is told. */
#pragma once

#include <stdbool.h>

#include "base/util.h"

struct completeness {
	char why[192]; /* "": nothing was missed */
};

/* True: it is the first reason. */
bool completeness_lost(struct completeness *c, const char *fmt, ...) _printf_(2, 3);

/* The reason; NULL: it is complete. */
static inline const char *completeness_why(const struct completeness *c)
{
	return c->why[0] ? c->why : NULL;
}
