/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "host/child.h"
#include "payload/crypto.h"
#include "base/exit.h"
#include "base/log.h"
#include "apart/apart.h"
#include "apart/privileges.h"
#include "facts/transport_cgroup.h"
#include "record/record_scope.h"
#include "heartbeat.h"
#include "priv.h"
#include "showing.h"
#include "watch.h"

/* Between two checks for namespaces without processes. */
#define LEAVE_INTERVAL (5 * NSEC_PER_SEC)

/*
 * How long dropping programs trust their facts without a sign of life from us: we may have ended or
 * be stopped. Ticks come at least every second.
 */
#define FOLLOWED_FOR (2 * NSEC_PER_SEC)

/* How long sinks may take to write their last lines. */
#define LAST_FLUSH_MS 2000

static int add_namespace(void *arg, struct netns *ns, pid_t pid, uint32_t scope)
{
	struct watch *w = arg;
	int r = namespaces_add(w->kernel.namespaces, ns, scope);

	if (r)
		losses_incomplete(&w->losses,
				  "a network namespace of the scope could not be covered");
	if (r)
		log_warn_r(r, "cannot cover the network namespace of process %d", pid);
	return 0;
}

void watch_cover(struct watch *w)
{
	if (scopes_netns(&w->kernel.scopes, add_namespace, w))
		losses_incomplete(&w->losses,
				  "not every network namespace of the scope could be read");
}

/* rows: room for each scope. */
static void fill_scopes(const struct scopes *s, struct record_ready *ret,
			struct record_scope_row *rows)
{
	static const char *const kinds[] = { [SCOPE_CGROUP] = "cgroup",
					     [SCOPE_UNIT] = "unit",
					     [SCOPE_PID] = "pid",
					     [SCOPE_CONTAINER] = "container" };
	size_t i;

	if (s->n == 1) {
		ret->scope = scopes_is_host(s) ? "host" : s->v[0]->path;
		ret->waiting = s->v[0]->fd < 0;
		return;
	}
	for (i = 0; i < s->n; i++) {
		const struct scope *one = s->v[i];
		bool there = one->fd >= 0;

		rows[i] = (struct record_scope_row){ .path = one->path,
						     .id = there ? one->id : 0,
						     .named_by = kinds[one->by],
						     .name = one->name,
						     .waiting = !there };
	}
	ret->scopes = rows;
	ret->n_scopes = s->n;
}

static void emit_ready(struct watch *w)
{
	struct record_scope_row rows[SCOPES_MAX];
	struct record r = { .action = RECORD_READY };
	struct resolver_rows resolvers;
	struct record_unmatched *unmatched;

	fill_scopes(&w->kernel.scopes, &r.ready, rows);
	r.ready.tc = namespaces_tc_mode(w->kernel.namespaces);
	r.ready.version = LEAKAUDIT_VERSION;
	r.ready.guard = w->guarding.guard ? w->guarding.guard->name : NULL;
	r.ready.interfaces = namespaces_everywhere(w->kernel.namespaces, &r.ready.n_interfaces);
	r.ready.resolver_mode = policy_resolver_modes[policy_resolver_mode(w->guarding.policy)];
	resolving_rows(w, &resolvers);
	r.ready.resolvers = resolvers.v;
	r.ready.n_resolvers = resolvers.n;
	r.ready.unmatched = unmatched =
		namespaces_unmatched(w->kernel.namespaces, &r.ready.n_unmatched);
	pipeline_emit(w->out, &r);
	free(unmatched);
	resolver_rows_clear(&resolvers);
	w->ready = true;
}

static void begin_child(struct watch *w)
{
	if (!w->cfg->child)
		return;
	pipeline_pump(w->out);
	if (w->guarding.policy->drop)
		child_hold(w->cfg->child, attach_share(w->kernel.datapath), attach_gone);
	child_start(w->cfg->child);
	w->loop.over = child_over(w->cfg->child);
}

/* --- the loop --- */

static void reload(struct watch *w)
{
	notify_reloading(&w->notify);
	pipeline_reopen(w->out);
	notify_ready(&w->notify);
}

static void on_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->loop.signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(w);
		else if (!w->cfg->child)
			w->loop.over = true;
		if (w->cfg->child) {
			child_signal(w->cfg->child, &info);
			w->loop.over |= child_over(w->cfg->child);
		}
	}
}

static void on_deadline(struct watch *w)
{
	if (!w->cfg->child)
		w->loop.over = true;
	else if (loop_expired(w->loop.deadline))
		child_stop(w->cfg->child);
}

static void check_hooks(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->kernel.scopes.n; i++) {
		struct scope *s = w->kernel.scopes.v[i];

		if (!attach_alive(w->kernel.datapath, (uint32_t)i + 1) &&
		    (s->host || !scope_gone(s))) /* gone: told soon */
			losses_incomplete(&w->losses,
					  "another process detached a hook of the cgroup");
	}
}

static void check_reader(struct watch *w)
{
	if (reader_lost(w->accounts.reader))
		losses_incomplete(
			&w->losses,
			"not every payload could be read: the process for that has ended");
	if (apart_read_lost())
		losses_incomplete(&w->losses,
				  "not everything of other network namespaces could be read: the "
				  "process for that has ended");
}

