/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch_opt.h"

#include <errno.h>

#include "base/log.h"

static bool can_wait(const struct watch_config *cfg)
{
	size_t i;

	for (i = 0; i < cfg->n_targets; i++)
		if (scope_can_wait(cfg->targets[i].by))
			return true;
	return false;
}

int watch_choose_targets(const struct watch_args *w, struct watch_config *cfg, size_t most,
			 const char *hint)
{
	int r = opt_target_take(&w->targets, cfg->targets, most, hint);

	if (r < 0)
		return r;
	cfg->n_targets = (size_t)r;
	if (w->targets.n && cfg->follow) {
		log_err("--guard cannot be given with --cgroup, --unit, --pid or --container");
		log_hint("start one leakaudit for each");
		return -EINVAL;
	}
	if (w->wait && !can_wait(cfg)) {
		log_err("--wait needs --unit, --cgroup or --container: nothing else can be waited "
			"for by name");
		return -EINVAL;
	}
	cfg->wait = w->wait;
	return 0;
}

/* Of an instance, the guard may have the classes that --resolver=drop needs. */
int watch_choose_policy(const struct watch_args *w, struct watch_config *cfg)
{
	int r = opt_policy_make(&w->policy, &cfg->policy, &w->config.text);

	return r || w->config.instance ? r : opt_policy_check(&cfg->policy);
}

void watch_args_clear(struct watch_args *w, struct watch_config *cfg)
{
	opt_policy_free(&w->policy);
	opt_mixed_free(&w->targets);
	config_free(&w->config);
	policy_clear(&cfg->policy);
	opt_list_free(&cfg->resolvers);
	opt_list_free(&cfg->outputs);
}
