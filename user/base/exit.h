/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other programs learn of us without reading an event. */
#pragma once

#include <errno.h>

enum exit_code {
	EXIT_CLEAN = 0, /* done, no leak seen */
	EXIT_LEAKS = 1, /* leaks were seen */
	EXIT_USAGE = 2, /* the command line is wrong */
	EXIT_DENIED = 3, /* not permitted, or cannot attach */
	EXIT_KERNEL = 4, /* the kernel lacks something */
	EXIT_INCOMPLETE = 5, /* events were lost, a hook was detached */
};

/* Of a beginning that failed with the errno r. */
static inline enum exit_code exit_code_of(int r)
{
	switch (r) {
	case -ENOPKG:
	case -EOPNOTSUPP:
		return EXIT_KERNEL;
	case -EIDRM: /* what was to be watched was removed before it was */
		return EXIT_INCOMPLETE;
	default:
		return EXIT_DENIED;
	}
}
