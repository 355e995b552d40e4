/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "guard/guard.h"
#include "guard_list.h"
#include "base/log.h"
#include "host/permitted.h"
#include "watch_opt.h"

#define TTL_MAX (365 * 86400 * NSEC_PER_SEC)

struct guard_args {
	struct watch_args watch;
	struct watch_guard guard;
	bool release, list;
	enum guard_list_form form;
};

static int check(struct guard_args *w, const struct opt_list *outputs, char **operands)
{
	const char *fault = w->guard.name ? pins_name_fault(w->guard.name) : NULL;

	if (fault) {
		log_err("'%s' is not a valid name for a guard: %s", w->guard.name, fault);
		return -EINVAL;
	}
	if (w->list + w->release + w->guard.replace > 1) {
		log_err("only one of --list, --release and --replace can be given");
		return -EINVAL;
	}
	if (w->list && !guard_list_form(outputs, &w->form))
		return -EINVAL;
	if (operands[0] && (!w->release || operands[1] || w->guard.name)) {
		log_err("unexpected argument '%s'; --help lists what it takes",
			operands[operands[1] != NULL]);
		return -EINVAL;
	}
	return 0;
}

static int with_usage(struct guard_args *w, struct watch_config *cfg, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_GROUP_LINE("What to do (default: make a guard, and end)"),
		OPT_FLAG('f', "follow", &w->guard.follow,
			 "stay, report what is stopped, and open it for a tunnel that comes back"),
		OPT_FLAG(0, "replace", &w->guard.replace,
			 "replace the guard of this name; both stop packets meanwhile"),
		OPT_FLAG(0, "release", &w->release,
			 "lift the guard: leakaudit guard --release [NAME]"),
		OPT_FLAG(0, "list", &w->list,
			 "list the guards of this machine, and what each stops (-o json: for "
			 "programs)"),
		OPT_STR('n', "name", &w->guard.name, "GUARD",
			"name of the guard (default: that of its only cgroup, or host)"),
		OPT_GROUP("Whose traffic (default: the whole host)"),
		OPT_WATCH_TARGET(&w->watch, true),
		OPT_WATCH(&w->watch.policy, cfg),
		OPT_GROUP("For how long"),
		OPT_SECONDS(0, "ttl", &w->guard.ttl, NSEC_PER_SEC, TTL_MAX, "SEC",
			    "the guard expires after this time"),
		OPT_GROUP_LINE("From a file"),
		OPT_CONFIG(&w->watch.config),
		OPT_INSTANCE(&w->watch.config, "the slice leakaudit-INSTANCE.slice"),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "guard [OPTION]...",
		.about = "Stops every packet that would leave outside the tunnel. The programs are "
			 "pinned: the guard needs no running process. A tunnel that comes back "
			 "stays closed until it is proven to be one: keep guard --follow running, "
			 "or watch.",
		.opts = opts,
		.operand = "GUARD",
	};

	return use(arg, &usage);
}

int cmd_guard_usage(opt_use_fn *use, void *arg)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct guard_args words = { 0 };

	return with_usage(&words, &cfg, use, arg);
}

/* What a file says of outputs is for who stays, and reports. */
static void choose_outputs(const struct guard_args *w, const struct opt_given *given,
			   struct watch_config *cfg)
{
	if (w->guard.follow)
		return;
	cfg->on_leak = NULL;
	if (!opt_given(given, &cfg->outputs))
		opt_list_free(&cfg->outputs);
}

static int choose_targets(struct guard_args *w, struct watch_config *cfg)
{
	struct config *c = &w->watch.config;
	int r = config_target(c, &w->watch.targets, SCOPE_UNIT, true);

	if (r >= 0)
		r = watch_choose_targets(&w->watch, cfg, PINS_SCOPES_MAX,
					 "name a slice that they are in, or make a second guard");
	if (r >= 0 && cfg->n_targets > 1 && !w->guard.name && !w->list && !w->release) {
		log_err("a guard of several cgroups needs a name");
		log_hint("give it one with --name GUARD");
		return -EINVAL;
	}
	return MIN(r, 0);
}

