/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loader may still do once its programs are attached. */
#pragma once

#include <stdbool.h>

/* Gives up for good what a running loader never needs: capabilities, privileges
 * by exec, system calls that change the machine. Processes that were begun before
 * keep theirs. kills: of other users' processes (leakaudit run). Whatever fails,
 * the rest is given up; -errno of the first that did. */
int privileges_drop(bool kills);
