/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "host/child.h"
#include "cmd.h"
#include "base/log.h"
#include "watch_opt.h"

static int with_usage(struct watch_args *w, struct watch_config *cfg, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_TARGET(&w->targets, true, NULL, NULL, NULL, NULL), /* not listed: see check() */
		OPT_WATCH(&w->policy, cfg),
		OPT_GROUP_LINE("From a file"),
		OPT_CONFIG(&w->config),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "run [OPTION]... -- COMMAND [ARG]...",
		.about =
			"Runs a command in a cgroup of its own and sees every packet of it that "
			"leaves outside the tunnel, from the first one on. Events go to the "
			"standard "
			"error, since the standard output is the command's.\n"
			"Signals are passed on to the command. What it leaves running when it ends "
			"is ended too, as nothing would watch it any more; so is all of it when "
			"leakaudit is killed, or when --duration is over (SIGTERM first).\n"
			"Exit status: the command's own, 128 + N when signal N ended it, 127 when "
			"it "
			"is not found, 126 when it cannot be executed; and before it begins 2 "
			"usage, 3 "
			"not permitted or cannot attach, 4 the kernel lacks something.",
		.opts = opts,
		.command = true,
	};

	return use(arg, &usage);
}

int cmd_run_usage(opt_use_fn *use, void *arg)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct watch_args words = { 0 };

	return with_usage(&words, &cfg, use, arg);
}

static int check(const struct watch_args *w, char **command)
{
	if (w->targets.n) {
		log_err("--cgroup, --unit, --pid and --container are not for run: the command is "
			"whose traffic it watches");
		log_hint("watch what runs already with leakaudit watch, beside this");
		return -EINVAL;
	}
	if (command[0])
		return 0;
	log_err("no command to run");
	log_hint("name it after the options: leakaudit run -- COMMAND [ARG]...");
	return -EINVAL;
}

static int parse(int argc, char **argv, struct watch_args *w, struct watch_config *cfg,
		 char ***command)
{
	struct config_line line = { .line = { .argc = argc, .argv = argv, .operands = command },
				    .config = &w->config };
	int r = with_usage(w, cfg, config_parse, &line);

	if (!r)
		r = check(w, *command);
	return r ?: watch_choose_policy(w, cfg);
}

static int open_child(struct child **child, char **command)
{
	int r = child_open(child, command);

	if (r == -ENODEV) {
		log_err("no cgroup of version 2 is mounted");
		log_hint("mount one ('mount -t cgroup2 none /sys/fs/cgroup/unified'), or boot with "
			 "systemd.unified_cgroup_hierarchy=1");
	} else if (r) {
		log_err_r(r, "cannot make a cgroup for the command");
		log_hint(
			"run it where cgroups can be made: not in a container whose /sys/fs/cgroup "
			"is read-only");
	}
	return r;
}

static void log_exec_error(const char *command, int r)
{
	log_err_r(r, "cannot run '%s'", command);
	if (r == -ENOENT)
		log_hint("check that it is in PATH, or give its path; for a script, check that its "
			 "interpreter exists");
	else if (r == -EACCES)
		log_hint("make it executable ('chmod +x'), and check that it is not a directory");
}

static int run(struct watch_config *cfg, char **command)
{
	_cleanup_(child_freep) struct child *child = NULL;
	unsigned int left;
	int code, r = watch_permitted();

	if (r)
		return exit_code_of(r);
	if (open_child(&child, command))
		return EXIT_DENIED;
	cfg->targets[0] = (struct scope_target){ SCOPE_CGROUP, child_cgroup(child) };
	cfg->n_targets = 1;
	cfg->child = child;
	code = watch_run(cfg);
	if (!child_started(child))
		return code;
	if (child_error(child))
		log_exec_error(command[0], child_error(child));
	left = child_left(child);
	if (left)
		log_warn("%u process%s of the command still ran and ha%s been ended: nothing would "
			 "watch %s any more",
			 left, left > 1 ? "es" : "", left > 1 ? "ve" : "s",
			 left > 1 ? "them" : "it");
	return child_status(child);
}

int cmd_run(int argc, char **argv)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct watch_args words = { 0 };
	char **command;
	int r = parse(argc, argv, &words, &cfg, &command), code;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = run(&cfg, command);
	watch_args_clear(&words, &cfg);
	return code;
}