static int parse(int argc, char **argv, struct guard_args *w, struct watch_config *cfg)
{
	char **operands;
	struct config_line line = { .line = { .argc = argc, .argv = argv, .operands = &operands },
				    .config = &w->watch.config };
	int r = with_usage(w, cfg, config_parse, &line);

	if (!w->guard.name)
		w->guard.name = w->watch.config.instance;
	if (!r)
		choose_outputs(w, &line.given, cfg);
	if (!r)
		r = check(w, &cfg->outputs, operands);
	if (r)
		return r;
	if (operands[0])
		w->guard.name = operands[0];
	r = choose_targets(w, cfg);
	if (!r)
		r = opt_policy_make(&w->watch.policy, &cfg->policy, &w->watch.config.text);
	if (!cfg->policy.drop)
		cfg->policy.drop = ~0U;
	cfg->guard = &w->guard;
	return r ?: opt_policy_check(&cfg->policy);
}

/* A pins_fn. Selects the guard if it is the only one. NAME+new and NAME+old belong to NAME. */
static int select_only(void *arg, const char *name, const char *dir)
{
	int len = (int)strcspn(name, "+");
	char *found = arg, one[PINS_NAME_MAX];

	(void)dir;
	snprintf(one, sizeof(one), "%.*s", len, name);
	if (*found && strcmp(found, one))
		return -ENOTUNIQ;
	memcpy(found, one, sizeof(one));
	return 0;
}

/* The operand may be NAME+new: what a killed maker has left. */
static const char *operand_fault(const char *name)
{
	size_t len = strcspn(name, "+");
	char base[PINS_NAME_MAX + 1];

	if (name[len] && strcmp(name + len, "+new"))
		len = strlen(name);
	snprintf(base, sizeof(base), "%.*s", (int)MIN(len, sizeof(base) - 1), name);
	return pins_name_fault(base);
}

static int release(const char *name)
{
	struct fault f = { 0 };
	char found[PINS_NAME_MAX] = "";
	int r = name ? 0 : pins_each(select_only, found, &f);

	if (name && operand_fault(name)) {
		log_err("'%s' is not a guard's name: %s", name, operand_fault(name));
		log_hint("leakaudit guard --list");
		return EXIT_USAGE;
	}
	if (r == -ENOTUNIQ) {
		log_err("several guards are in force: name one");
		log_hint("leakaudit guard --list, then leakaudit guard --release NAME");
		return EXIT_USAGE;
	}
	if (!r && !name && !*found) {
		log_err("no guard holds");
		return EXIT_DENIED;
	}
	if (!r)
		r = guard_release(name ?: found, &f);
	if (r) {
		log_fault(r, &f);
		return EXIT_DENIED;
	}
	printf("guard %s is lifted\n", name ?: found);
	return EXIT_CLEAN;
}

static const char *doing(const struct guard_args *w)
{
	return w->list ? "listing guards" : w->release ? "lifting a guard" : "a guard";
}

static int run(const struct guard_args *w, const struct watch_config *cfg)
{
	struct fault f = { 0 };
	int r = permitted(doing(w), &f);

	if (r)
		return exit_code_of(log_fault(r, &f));
	if (w->list)
		return guard_list(w->form);
	return w->release ? release(w->guard.name) : watch_run(cfg);
}

/* then: NULL if it is only to be checked. */
static int with_line(int argc, char **argv,
		     int (*then)(const struct guard_args *w, const struct watch_config *cfg))
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct guard_args words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code = EXIT_CLEAN;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else if (then)
		code = then(&words, &cfg);
	watch_args_clear(&words.watch, &cfg);
	return code;
}

int cmd_guard(int argc, char **argv)
{
	return with_line(argc, argv, run);
}

int cmd_guard_check(int argc, char **argv)
{
	return with_line(argc, argv, NULL);
}
