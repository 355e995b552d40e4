/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd.h"
#include "base/log.h"
#include "watch_opt.h"

static int with_usage(struct watch_args *w, struct watch_config *cfg, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_GROUP("Whose traffic (default: the whole host)"),
		OPT_WATCH_TARGET(w, true),
		OPT_FLAG('w', "wait", &w->wait,
			 "wait for that unit, cgroup or container, also whenever it is restarted"),
		OPT_STR('g', "guard", &cfg->follow, "GUARD",
			"the cgroup of the guard of that name; follow the guard"),
		OPT_WATCH(&w->policy, cfg),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "watch [OPTION]...",
		.about = "Sees every packet that leaves outside the tunnel: which process, which "
			 "kind, how much, where to.",
		.opts = opts,
	};

	return use(arg, &usage);
}

int cmd_watch_usage(opt_use_fn *use, void *arg)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct watch_args words = { 0 };

	return with_usage(&words, &cfg, use, arg);
}

static int parse(int argc, char **argv, struct watch_args *w, struct watch_config *cfg)
{
	struct opt_line line = { argc, argv, NULL };
	int r = with_usage(w, cfg, opt_parse_line, &line);

	if (!r)
		r = watch_choose_targets(w, cfg, SCOPES_MAX,
					 "start several, or watch a cgroup around them");
	if (!r)
		r = opt_policy_make(&w->policy, &cfg->policy) ?: opt_policy_check(&cfg->policy);
	cfg->may_follow = !r && policy_is_default(&cfg->policy);
	if (!r && cfg->follow && !cfg->may_follow) {
		log_err("the guard '%s' has its own policy, which cannot be changed by following "
			"it",
			cfg->follow);
		log_hint("change it with leakaudit guard --replace");
		r = -EINVAL;
	}
	return r;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct watch_args words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = watch_run(&cfg);
	opt_policy_free(&words.policy);
	opt_mixed_free(&words.targets);
	watch_config_clear(&cfg);
	return code;
}
