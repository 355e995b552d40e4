/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether our capabilities (capabilities(7)) suffice. The user id does not count. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PERMITTED_MSG_MAX 512

/*
 * Loading and attaching needs CAP_BPF, CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8) and
 * CAP_NET_ADMIN in the initial user namespace. 0 or -EPERM. Then msg has what is missing, why it is
 * needed and what helps, one line each.
 */
int permitted(const char *doing, char *msg, size_t size);

/*
 * What cannot be seen because an optional capability is missing, in msg. False: nothing is missing.
 */
bool permitted_partly(char *msg, size_t size);

/* Whether RLIMIT_MEMLOCK applies to BPF maps: before Linux 5.11. */
bool permitted_memlock_counts(void);
