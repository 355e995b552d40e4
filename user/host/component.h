/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The components of a cgroup's path, one after the other. */
#pragma once

#include <stdbool.h>
#include <string.h>

/* Part of a path, not terminated; len 0 at the end of the path. */
struct component {
	const char *s;
	size_t len;
};

/* The one behind c; { path, 0 } is before the first. */
static inline struct component component_next(struct component c)
{
	const char *s = c.s + c.len;

	s += strspn(s, "/");
	return (struct component){ s, strcspn(s, "/") };
}

/* It has more than the prefix. */
static inline bool component_starts(struct component c, const char *prefix)
{
	size_t n = strlen(prefix);

	return c.len > n && memcmp(c.s, prefix, n) == 0;
}

/* It has more than the suffix. */
static inline bool component_ends(struct component c, const char *suffix)
{
	size_t n = strlen(suffix);

	return c.len > n && memcmp(c.s + c.len - n, suffix, n) == 0;
}
