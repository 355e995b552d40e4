/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "base/log.h"
#include "host/permitted.h"
#include "opt_form.h"
#include "opt_policy.h"
#include "opt_target.h"
#include "leaktest/report.h"
#include "leaktest/run.h"

#define DEFAULT_INTERVAL NSEC_PER_SEC

static const struct probe_format *const formats[] = { &probe_format_text, &probe_format_json };

struct words {
	struct opt_mixed targets;
	const char *btf;
	struct opt_policy policy;
	struct opt_list to;
	uint32_t only;
	unsigned int format, tc;
	bool during_drop, drop, no_drop;
	uint64_t interval, duration;
};

struct test {
	const struct words *words;
	const struct probe_format *format;
	struct policy policy;
	struct probe_run_config run;
	struct probe_sheet worst; /* worst results of all rounds */
	struct probe_row *last; /* the last round */
	size_t n_last;
	sigset_t wake;
};

/* --- the command line --- */

static int take_addresses(const struct words *w, struct probe_plan_config *plan)
{
	bool given[2] = { false };
	struct la_addr a;
	unsigned int family;
	size_t i;

	for (i = 0; i < w->to.n; i++) {
		family = addr_parse(w->to.v[i], &a);
		if (!family) {
			log_err("--to '%s' is not an IPv4 or IPv6 address", w->to.v[i]);
			log_hint("names are not resolved; documentation addresses are the default");
			return -EINVAL;
		}
		if (given[family == 6]) {
			log_err("--to is given more than once for IPv%u", family);
			return -EINVAL;
		}
		given[family == 6] = true;
		plan->to[family == 6] = a;
	}
	return 0;
}

static int check(const struct words *w)
{
	if (w->drop && w->no_drop) {
		log_err("--drop-probes and --no-drop-probes contradict each other");
		return -EINVAL;
	}
	if (!w->during_drop && (w->duration || w->interval != DEFAULT_INTERVAL)) {
		log_err("--duration and --interval need --during-drop: without it the test runs "
			"once");
		return -EINVAL;
	}
	return 0;
}

static int with_usage(struct words *w, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_GROUP("Whose policy (default: the host's)"),
		OPT_TARGET(&w->targets, true, "probes are sent from a cgroup below this one",
			   "the same for a systemd unit", "the same for the cgroup of a process",
			   "the same for a container, by its name or id"),
		OPT_GROUP("What is a leak"),
		OPT_POLICY(&w->policy, "by its kind"),
		OPT_GROUP("What is sent"),
		OPT_LIST(0, "to", &w->to, "ADDR",
			 "send to this address, one of each family (default: documentation "
			 "addresses)"),
		OPT_SET(0, "only", &w->only, probe_kind_names, "KIND,...",
			"send probes of these kinds only"),
		OPT_FLAG(0, "drop-probes", &w->drop,
			 "stop each probe that would leave outside the tunnel (the default)"),
		OPT_FLAG(0, "no-drop-probes", &w->no_drop, "let them out"),
		OPT_GROUP("How often"),
		OPT_FLAG(0, "during-drop", &w->during_drop,
			 "repeat while you break the tunnel; report what changes, and the worst at "
			 "the end"),
		OPT_SECONDS('i', "interval", &w->interval, NSEC_PER_SEC / 10, 3600 * NSEC_PER_SEC,
			    "SEC", "between two rounds (default 1)"),
		OPT_SECONDS('d', "duration", &w->duration, NSEC_PER_SEC / 10, 86400 * NSEC_PER_SEC,
			    "SEC", "end after this time (default: at Ctrl-C)"),
		OPT_GROUP("How"),
		OPT_FORM(&w->format),
		OPT_CHOICE(0, "format", &w->format, form_names, "FORMAT", NULL),
		OPT_CHOICE(0, "tc", &w->tc, tc_modes, "MODE", "how to attach to TC egress"),
		OPT_STR(0, "btf", &w->btf, "FILE",
			"the kernel's types, where it does not carry them itself"),
		OPT_END
	};
	const struct opt_usage usage = {
		.synopsis = "test [OPTION]...",
		.about =
			"Sends a probe of every kind of leak from a cgroup of its own, sees in the "
			"kernel where each would have left, and stops it there. No outside service "
			"is needed.",
		.opts = opts,
	};

	return use(arg, &usage);
}

