/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that say whose traffic: the same for every command that has them. */
#pragma once

#include "base/opt.h"
#include "host/scope.h"

struct opt_target {
	const char *cgroup, *unit, *pid;
};

/* Rows for struct opt[]; t: struct opt_target *, then what --help says of each. */
/* clang-format off */
#define OPT_TARGET(t, of_cgroup, of_unit, of_pid) \
	OPT_STR(0, "cgroup", &(t)->cgroup, "PATH", of_cgroup), \
	OPT_STR('u', "unit", &(t)->unit, "NAME", of_unit), \
	OPT_STR('p', "pid", &(t)->pid, "PID", of_pid)
/* clang-format on */

/* The one that was given; none is the host. other: what excludes them too, by its name and
 * whether it was given. -EINVAL: more than one, which has been logged. */
int opt_target_choose(const struct opt_target *t, const char *other, bool given, enum scope_by *by,
		      const char **target);
