/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completeness.h"

#include <stdarg.h>
#include <stdio.h>

bool completeness_lost(struct completeness *c, const char *fmt, ...)
{
	va_list ap;

	if (c->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return true;
}
