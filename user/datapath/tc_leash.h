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
 * Descriptor of the program for a filter in that namespace. -EOPNOTSUPP: there is no program of
 * ours that all such namespaces share.
 */
int tc_leash_program(struct datapath *k, uint64_t netns, enum tc_task task);
void tc_leash_free(struct tc_leash *l);

/* Whether it is such a program, of any leakaudit: by its instructions. */
bool tc_leash_is(const struct program *p);

/* The name of the table. Anybody's may be called so. */
#define TC_LEASH_TABLE "la_tc_leash"
