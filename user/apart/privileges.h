/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives up privileges once the programs are attached. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Gives up for good what a running loader never needs: capabilities, privileges gained by exec,
 * system calls that change the machine. Processes started before keep theirs. kills: keep the right
 * to kill processes of other users (leakaudit run). If one step fails, the others are still done.
 * Returns -errno of the first failure.
 */
int privileges_drop(bool kills);

/*
 * For a process that only computes: gives up all capabilities, and all system calls but those for
 * memory and for reading and writing what is open. Others fail with EPERM. -errno of the first
 * failure.
 */
int privileges_drop_all(void);

/*
 * Becomes that user for good, with his group alone: no capability is left, nor can one be gained by
 * exec. -EPERM: not allowed, unless we are that user. Else -errno.
 */
int privileges_become(uid_t uid, gid_t gid);
