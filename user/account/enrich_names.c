/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds names in the path of a cgroup. */
#include "enrich.h"

#include <string.h>

#include "host/component.h"

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
	return component_ends(c, ".service") || component_ends(c, ".scope") ||
	       component_ends(c, ".socket") || component_ends(c, ".mount") ||
	       component_ends(c, ".swap");
}

/*
 * Finds the first unit that is not a slice. Units below it are internal to it (a container with its
 * own systemd). A user's manager is an exception, since the units that it runs are of this machine.
 */
bool enrich_unit(const char *path, char *buf, size_t size)
{
	struct component c, unit = { 0 };

	for (c = component_next((struct component){ path, 0 }); c.len; c = component_next(c)) {
		if (!is_unit(c))
			continue;
		unit = c;
		if (!(component_starts(c, "user@") && component_ends(c, ".service")))
			break;
	}
	return copy(unit.s, unit.len, buf, size);
}
