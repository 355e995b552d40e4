/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd.h"
#include "policy/known_resolvers.h"
#include "replay/audited_host.h"
#include "base/log.h"
#include "opt_policy.h"
#include "replay/replay.h"

#define DEFAULT_INTERVAL (5 * NSEC_PER_SEC)
/* A million flows and what else a run needs; at least what the sets of endpoints take. */
#define DEFAULT_MEMORY (384ULL << 20)
#define LEAST_MEMORY (16ULL << 20)

struct words {
	struct opt_policy policy;
	struct opt_list local, resolvers;
};

static int make_local(const struct opt_list *words, struct audited_host *l)
{
	struct fault f = { 0 };
	size_t i;
	int r;

	for (i = 0; i < words->n; i++) {
		r = audited_host_add(l, words->v[i], &f);
		if (r)
			return log_fault(r, &f);
	}
	return 0;
}

static int with_usage(struct words *w, struct replay_config *cfg, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_GROUP("Whose traffic"),
		OPT_LIST(0, "local", &w->local, "ADDR[/LEN]",
			 "an address, or all addresses, of the audited host (default: per family "
			 "the one with the most peers)"),
		OPT_FLAG(0, "all", &cfg->all,
			 "take every packet, whoever sent it; both directions are one flow, none "
			 "is exempt"),
		OPT_GROUP("What is a leak"),
		OPT_POLICY(&w->policy, "none"),
		OPT_RESOLVERS(&w->resolvers),
		OPT_GROUP("What is reported"),
		OPT_LIST('o', "output", &cfg->outputs, "SINK[:ARG]",
			 "where events go: text, json, journal, syslog, text:FILE, json:FILE, "
			 "tcp:HOST:PORT, unix:PATH, syslog:HOST:PORT/tls, ...; packets: "
			 "pcap:FILE"),
		OPT_SECONDS('i', "interval", &cfg->interval, NSEC_PER_SEC / 10,
			    86400 * NSEC_PER_SEC, "SEC",
			    "of the capture's time, between two updates of one flow (default 5)"),
		OPT_SECONDS(0, "aggregate", &cfg->aggregate, NSEC_PER_SEC / 10,
			    86400 * NSEC_PER_SEC, "SEC",
			    "of the capture's time: tell DNS queries and STUN requests of one name "
			    "together, once in this time"),
		OPT_SIZE(0, "memory", &cfg->memory, LEAST_MEMORY, 1ULL << 44, "SIZE",
			 "what flows may take; the silent ones end early where that is not enough "
			 "(default 384M)"),
		OPT_FLAG(
			0, "no-payload", &cfg->no_payload,
			"report nothing of what packets carry: no names, evidence of headers only"),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "replay [OPTION]... FILE...",
		.about = "Audits captures (pcap, pcapng; - is standard input): the same events and "
			 "the "
			 "same summary as of live traffic, without root. What a host sent past its "
			 "tunnel leaked; in a pcapng with several interfaces, --tunnel says which "
			 "one "
			 "the tunnel is. Processes are not known from a capture.",
		.opts = opts,
		.operand = "FILE",
	};

	return use(arg, &usage);
}

int cmd_replay_usage(opt_use_fn *use, void *arg)
{
	struct replay_config cfg = { 0 };
	struct words words = { 0 };

	return with_usage(&words, &cfg, use, arg);
}

static int parse(int argc, char **argv, struct words *w, struct replay_config *cfg)
{
	struct opt_line line = { argc, argv, &cfg->files };
	int r = with_usage(w, cfg, opt_parse_line, &line);

	if (r)
		return r;
	if (!cfg->files[0]) {
		log_err("no capture to read");
		log_hint("name a file, or - for standard input: tcpdump -w - | leakaudit replay -");
		return -EINVAL;
	}
	r = opt_policy_make(&w->policy, &cfg->policy, NULL);
	return r ?: make_local(&w->local, cfg->local);
}

static int replay(struct replay_config *cfg, const struct opt_list *resolvers)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *known = NULL;
	struct fault f = { 0 };
	int r = known_resolvers_open(&known, resolvers, &f);

	if (r)
		return log_fault(r, &f) == -EINVAL ? EXIT_USAGE : EXIT_DENIED;
	cfg->known = known;
	return replay_run(cfg);
}

int cmd_replay(int argc, char **argv)
{
	_cleanup_(audited_host_freep) struct audited_host *local = NULL;
	struct replay_config cfg = { .interval = DEFAULT_INTERVAL, .memory = DEFAULT_MEMORY };
	struct words words = { 0 };
	int r = audited_host_open(&local), code;

	cfg.local = local;
	if (!r)
		r = parse(argc, argv, &words, &cfg);
	if (r)
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	else
		code = replay(&cfg, &words.resolvers);
	policy_clear(&cfg.policy);
	opt_policy_free(&words.policy);
	opt_list_free(&words.local);
	opt_list_free(&words.resolvers);
	opt_list_free(&cfg.outputs);
	return code;
}