static int meet(void *arg, pid_t pid, uint32_t scope)
{
	struct watch *w = arg;

	socket_scan_meet(&w->scan, pid);
	namespaces_meet(w->kernel.namespaces, pid, scope);
	return 0;
}

static void on_tick(struct watch *w)
{
	if (!loop_expired(w->loop.ticks))
		return;
	socket_scan_tick(&w->scan, !scopes_is_host(&w->kernel.scopes));
	watch_drain(w);
	resolving_tick(w);
	flows_expire(w->accounts.flows, ktime_now());
	datapath_heartbeat(w->kernel.datapath, ktime_now() + FOLLOWED_FOR);
	namespaces_check(w->kernel.namespaces);
	if (!scopes_is_host(&w->kernel.scopes))
		scopes_pids(&w->kernel.scopes, meet, w); /* those that can be read */
	namespaces_look_around(w->kernel.namespaces);
	transport_cgroups(w->kernel.datapath, scopes_first(&w->kernel.scopes), w->guarding.policy);
	if (!scopes_is_host(&w->kernel.scopes)) /* where not all that comes or goes is told */
		watch_scope(w);
	attach_forget(w->kernel.datapath);
	if (scopes_is_open(&w->kernel.scopes) && ktime_now() - w->left >= LEAVE_INTERVAL) {
		w->left = ktime_now();
		namespaces_leave(w->kernel.namespaces);
		watch_cover(w); /* entered without a new socket */
	}
	check_hooks(w);
	check_reader(w);
	losses_check(&w->losses, w->kernel.datapath, w->out);
	if (w->guarding.guard && !guard_holds(w->guarding.guard)) {
		log_warn("guard '%s' was released or replaced", w->guarding.guard->name);
		w->loop.over = true;
	}
	if (w->aggregate)
		aggregate_tell(w->aggregate, ktime_now());
	heartbeat_tick(w);
	pipeline_pump(w->out);
	notify_alive(&w->notify);
	showing_tick(w);
}

static void dispatch(struct watch *w, const void *source)
{
	if (source == &w->kernel.datapath)
		watch_drain(w);
	else if (source == &w->loop.ticks)
		on_tick(w);
	else if (source == &w->loop.signals)
		on_signal(w);
	else if (source == &w->kernel.scopes)
		watch_scope(w);
	else if (source == &w->loop.deadline)
		on_deadline(w);
	else if (source == &w->on_leak)
		on_leak_pump(w->on_leak);
	else if (source == &w->state)
		showing_answer(w);
	else
		pipeline_pump(w->out);
}

/* Of two times to wait, where -1 is for ever. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Who drops goes on: nobody has said that leaks may pass from now on. */
static bool nobody_listens(const struct watch *w)
{
	return pipeline_gone(w->out) && !w->cfg->child && !w->guarding.policy->drop &&
	       !w->guarding.guard;
}

/* Those whose opening is still in the ring are not ended yet. A sweep that has begun takes turns
 * with reading. */
static void make_room(struct watch *w)
{
	uint64_t now = ktime_now();

	if (flows_are_swept(w->accounts.flows) ||
	    (flows_are_due(w->accounts.flows, now) && !datapath_events_left(w->kernel.datapath)))
		flows_expire(w->accounts.flows, now);
}

static void loop(struct watch *w)
{
	struct epoll_event events[16];
	int n, i, wait;
	bool moved;

	pipeline_gather(w->out);
	while (!w->loop.over) {
		pipeline_watch(w->out, w->loop.epfd);
		wait = sooner(pending_timeout(w->accounts.pending),
			      datapath_events_wait(w->kernel.datapath));
		wait = sooner(wait, namespaces_wait(w->kernel.namespaces));
		wait = sooner(wait, flows_wait(w->accounts.flows));
		wait = sooner(wait, socket_scan_wait(&w->scan));
		n = epoll_wait(w->loop.epfd, events, ARRAY_SIZE(events), wait);
		if (wait >= 0)
			watch_drain(w);
		make_room(w);
		/* interfaces first: the cause of a leak depends on their state when it left */
		for (i = 0, moved = false; i < n; i++)
			moved |= events[i].data.ptr == &w->kernel.namespaces;
		if (moved)
			namespaces_dispatch(w->kernel.namespaces);
		resolving_follow(w);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr != &w->kernel.namespaces)
				dispatch(w, events[i].data.ptr);
		namespaces_continue(w->kernel.namespaces);
		pipeline_settle(w->out);
		w->loop.over |= nobody_listens(w);
	}
}

/* --- the end --- */

/* A name that is misspelt must not look clean. */
static void note_never_there(struct watch *w)
{
	const char *name = watch_never_there(w);

	if (name)
		completeness_lost(&w->losses.completeness,
				  "the cgroup waited for never existed: %s", name);
}

