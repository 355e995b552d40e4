/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "capture_link.h"
#include "payload/crypto.h"
#include "base/exit.h"
#include "base/log.h"
#include "priv.h"

/* Packets between two reads of the clock. */
#define PROGRESS_PACKETS 16384

static volatile sig_atomic_t over;

static void on_signal(int sig)
{
	over = sig;
}

bool replay_is_over(void)
{
	return over;
}

/* --- interfaces --- */

static void check_tunnels(const struct replay *r)
{
	bool named = false;
	size_t i;

	if (!r->cfg->policy.tunnels.n)
		return;
	for (i = 0; i < r->n_interfaces; i++) {
		if (r->interfaces[i].role == LA_ROLE_TUNNEL)
			return;
		named |= *r->interfaces[i].name != 0;
	}
	log_warn("--tunnel: no interface of the capture has such a name%s",
		 named ? "" : ": the capture has no names of interfaces");
	if (!named)
		log_hint("pcapng stores names of interfaces: dumpcap -i eth0 -i tun0 -w FILE");
}

/* --- files --- */

int replay_open(struct capture **ret, const char *path)
{
	struct fault f = { 0 };
	int r = capture_open(ret, path, &f);

	if (!r)
		return 0;
	fault_at(&f, r, "cannot read '%s'", path);
	return log_fault(r, &f);
}

/*
 * Finds all errors that can be found before the first event. Pipes are not opened. *total: bytes of
 * all files, 0 if one is a pipe.
 */
