/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of options, whoever reads them. */
#pragma once

#include "opt.h"

/* Where a value stands. NULL: on the command line. */
struct opt_place {
	const char *file;
	unsigned int line;
};

/* Sets the target; of a flag the value is not read. -EINVAL: logged; -ENOMEM. */
int opt_set(const struct opt *o, const char *value, const struct opt_place *at);

/* Logs what is wrong with an option: its name is put before that. Returns -EINVAL. */
int opt_wrong(const struct opt_place *at, const struct opt *o, const char *fmt, ...) _printf_(3, 4);
