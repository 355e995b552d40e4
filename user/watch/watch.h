/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the audit: everything between the options and the exit code. */
#pragma once

#include "config.h"

/* 0, or -EPERM where watching is not permitted, which has been logged. */
int watch_permitted(void);

/* Returns an enum exit_code; what went wrong has been logged. */
int watch_run(const struct watch_config *cfg);
