/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the run saw everything that it should. Keeps the first reason against it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

#define COMPLETENESS_REASONS_MAX 64

struct completeness {
	char why[192]; /* "": complete */
	uint32_t seen[COMPLETENESS_REASONS_MAX]; /* hashes of the reasons */
	unsigned int reasons; /* different ones, as far as there is room */
};

/* Records a reason. Returns true if it is the first. */
bool completeness_lost(struct completeness *c, const char *fmt, ...) _printf_(2, 3);

/* The same; the first one is a warning as well. */
bool completeness_warn(struct completeness *c, const char *fmt, ...) _printf_(2, 3);

/* The reason, or NULL if the run is complete. */
static inline const char *completeness_why(const struct completeness *c)
{
	return c->why[0] ? c->why : NULL;
}
