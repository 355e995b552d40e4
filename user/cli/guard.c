/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/cgroup.h"
#include "cmd.h"
#include "guard/guard.h"
#include "base/log.h"
#include "base/text.h"
#include "watch_opt.h"

#define TTL_MAX (365 * 86400 * NSEC_PER_SEC)

struct guard_args {
	struct watch_args watch;
	struct watch_guard guard;
	bool release, list;
};

static int check(const struct guard_args *w, char **operands)
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
	if (operands[0] && (!w->release || operands[1] || w->guard.name)) {
		log_err("unexpected argument '%s'", operands[operands[1] != NULL]);
		return -EINVAL;
	}
	return 0;
}

static int parse(int argc, char **argv, struct guard_args *w, struct watch_config *cfg)
{
	const struct opt opts[] = {
		OPT_GROUP("What to do (default: make a guard, and end)"),
		OPT_FLAG('f', "follow", &w->guard.follow,
			 "stay, report what is stopped, and open it for a tunnel that comes back"),
		OPT_FLAG(0, "replace", &w->guard.replace,
			 "replace the guard of this name; both stop packets meanwhile"),
		OPT_FLAG(0, "release", &w->release,
			 "lift the guard: leakaudit guard --release [NAME]"),
		OPT_FLAG(0, "list", &w->list, "list the guards of this machine"),
		OPT_STR('n', "name", &w->guard.name, "NAME",
			"name of the guard (default: that of its cgroup, or host)"),
		OPT_SECONDS(0, "ttl", &w->guard.ttl, NSEC_PER_SEC, TTL_MAX, "SEC",
			    "the guard expires after this time"),
		OPT_GROUP("Whose traffic (default: the whole host)"),
		OPT_WATCH_TARGET(&w->watch, false),
		OPT_WATCH(&w->watch.policy, cfg),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "guard [OPTION]...",
		.about = "Stops every packet that would leave outside the tunnel. The programs are "
			 "pinned: the guard needs no running process. A tunnel that comes back "
			 "stays closed until it is proven to be one: keep guard --follow running, "
			 "or watch.",
		.opts = opts,
	};
	char **operands;
	int r = opt_parse(&usage, argc, argv, &operands);

	if (!r)
		r = check(w, operands);
	if (r)
		return r;
	if (operands[0])
		w->guard.name = operands[0];
	r = watch_choose_targets(&w->watch, cfg, 1, "make one guard for each");
	if (!r)
		r = opt_policy_make(&w->watch.policy, &cfg->policy);
	if (!cfg->policy.drop)
		cfg->policy.drop = ~0U;
	cfg->guard = &w->guard;
	return r ?: opt_policy_check(&cfg->policy);
}

/* Whether the cgroup was removed. A guard of the host has one that cannot be. */
static bool is_gone(const struct pins_meta *meta)
{
	_cleanup_(closep) int fd = -1;
	struct cgroup_mounts mounts;
	int r = cgroup_mounts(&mounts);

	if (r)
		return false;
	if (mounts.n)
		r = fd = cgroup_open_id(cgroup_mount_of(&mounts, NULL)->fd, meta->scope_id);
	cgroup_mounts_clear(&mounts);
	return r == -ESTALE || r == -ENOENT;
}

/* Whether there is another one at its path, which is its scope then. */
static bool is_made_again(const struct pins_meta *meta)
{
	_cleanup_(scope_freep) struct scope *s = NULL;
	struct fault f = { 0 };

	return !scope_open(&s, SCOPE_CGROUP, meta->scope, &f);
}

/* Prints the scope of a guard and its state. */
static void print_scope(int r, const struct pins_meta *meta)
{
	const char *scope = meta->scope_id == CGROUP_ROOT_ID ? "the host" : meta->scope;
	time_t ago;

	if (r == -ESTALE)
		printf("of another version: guard --replace\n");
	else if (r)
		printf("cannot be read, and may not be in force: guard --replace or --release\n");
	else if (pins_lifted(meta, &ago))
		text_print("%s: EXPIRED %lld s ago, stops nothing\n", scope, (long long)ago);
	else if (!is_gone(meta))
		text_print("%s\n", scope);
	else if (is_made_again(meta))
		text_print("%s: its cgroup was made again, and is judged where it leaves\n", scope);
	else
		text_print("%s: its cgroup is gone\n", scope);
}

static int row(void *arg, const char *name, const char *dir)
{
	struct pins_meta meta;
	int r = pins_read(dir, &meta), lock = pins_lock(dir, 0);
	time_t since = (time_t)meta.since;
	bool known = !r || r == -ESTALE;
	char when[32] = "-";
	size_t *n = arg;

	if (!(*n)++)
		printf("%-24s %-20s %-10s %-9s %s\n", "NAME", "SINCE", "VERSION", "FOLLOWED",
		       "SCOPE");
	if (known)
		strftime(when, sizeof(when), "%F %T", localtime(&since));
	text_print("%-24s %-20s %-10s %-9s ", name, when, known ? meta.version : "unknown",
		   lock == -EWOULDBLOCK ? "yes" : "no");
	print_scope(r, &meta);
	closep(&lock);
	return 0;
}

static int list(void)
{
	struct fault f = { 0 };
	size_t n = 0;
	int r = pins_each(row, &n, &f);

	if (r) {
		log_fault(r, &f);
		return EXIT_DENIED;
	}
	if (!n)
		printf("no guard holds\n");
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
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

static int run(const struct guard_args *w, const struct watch_config *cfg)
{
	int r = watch_permitted();

	if (r)
		return exit_code_of(r);
	if (w->list)
		return list();
	return w->release ? release(w->guard.name) : watch_run(cfg);
}

int cmd_guard(int argc, char **argv)
{
	struct watch_config cfg = WATCH_DEFAULTS;
	struct guard_args words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = run(&words, &cfg);
	opt_policy_free(&words.watch.policy);
	opt_mixed_free(&words.watch.targets);
	watch_config_clear(&cfg);
	return code;
}
