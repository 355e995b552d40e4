/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs have noted of processes. */
#pragma once

#include "datapath.h"

/* pids are those of our pid namespace. -ENOENT: nothing is noted, or it was forgotten. */
int datapath_noted(const struct datapath *k, const struct la_program *p, struct la_noted *ret);
