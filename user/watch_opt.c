/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch_opt.h"

void watch_config_clear(struct watch_config *cfg)
{
	policy_clear(&cfg->policy);
	opt_list_free(&cfg->resolvers);
	opt_list_free(&cfg->outputs);
}
