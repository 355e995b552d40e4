/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a call failed, in words for the user: the reason, and what helps. The caller owns the fault
 * and passes it down. The function that fails fills it in and returns -errno:
 *
 *	fault_say(f, -ESRCH, "there is no process %s", arg);
 *	return fault_help(f, -ESRCH, "'pidof NAME' or 'pgrep NAME' finds it");
 *
 * A fault is never NULL: a caller without use for the text passes one that it does not read. It
 * starts as { 0 } or with fault_clear(), and is valid only after a failure. A function need not
 * fill it in where the errno says everything, such as -ENOMEM. A text that is too long is cut,
 * never within a code point.
 */
#pragma once

#include <stdarg.h>

#include "util.h"

struct fault {
	char reason[3072]; /* "": none. It has room for the last lines of the verifier */
	char help[1024]; /* one hint a line. "": none is known */
};

/* All of these return error. */

/* Sets the reason, and removes the hints. */
int fault_say(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);
int fault_vsay(struct fault *f, int error, const char *fmt, va_list ap) _printf_(3, 0);

/* Sets the reason if there is none yet. */
int fault_unsaid(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

/* Adds a hint. */
int fault_help(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

/* Prefixes the reason with a place and ": ". Without a reason, the text of the errno follows. */
int fault_at(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

static inline void fault_clear(struct fault *f)
{
	f->reason[0] = f->help[0] = '\0';
}
