/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each hook costs for each load: a table of rows. */
#pragma once

#include <stdbool.h>

#include "hooks.h"
#include "traffic.h"

enum build { BUILD_OURS, BUILD_BASELINE, BUILD_MAX };

/* Adds a round of so many packets of the load: the hooks' readings before it and after it. */
void rows_add(enum load load, unsigned int packets, enum build build, const struct reading *from,
	      const struct reading *to);

/* With a second column where there is a baseline. */
void rows_print(bool json);
