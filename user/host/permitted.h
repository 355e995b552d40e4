/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether we may do what we are for: by capabilities (capabilities(7)), not by the user. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

/*
 * Loading and attaching takes CAP_BPF, CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8) and
 * CAP_NET_ADMIN, of the initial user namespace. 0, or -EPERM.
 */
int permitted(const char *doing, struct fault *f);

/* The same of capabilities that are not indispensable: without them, something goes
 * unseen. */
int permitted_partly(struct fault *f);

/* Where RLIMIT_MEMLOCK is what BPF maps are charged to: before Linux 5.11. */
bool permitted_memlock_counts(void);
