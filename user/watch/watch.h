/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of the audit: everything between options and exit code. */
#pragma once

#include "config.h"

/* 0, or -EPERM if watching is not permitted; logged. */
int watch_permitted(void);

/* Returns an enum exit_code; errors were logged. */
int watch_run(const struct watch_config *cfg);
