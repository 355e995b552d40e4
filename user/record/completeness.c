/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "completeness.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"

/* Two reasons of one hash are counted as one. */
static void count(struct completeness *c, const char *why)
{
	uint32_t h = (uint32_t)hash_bytes(HASH_BEGIN, why, strlen(why));
	unsigned int i;

	for (i = 0; i < c->reasons; i++)
		if (c->seen[i] == h)
			return;
	if (c->reasons < COMPLETENESS_REASONS_MAX)
		c->seen[c->reasons++] = h;
}

static bool lost(struct completeness *c, const char *fmt, va_list ap)
{
	char why[sizeof(c->why)];

	vsnprintf(why, sizeof(why), fmt, ap);
	count(c, why);
	if (c->why[0])
		return false;
	memcpy(c->why, why, sizeof(why));
	return true;
}

bool completeness_lost(struct completeness *c, const char *fmt, ...)
{
	va_list ap;
	bool first;

	va_start(ap, fmt);
	first = lost(c, fmt, ap);
	va_end(ap);
	return first;
}

bool completeness_warn(struct completeness *c, const char *fmt, ...)
{
	va_list ap;
	bool first;

	va_start(ap, fmt);
	first = lost(c, fmt, ap);
	va_end(ap);
	if (first)
		log_warn("%s", c->why);
	return first;
}
