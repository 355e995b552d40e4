/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to say of a file of options, before anything runs by it. */
#pragma once

#include <stddef.h>

/* Of malloc'ed strings. */
struct words {
	char **v;
	size_t n;
};

/* A command that runs by it. */
struct run_of {
	char *unit; /* of an instance; else how the command is called with the file */
	struct words words; /* the same command line without a file. Empty: there is none */
	const char *why; /* there is none */
};

struct check {
	char *path;
	const char *instance; /* NULL: a file elsewhere */
	struct words errors, warnings;
	struct run_of runs[2]; /* watch, guard */
};

/* One of the two is NULL. 0 or -ENOMEM. */
int check_make(struct check *ret, const char *instance, const char *file);
void check_free(struct check *c);
