/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options from a file beside those of the command line: leakaudit.conf(5). */
#pragma once

#include <stdbool.h>

#include "base/opt.h"
#include "base/opt_file.h"

#define CONFIG_DIR "/etc/leakaudit"
#define CONFIG_SUFFIX ".conf"

/* What the two options say, and what was read. */
struct config {
	const char *file, *instance;
	char *path;
	struct opt_file text; /* empty: there is none */
	char *unit; /* the default target of the instance */
};

/* Rows for struct opt[]; c: struct config *. */
/* clang-format off */
#define OPT_CONFIG(c) \
	OPT_STR(0, "config", &(c)->file, "FILE", \
		"more options from this file; those given here count instead")
#define OPT_INSTANCE(c, what) \
	OPT_STR(0, "instance", &(c)->instance, "INSTANCE", \
		"what the unit of that instance runs: options from " CONFIG_DIR "/INSTANCE" CONFIG_SUFFIX \
		", if there is one, and if it names no target, " what)
/* clang-format on */

/*
 * An opt_use_fn: parses the command line, then reads the file that it names. arg: struct
 * config_line *. As opt_parse_line(); what a file says that only watch or guard knows, is left
 * alone.
 */
struct config_line {
	struct opt_line line;
	struct config *config;
	struct opt_given given;
};
int config_parse(void *arg, const struct opt_usage *u);
void config_free(struct config *c);

/* The file of an instance, and the unit that is its target, for malloc'ed strings. NULL: -ENOMEM. */
char *config_path(const char *instance);
char *config_unit(const char *instance, bool guard);

/*
 * Adds that unit to targets if there is an instance and no target. kind: of struct opt_of. 1: it
 * did; 0; -ENOMEM.
 */
int config_target(struct config *c, struct opt_mixed *targets, unsigned int kind, bool guard);

/* Why it is no name of an instance, or NULL. */
const char *config_instance_fault(const char *instance);

/* Calls fn for each file of an instance. */
void config_each(void (*fn)(void *arg, const char *instance), void *arg);
