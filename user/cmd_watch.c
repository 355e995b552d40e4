/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd.h"
#include "log.h"
#include "watch_opt.h"

struct words {
	const char *cgroup, *unit, *pid;
	struct opt_policy policy;
};

static int choose_target(const struct words *w, struct watch_config *cfg)
{
	if (!!w->cgroup + !!w->unit + !!w->pid > 1) {
		log_err("only one of --cgroup, --unit and --pid can be watched at a time");
		log_hint("start one leakaudit for each");
		return -EINVAL;
	}
	cfg->by = w->cgroup ? SCOPE_CGROUP : w->unit ? SCOPE_UNIT : w->pid ? SCOPE_PID : SCOPE_HOST;
	cfg->target = w->cgroup ?: w->unit ?: w->pid;
	return 0;
}

static int parse(int argc, char **argv, struct words *w, struct watch_config *cfg)
{
	const struct opt opts[] = {
		OPT_GROUP("Whose traffic (default: the whole host)"),
		OPT_STR(0, "cgroup", &w->cgroup, "PATH", "a cgroup v2 and all below it"),
		OPT_STR('u', "unit", &w->unit, "NAME", "a systemd unit"),
		OPT_STR('p', "pid", &w->pid, "PID", "the cgroup of a process"),
		OPT_WATCH(&w->policy, cfg),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "watch [OPTION]...",
		.about = "Sees every packet that leaves outside the tunnel: which process, which "
			 "kind, how much, where to.",
		.opts = opts,
	};
	int r = opt_parse(&usage, argc, argv, NULL);

	if (!r)
		r = choose_target(w, cfg);
	if (!r)
		r = opt_policy_make(&w->policy, &cfg->policy);
	return r;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct words words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = watch_run(&cfg);
	opt_policy_free(&words.policy);
	watch_config_clear(&cfg);
	return code;
}
