/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something failed, in words for people: what is wrong, and what helps. Who asks
 * owns the fault and hands it down; who fails says it there, and returns the errno:
 *
 *	fault_say(f, -ESRCH, "there is no process %s", arg);
 *	return fault_help(f, -ESRCH, "'pidof NAME' or 'pgrep NAME' finds it");
 *
 * A fault is never NULL: who does not want the words has one that nobody reads. It
 * counts only behind a failure. It begins as { 0 }; one that was said may be handed down
 * again, and is said anew. What is too long is cut, never within a code point.
 */
#pragma once

#include <stdarg.h>

#include "util.h"

struct fault {
	char reason[3072]; /* "": nothing was said. Room for the verifier's last lines */
	char help[1024]; /* a remedy a line; "": none is known */
};

/* All of them return error, whatever it is. */

/* Says what is wrong, in place of what was said before. */
int fault_say(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);
int fault_vsay(struct fault *f, int error, const char *fmt, va_list ap) _printf_(3, 0);

/* The same, but where nothing was said: what is known of it is the errno. */
int fault_unsaid(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

/* Adds a remedy to what was said. */
int fault_help(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

/* Puts in front of what was said (else the text of the errno) where that is, and ": ". */
int fault_at(struct fault *f, int error, const char *fmt, ...) _printf_(3, 4);

/* Nothing was said. */
static inline void fault_clear(struct fault *f)
{
	f->reason[0] = f->help[0] = '\0';
}
