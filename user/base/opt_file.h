/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options from a file: leakaudit.conf(5). A line is NAME = VALUE, or NAME alone; "#" begins a
 * comment. The rows that the command line is parsed by say what a line means.
 */
#pragma once

#include "fault.h"
#include "opt.h"
#include "opt_set.h"

struct opt_entry {
	const char *name;
	const char *value; /* NULL: none */
	unsigned int line;
};

struct opt_file {
	const char *path; /* the caller's */
	char *text; /* that entries point into */
	struct opt_entry *v;
	size_t n;
};

/*
 * Reads it. Its owner must be root or the caller, and nobody else may be able to write it, or to
 * put another one in its place: -EPERM. -EINVAL: a line is wrong; f has its number. Else -errno.
 */
int opt_file_read(struct opt_file *ret, const char *path, struct fault *f);
void opt_file_free(struct opt_file *file);

/* An option of another command that reads the same file. */
struct opt_other {
	const char *name;
	bool line_only; /* a file may not have it */
};

/*
 * Sets the targets of a command's rows, but of those that its command line has given. others: what
 * is left alone, up to one without a name. Values stay the file's. -EINVAL: logged, with the line;
 * -ENOMEM.
 */
int opt_file_apply(const struct opt_file *file, const struct opt_usage *u,
		   const struct opt_given *given, const struct opt_other *others);

/* The row that a line of the file is of; whether only a command line may have it. NULL: none. */
const struct opt *opt_file_row(const struct opt_usage *u, const char *name, bool *line_only);

/* If the value is of the file (NULL: none), puts its place before the reason. Returns error. */
int opt_file_fault(const struct opt_file *file, const char *value, int error, struct fault *f);
