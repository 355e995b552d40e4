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
		OPT_GROUP_LINE("From a file"),
		OPT_CONFIG(&w->config),
		OPT_INSTANCE(&w->config, "the unit INSTANCE, waited for"),
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

/* An instance without a target watches its unit, whenever that runs. */
static int choose_targets(struct watch_args *w, struct watch_config *cfg)
{
	int r = cfg->follow ? 0 : config_target(&w->config, &w->targets, SCOPE_UNIT, false);

	if (r < 0)
		return r;
	w->wait |= r > 0;
	return watch_choose_targets(w, cfg, SCOPES_MAX,
				    "start several, or watch a cgroup around them");
}

static int parse(int argc, char **argv, struct watch_args *w, struct watch_config *cfg)
{
	struct config_line line = { .line = { .argc = argc, .argv = argv }, .config = &w->config };
	int r = with_usage(w, cfg, config_parse, &line);

	if (!r)
		r = choose_targets(w, cfg);
	if (!r)
		r = watch_choose_policy(w, cfg);
	if (r)
		return r;
	/* A file is the guard's, too: what it says of the policy does not contradict that. */
	cfg->may_follow = policy_is_default(&cfg->policy) ||
			  (w->config.path && !opt_policy_given(&w->policy, &line.given));
	if (cfg->follow && !cfg->may_follow) {
		log_err("the guard '%s' has its own policy, which cannot be changed by following "
			"it",
			cfg->follow);
		log_hint("change it with leakaudit guard --replace");
		r = -EINVAL;
	}
	return r;
}

/* then: NULL if it is only to be checked. */
static int with_line(int argc, char **argv, int (*then)(const struct watch_config *cfg))
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct watch_args words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code = EXIT_CLEAN;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else if (then)
		code = then(&cfg);
	watch_args_clear(&words, &cfg);
	return code;
}

int cmd_watch(int argc, char **argv)
{
	return with_line(argc, argv, watch_run);
}

int cmd_watch_check(int argc, char **argv)
{
	return with_line(argc, argv, NULL);
}
