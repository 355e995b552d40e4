/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests in a network namespace of their own: the test's body runs in a child,
 * and all that it makes goes away with that process, however it ends.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/addr.h"
#include "unit.h"

/* NULL, or why such a test cannot run here. */
const char *netlab_missing(void);

/* Runs body in a child in a new network namespace, with lo up; the number of
 * its failed checks, or -1 when it died. failures is the child's unit_failures. */
int netlab_run(void (*body)(void), const int *failures);

/* A process that does nothing in a network namespace of its own. */
pid_t netlab_sleeper(void);
void netlab_end(pid_t pid);

/* "ip" with these arguments; complains and returns false when it fails. */
bool ip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A command in the network namespace of another process. */
bool netlab_inside(pid_t pid, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A tun (or tap) device, not persistent: its fd, or -1. */
int netlab_tun(const char *name, bool tap);

/* All zero where it is no address. */
static inline struct la_addr netlab_addr(const char *s)
{
	struct la_addr a = { 0 };

	addr_parse(s, &a);
	return a;
}

#define NETLAB_TEST(body)                                       \
	do {                                                    \
		if (netlab_missing())                           \
			SKIP(netlab_missing());                 \
		CHECK_INT(netlab_run(body, &unit_failures), 0); \
	} while (0)
