/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_target.h"

#include <errno.h>

#include "base/log.h"

int opt_target_choose(const struct opt_target *t, const char *other, bool given, enum scope_by *by,
		      const char **target)
{
	if (!!t->cgroup + !!t->unit + !!t->pid + given > 1) {
		log_err("only one of --cgroup, --unit, --pid%s%s can be given",
			other ? " and " : "", other ?: "");
		log_hint("start one leakaudit for each");
		return -EINVAL;
	}
	*by = t->cgroup ? SCOPE_CGROUP : t->unit ? SCOPE_UNIT : t->pid ? SCOPE_PID : SCOPE_HOST;
	*target = t->cgroup ?: t->unit ?: t->pid;
	return 0;
}
