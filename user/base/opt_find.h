/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rows of a table say of a word, for those who read command lines. */
#pragma once

#include <string.h>

#include "opt.h"

static inline bool opt_takes_value(const struct opt *o)
{
	return o->type != OPT_T_FLAG;
}

/* Whether it may be given without a value, which then needs a '='. */
static inline bool opt_value_optional(const struct opt *o)
{
	return o->type == OPT_T_SET;
}

/* The option that the first len bytes of "-x" or "--name" are. NULL: none. */
static inline const struct opt *opt_find(const struct opt *opts, const char *word, size_t len)
{
	bool letter = word[0] == '-' && word[1] != '-';

	for (; opts->type != OPT_T_END; opts++) {
		if (opts->type == OPT_T_GROUP)
			continue;
		if (letter ? len == 2 && opts->letter && opts->letter == word[1]
			   : strlen(opts->name) == len - 2 &&
				     !memcmp(opts->name, word + 2, len - 2))
			return opts;
	}
	return NULL;
}
