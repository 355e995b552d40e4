/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the pinned programs of a guard are attached, as the kernel says. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct guard_hooks {
	unsigned int cgroup, tc,
		tasks; /* attached: to cgroups, to interfaces, to events of tasks */
	unsigned int
		lost; /* were attached, and are not any more, though what they were at is there */
	unsigned int gone; /* the same of interfaces that are not there, or are not ours to see */
	char first[64]; /* the first that is lost, by its pin's name */
};

/*
 * dir: of a guard. home: the cookie of our network namespace. removed: of which scopes the cgroup
 * is gone, a bit for each. 0 or -errno.
 */
int guard_hooks_read(const char *dir, uint64_t home, uint64_t removed, struct guard_hooks *ret);
