/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch_opt.h"

#include <errno.h>

#include "base/log.h"

int watch_choose_target(const struct watch_args *w, struct watch_config *cfg)
{
	if (!!w->cgroup + !!w->unit + !!w->pid + !!cfg->follow > 1) {
		log_err("only one of --cgroup, --unit, --pid and --guard can be watched at a time");
		log_hint("start one leakaudit for each");
		return -EINVAL;
	}
	if (w->wait && !w->cgroup && !w->unit) {
		log_err("--wait goes with --unit or --cgroup: nothing else comes back under its "
			"name");
		return -EINVAL;
	}
	cfg->wait = w->wait;
	cfg->by = w->cgroup ? SCOPE_CGROUP : w->unit ? SCOPE_UNIT : w->pid ? SCOPE_PID : SCOPE_HOST;
	cfg->target = w->cgroup ?: w->unit ?: w->pid;
	return 0;
}

void watch_config_clear(struct watch_config *cfg)
{
	policy_clear(&cfg->policy);
	opt_list_free(&cfg->resolvers);
	opt_list_free(&cfg->outputs);
}
