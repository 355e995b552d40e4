/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit codes: a contract with scripts. */
#pragma once

#include <errno.h>

enum exit_code {
	EXIT_CLEAN = 0, /* done, no leak */
	EXIT_LEAKS = 1, /* leaks were found */
	EXIT_USAGE = 2, /* the command line is wrong */
	EXIT_DENIED = 3, /* not permitted, or a hook could not be attached */
	EXIT_KERNEL = 4, /* the kernel lacks a feature */
	EXIT_INCOMPLETE = 5, /* events were lost or a hook was detached */
};

/* Maps -errno of a failed start to an exit code. */
static inline enum exit_code exit_code_of(int r)
{
	switch (r) {
	case -ENOPKG:
	case -EOPNOTSUPP:
		return EXIT_KERNEL;
	case -EIDRM: /* the cgroup was removed before it could be watched */
		return EXIT_INCOMPLETE;
	default:
		return EXIT_DENIED;
	}
}