int cmd_test_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(struct words){ 0 }, use, arg);
}

static int parse(int argc, char **argv, struct words *w)
{
	struct opt_line line = { argc, argv, NULL };

	return with_usage(w, opt_parse_line, &line) ?: check(w);
}

/* --- rounds --- */

static bool is_change(const struct probe_row *before, const struct probe_row *now)
{
	return !before || before->result.status != now->result.status ||
	       strcmp(before->result.path, now->result.path) ||
	       strcmp(before->result.why, now->result.why);
}

static int take_round(struct test *t, const struct probe_round *round)
{
	struct probe_row *now = calloc(round->plan.n + 1, sizeof(*now)), *before;
	size_t i;
	int r = now ? 0 : -ENOMEM;

	for (i = 0; i < round->plan.n && !r; i++) {
		now[i] = (struct probe_row){ round->plan.v[i], round->results[i] };
		before = probe_row_find(t->last, t->n_last, &now[i].probe);
		if (t->last && is_change(before, &now[i]))
			t->format->change(before, &now[i]);
		r = probe_sheet_take(&t->worst, &now[i]);
	}
	t->worst.routes_left = MAX(t->worst.routes_left, round->plan.routes_left);
	t->worst.watched |= probe_hooks_watched(t->run.hooks);
	free(t->last);
	t->last = now;
	t->n_last = round->plan.n;
	return r;
}

/* If it is not certain that all packets are stopped, the round sends nothing. */
static int run_round(struct test *t)
{
	struct probe_round round;
	struct fault f = { 0 };
	int r = probe_run(&round, &t->run, &f);

	if (r == -EINTR)
		return r;
	t->worst.rounds++;
	if (r) {
		log_fault(r, &f);
		t->worst.refused++;
		return t->words->during_drop && r == -ENOLINK ? 0 : r;
	}
	r = take_round(t, &round);
	if (t->words->during_drop && t->worst.rounds == 1)
		log_info("%zu of %zu probes fail now; break the tunnel, changes are reported; "
			 "Ctrl-C ends",
			 probe_sheet_count(&t->worst, PROBE_FAIL), t->worst.n);
	probe_round_free(&round);
	return r;
}

/* Waits. Returns false if the end was requested meanwhile. */
static bool rest(struct test *t, uint64_t until)
{
	uint64_t now;
	int sig;

	do {
		now = ktime_now();
		uint64_t left = until > now ? until - now : 0;
		struct timespec ts = { (time_t)(left / NSEC_PER_SEC), (long)(left % NSEC_PER_SEC) };

		sig = sigtimedwait(&t->wake, NULL, &ts);
	} while (sig == SIGCHLD || (sig < 0 && errno == EINTR));
	return sig < 0;
}

static int run_rounds(struct test *t)
{
	uint64_t began = ktime_now(), next = began;
	const struct words *w = t->words;
	int r;

	do {
		next += w->interval;
		r = run_round(t);
		if (r || !w->during_drop)
			return r == -EINTR && t->worst.n ? 0 : r;
		if (w->duration)
			next = MIN(next, began + w->duration);
	} while (rest(t, next) && (!w->duration || ktime_now() < began + w->duration));
	return 0;
}

static int finish(struct test *t)
{
	int r;

	if (!t->worst.n) {
		if (t->worst.refused == t->worst.rounds)
			return EXIT_DENIED;
		if (!probe_kinds_aim(t->run.plan.kinds, PROBE_TO_ROUTES)) {
			log_err("there is nothing to send: no exposed interface is up");
			return EXIT_DENIED;
		}
		log_info("nothing was sent: no route other than a default route leads past the "
			 "tunnel");
	}
	r = t->format->sheet(&t->worst);
	if (r)
		log_err_r(r, "cannot write the result");
	if (r)
		return EXIT_INCOMPLETE;
	return probe_sheet_count(&t->worst, PROBE_FAIL) ||
			       probe_sheet_count(&t->worst, PROBE_UNKNOWN) || t->worst.routes_left
		       ? EXIT_LEAKS
		       : EXIT_CLEAN;
}