static int check_files(char **files, uint64_t *total)
{
	bool pipes = false;
	struct capture *c;
	struct stat st;
	char **file;
	int r;

	for (*total = 0, file = files; *file; file++) {
		if (!strcmp(*file, "-") ||
		    (!stat(*file, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
			pipes = true;
			continue;
		}
		r = replay_open(&c, *file);
		if (r)
			return r;
		*total += capture_size(c);
		pipes |= !capture_size(c); /* it is compressed: how much it is is not known */
		capture_free(c);
	}
	if (pipes)
		*total = 0;
	return 0;
}

/* --- the run --- */

static int replay_file(struct replay *r, const char *path, struct capture *c,
		       struct replay_progress *progress)
{
	uint64_t shown = r->packets;
	int got = 1;

	capture_allow_rewind(c, false);
	r->file_time = capture_time(c);
	replay_copies_clear(&r->copies);
	while (!over && !r->unheard && (got = replay_some(r, c)) == 1) {
		if (r->packets < shown + PROGRESS_PACKETS)
			continue;
		replay_progress(progress, capture_offset(c), r->packets);
		shown = r->packets;
	}
	progress->before += capture_offset(c);
	if (got == -ENOMEM)
		return got;
	if (got < 0 && !over) {
		replay_progress_end(progress);
		log_err("'%s' is damaged: %s; the packets before that were read", path,
			capture_fault(c));
		completeness_lost(&r->completeness,
				  "a capture is damaged, and was not read to its end");
	}
	return 0;
}

static int replay_files(struct replay *r, struct capture **held, uint64_t total)
{
	struct replay_progress progress = { 0 };
	size_t i;
	int ret = 0;

	replay_progress_begin(&progress, total);
	for (i = 0; r->cfg->files[i] && !over && !r->unheard && !ret; i++) {
		if (!held[i] && replay_open(&held[i], r->cfg->files[i])) {
			completeness_lost(&r->completeness, "a capture could not be read");
			continue;
		}
		ret = replay_file(r, r->cfg->files[i], held[i], &progress);
		capture_free(take_ptr(held[i]));
	}
	replay_progress_end(&progress);
	if (over || r->unheard)
		completeness_lost(&r->completeness, "it was interrupted");
	return ret;
}

static int end_flows(struct replay *r)
{
	struct replay_flow **v;
	size_t n, i;
	int ret = replay_flows_silent(r->flows, UINT64_MAX, &v, &n);

	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		replay_end(r, v[i]);
	free(v);
	if (r->aggregate)
		aggregate_tell(r->aggregate, UINT64_MAX);
	return 0;
}

/*
 * The first signal asks for an orderly end, the second one kills. No SA_RESTART: a read from a pipe
 * must be interrupted.
 */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	over = 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static int open_all(struct replay *r, const struct replay_config *cfg)
{
	int ret;

	r->cfg = cfg;
	r->local = cfg->local;
	r->known = cfg->known;
	r->named = audited_host_knows(r->local, 4) || audited_host_knows(r->local, 6);
	r->flows_most = cfg->memory /
			(replay_flows_size() + (cfg->aggregate ? sizeof(struct flow_note) : 0));
	r->snaplen = pipeline_snaplen(r->out);
	ret = totals_open(&r->totals);
	if (!ret)
		ret = hellos_open(&r->hellos);
	if (!ret)
		ret = replay_flows_open(&r->flows);
	if (!ret)
		ret = whose_open(&r->whose, r->local);
	if (!ret && cfg->aggregate)
		ret = aggregate_open(&r->aggregate, cfg->aggregate, replay_tell_aggregate, r);
	return ret;
}

static void close_all(struct replay *r)
{
	hellos_free(r->hellos);
	replay_flows_free(r->flows);
	totals_free(r->totals);
	aggregate_free(r->aggregate);
	pipeline_free(r->out);
	replay_memory_clear(&r->fragments);
	peers_clear(&r->peers);
	replay_memory_clear(&r->sources);
	replay_copies_clear(&r->copies);
	replay_mirrors_clear(&r->mirrors);
	whose_free(r->whose);
	free(r->addrs.v);
	free(r->interfaces);
}

/* 0 or -errno; the error was logged. */
static int run(struct replay *r, struct capture **held, uint64_t total)
{
	int ret = replay_learn(r, held);

	if (!ret && audited_host_set_lan(r->local))
		ret = log_err_r(-ENOMEM, "cannot set up");
	if (ret)
		return ret;
	replay_ready(r);
	ret = replay_files(r, held, total);
	if (!ret)
		ret = end_flows(r);
	if (ret) {
		log_err_r(ret, "cannot continue");
		completeness_lost(&r->completeness, "it ran out of memory");
	}
	check_tunnels(r);
	if (hellos_fault(r->hellos))
		log_warn_r(hellos_fault(r->hellos),
			   "server names in QUIC were not read: cannot use %s", crypto_library);
	if (r->copied && r->copies.first == r->copies.second)
		log_info("%llu packets were seen on two interfaces, and counted once",
			 (unsigned long long)r->copied);
	else if (r->copied)
		log_info("%llu packets were seen on two interfaces, such as %s and %s, and counted "
			 "once",
			 (unsigned long long)r->copied, replay_name(r, r->copies.first),
			 replay_name(r, r->copies.second));
	if (r->ended_early)
		log_info("%llu flows were ended early, for memory: what came of them later is told "
			 "as "
			 "flows of its own",
			 (unsigned long long)r->ended_early);
	if (r->inside.packets)
		log_info("%llu packets went through the tunnel",
			 (unsigned long long)r->inside.packets);
	replay_summary(r);
	return 0;
}

static int code_of(int r)
{
	return r == -EINVAL || r == -ENOENT || r == -ENOTDIR || r == -EISDIR ? EXIT_USAGE
									     : EXIT_DENIED;
}

int replay_run(const struct replay_config *cfg)
{
	_cleanup_(freep) struct capture **held = NULL;
	struct replay r = { 0 };
	uint64_t total;
	size_t n = 0;
	int ret = check_files(cfg->files, &total), code;

	if (ret)
		return code_of(ret);
	while (cfg->files[n])
		n++;
	held = calloc(n, sizeof(struct capture *));
	if (!held)
		return EXIT_DENIED;
	ret = pipeline_open(&r.out, &cfg->outputs, STDOUT_FILENO, true);
	if (ret)
		return code_of(ret);
	catch_signals();
	ret = open_all(&r, cfg);
	if (!ret)
		ret = run(&r, held, total);
	if (ret)
		code = code_of(ret);
	else
		code = totals_leaked(r.totals) || r.told.packets ? EXIT_LEAKS
		       : completeness_why(&r.completeness)	 ? EXIT_INCOMPLETE
								 : EXIT_CLEAN;
	while (n)
		capture_free(held[--n]);
	close_all(&r);
	return code;
}
