/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was probably meant by a word that is not known: only what is near, lest a guess mislead. */
#include <limits.h>
#include <string.h>

#include "opt.h"

/* Of a word of 3 or 4 letters one may be wrong, of 5 two. */
static bool is_near(const char *typed, const char *valid, unsigned int distance)
{
	return distance <= (MAX(strlen(typed), strlen(valid)) + 1) / 3;
}

const char *opt_nearest(const char *typed, const char *const *valid)
{
	unsigned int d, least = UINT_MAX;
	const char *best = NULL;

	for (; *valid; valid++) {
		d = strcasecmp(typed, *valid) ? word_distance(typed, *valid) : 0;
		if (d < least && is_near(typed, *valid, d)) {
			least = d;
			best = *valid;
		}
	}
	return best;
}

void opt_say_instead(struct text *t, const char *typed, const char *const *valid)
{
	const char *nearest = opt_nearest(typed, valid);
	size_t i;

	if (nearest) {
		text_add(t, "the nearest is '%s'", nearest);
		return;
	}
	text_add(t, "there %s ", valid[0] && valid[1] ? "are" : "is");
	for (i = 0; valid[i]; i++)
		text_add(t, "%s%s", !i ? "" : valid[i + 1] ? ", " : " and ", valid[i]);
}
