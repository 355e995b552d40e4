/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_target.h"

#include <errno.h>

#include "base/log.h"

int opt_target_take(const struct opt_mixed *given, struct scope_target *ret, size_t most,
		    const char *hint)
{
	size_t i;

	if (given->n > most && most == 1) {
		log_err("only one of --cgroup, --unit, --pid and --container can be given here, "
			"and once");
		log_hint("%s", hint);
		return -EINVAL;
	}
	if (given->n > most) {
		log_err("%zu scopes were given: at most %zu can be named", given->n, most);
		log_hint("%s", hint);
		return -EINVAL;
	}
	for (i = 0; i < given->n; i++)
		ret[i] =
			(struct scope_target){ (enum scope_by)given->v[i].kind, given->v[i].value };
	if (!given->n)
		ret[0] = (struct scope_target){ .by = SCOPE_HOST };
	return (int)MAX(given->n, 1);
}
