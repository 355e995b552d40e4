/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the run saw everything that it should. Keeps the first reason against it. */
#pragma once

#include <stdbool.h>

#include "base/util.h"

struct completeness {
	char why[192]; /* "": complete */
};

/* Records a reason. Returns true if it is the first. */
bool completeness_lost(struct completeness *c, const char *fmt, ...) _printf_(2, 3);

/* The reason, or NULL if the run is complete. */
static inline const char *completeness_why(const struct completeness *c)
{
	return c->why[0] ? c->why : NULL;
}
