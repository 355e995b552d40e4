/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds names in the path of a cgroup. */
#include "enrich.h"

#include <stdbool.h>
#include <string.h>

/* A component of a path; len 0 at the end of the path. */
struct component {
	const char *s;
	size_t len;
};

static struct component next(struct component c)
{
	const char *s = c.s + c.len;

	s += strspn(s, "/");
	return (struct component){ s, strcspn(s, "/") };
}

static bool starts_with(struct component c, const char *prefix)
{
	size_t n = strlen(prefix);

	return c.len > n && memcmp(c.s, prefix, n) == 0;
}

static bool ends_with(struct component c, const char *suffix)
{
	size_t n = strlen(suffix);

	return c.len > n && memcmp(c.s + c.len - n, suffix, n) == 0;
}

static bool copy(const char *s, size_t len, char *buf, size_t size)
{
	if (len == 0 || len >= size) {
		buf[0] = '\0';
		return false;
	}
	memcpy(buf, s, len);
	buf[len] = '\0';
	return true;
}

static bool is_unit(struct component c)
{
	return ends_with(c, ".service") || ends_with(c, ".scope") || ends_with(c, ".socket") ||
	       ends_with(c, ".mount") || ends_with(c, ".swap");
}

/*
 * Finds the first unit that is not a slice. Units below it are internal to it (a container with its
 * own systemd). A user's manager is an exception, since the units that it runs are of this machine.
 */
bool enrich_unit(const char *path, char *buf, size_t size)
{
	struct component c, unit = { 0 };

	for (c = next((struct component){ path, 0 }); c.len; c = next(c)) {
		if (!is_unit(c))
			continue;
		unit = c;
		if (!(starts_with(c, "user@") && ends_with(c, ".service")))
			break;
	}
	return copy(unit.s, unit.len, buf, size);
}
