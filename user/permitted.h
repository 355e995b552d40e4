/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether we may do what we are for: by capabilities (capabilities(7)), not by the user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PERMITTED_MSG_MAX 512

/*
 * Loading and attaching takes CAP_BPF, CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8) and
 * CAP_NET_ADMIN, of the initial user namespace. 0, or -EPERM; msg has what is missing,
 * why that counts and what helps, a line each.
 */
int permitted(const char *doing, char *msg, size_t size);

/* What goes unseen for want of a capability that is not indispensable, in msg; false:
 * there is nothing of the kind. */
bool permitted_partly(char *msg, size_t size);

/* Where RLIMIT_MEMLOCK is what BPF maps are charged to: before Linux 5.11. */
bool permitted_memlock_counts(void);