static void finish(struct watch *w)
{
	struct record r = { .action = RECORD_SUMMARY };
	struct record_dropouts dropouts = dropouts_sum(&w->accounts.dropouts, boottime_now());

	showing_end(w);
	if (w->guarding.guard) {
		datapath_heartbeat(w->kernel.datapath, 0);
		datapath_leave_pinned(w->kernel.datapath);
	}
	kernel_side_detach(&w->kernel);
	do
		watch_drain(w);
	while (datapath_events_left(w->kernel.datapath));
	pending_look(w->accounts.pending, UINT64_MAX);
	check_reader(w);
	losses_check(&w->losses, w->kernel.datapath, w->out);
	datapath_hold_records(w->kernel.datapath);
	if (w->guarding.guard)
		flows_leave(w->accounts.flows);
	else
		flows_end(w->accounts.flows);
	resolving_end(w);
	if (w->aggregate)
		aggregate_tell(w->aggregate, UINT64_MAX);
	accounts_sum(&w->accounts, &w->kernel, &r.summary);
	datapath_release_records(w->kernel.datapath);
	r.summary.dropouts = &dropouts;
	record_lines_sort(w->kernel.lines, w->kernel.n_lines);
	r.summary.lines = w->kernel.lines;
	r.summary.n_lines = w->kernel.n_lines;
	losses_lines(&w->losses, w->kernel.lines, w->kernel.n_lines, &r.summary);
	pipeline_pump(w->out);
	r.summary.seconds = (double)(ktime_now() - w->started) / (double)NSEC_PER_SEC;
	note_never_there(w);
	losses_sum(&w->losses, w->out, &r.summary);
	on_leak_pump(w->on_leak);
	r.summary.on_leak = on_leak_counts(w->on_leak);
	w->measuring.over = true;
	pipeline_emit(w->out, &r);
	pipeline_flush(w->out, LAST_FLUSH_MS);
	if (pipeline_lost(w->out) || pipeline_waiting(w->out)) /* for the exit status */
		losses_output(&w->losses);
}

static int open_on_leak(struct watch *w)
{
	struct fault f = { 0 };
	int r = on_leak_open(&w->on_leak, w->cfg->on_leak, w->cfg->on_leak_user, &f);

	return r ? log_fault(r, &f) : 0;
}

static void close_all(struct watch *w)
{
	on_leak_close(w->on_leak);
	guarding_leave(&w->guarding, w->kernel.datapath);
	resolving_close(&w->resolving);
	aggregate_free(w->aggregate);
	measuring_close(&w->measuring);
	showing_end(w);
	snapshot_close(&w->snapshot);
	socket_scan_clear(&w->scan);
	accounts_close(&w->accounts);
	kernel_side_close(&w->kernel);
	guarding_close(&w->guarding);
	pipeline_free(w->out);
	notify_close(&w->notify);
	loop_close(&w->loop);
}

/* Without seccomp in the kernel the audit runs all the same. */
static void give_up_privileges(const struct watch_config *cfg)
{
	int r = privileges_drop(cfg->child != NULL);

	if (r)
		log_warn_r(r, "cannot give up privileges that are not needed any more");
}

int watch_run(const struct watch_config *cfg)
{
	struct watch w = { .cfg = cfg,
			   .guarding.policy = &cfg->policy,
			   .loop = LOOP_NONE,
			   .started = ktime_now(),
			   .notify.fd = -1 };
	int code, r;

	r = open_on_leak(&w);
	if (r)
		return r == -EINVAL ? EXIT_USAGE : EXIT_DENIED;
	raise_file_limit();
	if (!cfg->child) /* else the socket is meant for the command */
		notify_open(&w.notify);
	if (pipeline_open(&w.out, &cfg->outputs, cfg->child ? STDERR_FILENO : STDOUT_FILENO,
			  false) == -EINVAL)
		return EXIT_USAGE;
	r = w.out ? watch_open_scope(&w) : -EACCES;
	if (!r)
		r = watch_open_all(&w);
	if (!r)
		r = guarding_hold(&w.guarding, w.kernel.datapath);
	if (r) {
		code = exit_code_of(r);
	} else if (cfg->guard && !cfg->guard->follow) {
		code = guarding_print(&w.guarding, cfg->guard, &w.kernel);
	} else {
		give_up_privileges(cfg);
		datapath_heartbeat(w.kernel.datapath, ktime_now() + FOLLOWED_FOR);
		emit_ready(&w);
		showing_begin(&w);
		notify_ready(&w.notify);
		if (!w.guarding.guard)
			datapath_add_free_ids(w.kernel.datapath);
		watch_scan_sockets(
			&w); /* before the command starts; events are reported after "ready" */
		begin_child(&w);
		loop(&w);
		notify_stopping(&w.notify);
		watch_scan_sockets(&w);
		if (cfg->child) /* while it is still watched */
			child_end(cfg->child);
		finish(&w);
		if (reader_fault(w.accounts.reader))
			log_warn_r(reader_fault(w.accounts.reader),
				   "server names in QUIC were not read: cannot use %s",
				   crypto_library);
		code = accounts_leaked(&w.accounts)		  ? EXIT_LEAKS
		       : completeness_why(&w.losses.completeness) ? EXIT_INCOMPLETE
								  : EXIT_CLEAN;
	}
	close_all(&w);
	return code;
}
