/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#include <string.h>
#include <sys/utsname.h>

/* "PREEMPT_RT" since Linux 5.3, "PREEMPT RT" in the patches before. */
bool kernel_is_realtime(const char *version)
{
	return strstr(version, "PREEMPT_RT") || strstr(version, "PREEMPT RT");
}

bool kernel_runs_realtime(void)
{
	struct utsname u;

	return !uname(&u) && kernel_is_realtime(u.version);
}
