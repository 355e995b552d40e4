/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether our capabilities (capabilities(7)) suffice. The user id does not count. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

/*
 * Loading and attaching needs CAP_BPF, CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8) and
 * CAP_NET_ADMIN in the initial user namespace. 0 or -EPERM.
 */
int permitted(const char *doing, struct fault *f);

/* The same for optional capabilities: without them some things cannot be seen. */
int permitted_partly(struct fault *f);

/* Whether RLIMIT_MEMLOCK applies to BPF maps: before Linux 5.11. */
bool permitted_memlock_counts(void);
