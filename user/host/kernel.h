/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of kernel this is, as far as that decides what can be known. */
#pragma once

#include <stdbool.h>

/*
 * Whether a kernel of that version (as of uname -v) is PREEMPT_RT. There softirqs are interrupted
 * and run by any process that enables them, so who runs need not be who sends.
 */
bool kernel_is_realtime(const char *version);

/* The same of the kernel that runs. */
bool kernel_runs_realtime(void);
