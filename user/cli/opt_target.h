/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that choose scopes, common to several commands. */
#pragma once

#include "base/opt.h"
#include "host/scope.h"

/*
 * Rows for struct opt[]. given: struct opt_mixed *, of enum scope_by; several: whether more than
 * one may be named; then the help of each option.
 */
/* clang-format off */
#define OPT_TARGET(given, several, of_cgroup, of_unit, of_pid, of_container) \
	OPT_MIXED(0, "cgroup", given, SCOPE_CGROUP, several, "CGROUP", of_cgroup), \
	OPT_MIXED('u', "unit", given, SCOPE_UNIT, several, "UNIT", of_unit), \
	OPT_MIXED('p', "pid", given, SCOPE_PID, several, "PID", of_pid), \
	OPT_MIXED(0, "container", given, SCOPE_CONTAINER, several, "CONTAINER", of_container)
/* clang-format on */

/*
 * Writes the targets that were given, at most `most`, in their order; none means the host. Returns
 * how many there are, or -EINVAL: too many were given; logged with that hint.
 */
int opt_target_take(const struct opt_mixed *given, struct scope_target *ret, size_t most,
		    const char *hint);
