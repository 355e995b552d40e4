/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel and our capabilities (capabilities(7)) suffice. The user id does not count. */
#pragma once

#include "base/fault.h"

/*
 * Loading and attaching needs Linux 5.15, and CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN in the initial
 * user namespace. 0, -EOPNOTSUPP: the kernel is older, or -EPERM.
 */
int permitted(const char *doing, struct fault *f);

/* The same for optional capabilities: without them some things cannot be seen. */
int permitted_partly(struct fault *f);

/* The kernel's part of permitted(). release: as uname(2) has it. 0 or -EOPNOTSUPP. */
int permitted_kernel(const char *release, struct fault *f);
