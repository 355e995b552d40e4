/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clsact filter does not end with its process, as a link does. On a leash it has a program that
 * jumps to ours by a table, which the kernel empties when the last process that has it open is
 * gone: what is left of us then does nothing.
 */
#pragma once

#include <stdint.h>

#include "attach.h"
#include "programs.h"

struct tc_leash;

/*
 * Descriptor of a program for filters, which jumps to prog: the one of the task at home, or of all
 * other namespaces. *l is made when it is first needed. Or an error, less than 0.
 */
int tc_leash_program(struct tc_leash **l, enum tc_task task, bool home, int prog);
void tc_leash_free(struct tc_leash *l);

/* Whether it is such a program, of any leakaudit: by its instructions. */
bool tc_leash_is(const struct program *p);

/* The name of the table. Anybody's may be called so. */
#define TC_LEASH_TABLE "la_tc_leash"
