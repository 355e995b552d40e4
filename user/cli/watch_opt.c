/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch_opt.h"

#include <errno.h>

#include "base/log.h"

int watch_choose_target(const struct watch_args *w, struct watch_config *cfg)
{
	int r = opt_target_choose(&w->target, "--guard", cfg->follow, &cfg->by, &cfg->target);

	if (r)
		return r;
	if (w->wait && cfg->by != SCOPE_CGROUP && cfg->by != SCOPE_UNIT) {
		log_err("--wait needs --unit or --cgroup: nothing else can be waited for by name");
		return -EINVAL;
	}
	cfg->wait = w->wait;
	return 0;
}

void watch_config_clear(struct watch_config *cfg)
{
	policy_clear(&cfg->policy);
	opt_list_free(&cfg->resolvers);
	opt_list_free(&cfg->outputs);
}
