/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that choose the scope, common to several commands. */
#pragma once

#include "base/opt.h"
#include "host/scope.h"

struct opt_target {
	const char *cgroup, *unit, *pid;
};

/* Rows for struct opt[]. t: struct opt_target *; then the help of each option. */
/* clang-format off */
#define OPT_TARGET(t, of_cgroup, of_unit, of_pid) \
	OPT_STR(0, "cgroup", &(t)->cgroup, "PATH", of_cgroup), \
	OPT_STR('u', "unit", &(t)->unit, "NAME", of_unit), \
	OPT_STR('p', "pid", &(t)->pid, "PID", of_pid)
/* clang-format on */

/*
 * Sets the target that was given; none means the host. other: the name of an option that excludes
 * these, and whether it was given. -EINVAL: more than one was given; logged.
 */
int opt_target_choose(const struct opt_target *t, const char *other, bool given, enum scope_by *by,
		      const char **target);
