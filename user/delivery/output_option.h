/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument of an output: TARGET[,NAME=VALUE]... */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* A size (size is not NULL), or a word. */
struct output_option {
	const char *name;
	uint64_t *size;
	const char *least, *most; /* of a size, as the user writes them */
	uint64_t min, max;
	char **word; /* becomes the caller's */
};

/*
 * Reads the argument of output `name`. v ends with a row without a name. usage: what helps if an
 * option is unknown. *target becomes the caller's. -EINVAL: f says why; -ENOMEM.
 */
int output_option_parse(const char *name, const char *arg, const struct output_option *v,
			const char *usage, char **target, struct fault *f);