static void forget_results(struct test *t)
{
	free(t->worst.v);
	free(t->last);
	t->worst = (struct probe_sheet){ .dropped = t->run.drop };
	t->last = NULL;
	t->n_last = 0;
}

static int test_scope(struct test *t, struct scope_target target)
{
	const struct words *w = t->words;
	const struct probe_hooks_config hc = {
		.target = target,
		.policy = &t->policy,
		.drop = t->run.drop,
		.tc = w->tc,
		.btf = w->btf,
	};
	_cleanup_(probe_hooks_freep) struct probe_hooks *hooks = NULL;
	_cleanup_(probe_servers_freep) struct probe_servers *servers = NULL;
	struct fault f = { 0 };
	int r = probe_hooks_open(&hooks, &hc, &f);

	if (r)
		return exit_code_of(log_fault(r, &f));
	r = probe_servers_open(&servers);
	if (r) {
		log_err_r(r, "cannot test");
		return EXIT_DENIED;
	}
	t->run.hooks = hooks;
	t->run.servers = servers;
	t->run.policy = &t->policy;
	t->run.wake = &t->wake;
	t->worst.scope = probe_hooks_scope(hooks);
	r = run_rounds(t);
	if (r == -EINTR) {
		log_err("interrupted before there was a result");
		return EXIT_INCOMPLETE;
	}
	return r ? EXIT_DENIED : finish(t);
}

static bool is_interrupted(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGINT) || sigismember(&set, SIGTERM) ||
				     sigismember(&set, SIGHUP));
}

/* One after another, each with a verdict of its own. The status is that of the worst. */
static int test_scopes(struct test *t, const struct scope_target *targets, size_t n)
{
	int code = EXIT_CLEAN, one;
	size_t i;

	for (i = 0; i < n && !is_interrupted(); i++) {
		forget_results(t);
		t->worst.further = i;
		one = test_scope(t, targets[i]);
		code = MAX(code, one);
	}
	if (i == n)
		return code;
	log_err("interrupted before all were tested");
	return EXIT_INCOMPLETE;
}

static int run(struct test *t)
{
	struct scope_target targets[SCOPES_MAX];
	struct fault f = { 0 };
	int n = opt_target_take(&t->words->targets, targets, t->words->during_drop ? 1 : SCOPES_MAX,
				t->words->during_drop
					? "start one leakaudit test --during-drop for each"
					: "name a slice that they are in"),
	    r;

	if (n < 0)
		return EXIT_USAGE;
	r = permitted("testing", &f);
	if (r) {
		log_fault(r, &f);
		return exit_code_of(r);
	}
	raise_file_limit();
	sigemptyset(&t->wake);
	sigaddset(&t->wake, SIGINT);
	sigaddset(&t->wake, SIGTERM);
	sigaddset(&t->wake, SIGHUP);
	sigaddset(&t->wake, SIGCHLD);
	sigprocmask(SIG_BLOCK, &t->wake, NULL);
	return test_scopes(t, targets, (size_t)n);
}

int cmd_test(int argc, char **argv)
{
	struct words words = { .interval = DEFAULT_INTERVAL };
	struct test t = { .words = &words };
	int r = parse(argc, argv, &words), code;

	probe_plan_defaults(&t.run.plan);
	if (!r)
		r = take_addresses(&words, &t.run.plan);
	if (!r)
		r = opt_policy_make(&words.policy, &t.policy, NULL);
	if (r) {
		code = r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	} else {
		if (words.only)
			t.run.plan.kinds = words.only;
		t.run.plan.lan_leaks = !policy_exempts_lan(&t.policy, true);
		t.run.drop = !words.no_drop;
		t.format = formats[words.format];
		code = run(&t);
	}
	forget_results(&t);
	policy_clear(&t.policy);
	opt_policy_free(&words.policy);
	opt_list_free(&words.to);
	opt_mixed_free(&words.targets);
	return code;
}
