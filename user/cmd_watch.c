/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd.h"
#include "log.h"
#include "opt_policy.h"
#include "watch.h"

#define DEFAULT_INTERVAL (5 * NSEC_PER_SEC)
#define DEFAULT_BUFFER (1U << 20)

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
		OPT_GROUP("What is a leak"),
		OPT_POLICY(&w->policy, "by its kind"),
		OPT_RESOLVERS(&cfg->resolvers),
		OPT_GROUP("What is stopped"),
		OPT_DROP(&w->policy),
		OPT_GROUP("What is told"),
		OPT_LIST('o', "output", &cfg->outputs, "SINK[:ARG]",
			 "where events go: text, json, json:FILE; packets: pcap:FILE"),
		OPT_FLAG(0, "no-payload", &cfg->no_payload,
			 "tell and keep nothing of the payload: no DNS or TLS names, evidence has headers only"),
		OPT_SECONDS('i', "interval", &cfg->interval, NSEC_PER_SEC / 10, 86400 * NSEC_PER_SEC,
			    "SEC", "between two updates of one flow (default 5)"),
		OPT_SECONDS('d', "duration", &cfg->duration, NSEC_PER_SEC / 10,
			    365 * 86400 * NSEC_PER_SEC, "SEC", "end by itself after so long"),
		OPT_GROUP("How"),
		OPT_CHOICE(0, "tc", &cfg->tc, tc_modes, "MODE", "how to attach to TC egress"),
		OPT_SIZE(0, "buffer", &cfg->buffer, 4096, 1U << 30, "SIZE",
			 "ring between kernel and loader (default 1M)"),
		OPT_STR(0, "btf", &cfg->btf, "FILE",
			"the kernel's types, where it does not carry them itself"),
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
	struct watch_config cfg = { .interval = DEFAULT_INTERVAL, .buffer = DEFAULT_BUFFER };
	struct words words = { 0 };
	int r = parse(argc, argv, &words, &cfg), code;

	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = watch_run(&cfg);
	policy_clear(&cfg.policy);
	opt_policy_free(&words.policy);
	opt_list_free(&cfg.resolvers);
	opt_list_free(&cfg.outputs);
	return code;
}
