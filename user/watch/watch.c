/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "host/child.h"
#include "payload/crypto.h"
#include "base/exit.h"
#include "base/log.h"
#include "host/privileges.h"
#include "facts/transport_cgroup.h"
#include "priv.h"

/* Between two checks for namespaces without processes. */
#define LEAVE_INTERVAL (5 * NSEC_PER_SEC)

/*
 * How long dropping programs trust their facts without a sign of life from us: we may have ended or
 * be stopped. Ticks come at least every second.
 */
#define FOLLOWED_FOR (2 * NSEC_PER_SEC)

/* The delay of a scan that had to wait for the pause after the last one. */
#define SWEEP_WAIT_MS 10

void watch_incomplete(struct watch *w, const char *why)
{
	if (completeness_lost(&w->completeness, "%s", why))
		log_warn("%s", why);
}

static int add_namespace(void *arg, struct netns *ns, pid_t pid)
{
	struct watch *w = arg;
	int r = namespaces_add(w->namespaces, ns);

	if (r)
		watch_incomplete(w, "a network namespace of the scope could not be covered");
	if (r)
		log_warn_r(r, "cannot cover the network namespace of process %d", pid);
	return 0;
}

void watch_cover(struct watch *w)
{
	if (scope_netns(w->scope, add_namespace, w))
		watch_incomplete(w, "not every network namespace of the scope could be read");
}

static void emit_ready(struct watch *w)
{
	struct record r = { .action = RECORD_READY };

	r.ready.scope = w->scope->host ? "host" : w->scope->path;
	r.ready.tc = namespaces_tc_mode(w->namespaces);
	r.ready.waiting = w->scope->fd < 0;
	r.ready.version = LEAKAUDIT_VERSION;
	r.ready.guard = w->guard ? w->guard->name : NULL;
	r.ready.interfaces = namespaces_interfaces(w->namespaces, &r.ready.n_interfaces);
	pipeline_emit(w->out, &r);
	w->ready = true;
}

static void begin_child(struct watch *w)
{
	if (!w->cfg->child)
		return;
	pipeline_pump(w->out);
	if (w->policy->drop)
		child_hold(w->cfg->child, attach_share(w->datapath), attach_gone);
	child_start(w->cfg->child);
	w->over = child_over(w->cfg->child);
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

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(w);
		else if (!w->cfg->child)
			w->over = true;
		if (w->cfg->child) {
			child_signal(w->cfg->child, &info);
			w->over |= child_over(w->cfg->child);
		}
	}
}

static void on_deadline(struct watch *w)
{
	uint64_t expirations;

	if (!w->cfg->child)
		w->over = true;
	else if (read(w->deadline, &expirations, sizeof(expirations)) > 0)
		child_stop(w->cfg->child);
}

static void on_tick(struct watch *w)
{
	uint64_t expirations;

	if (read(w->ticks, &expirations, sizeof(expirations)) < 0)
		return;
	w->moves = 0;
	watch_request_scan(w);
	watch_drain(w);
	flows_expire(w->flows, ktime_now());
	datapath_heartbeat(w->datapath, ktime_now() + FOLLOWED_FOR);
	namespaces_check(w->namespaces);
	transport_cgroups(w->datapath, w->scope, w->policy);
	if (!w->scope->host) /* inotify may have missed changes */
		watch_scope(w);
	attach_forget(w->datapath);
	if (w->scope->fd >= 0 && ktime_now() - w->left >= LEAVE_INTERVAL) {
		w->left = ktime_now();
		namespaces_leave(w->namespaces, w->scope);
		watch_cover(w); /* a process may enter a namespace without a new socket */
	}
	if (!attach_alive(w->datapath) &&
	    (w->scope->host || !scope_gone(w->scope))) /* it was removed: reported soon */
		watch_incomplete(w, "another process detached a hook of the cgroup");
	watch_check_lost(w);
	if (w->guard && !guard_holds(w->guard)) {
		log_warn("guard '%s' was released or replaced", w->guard->name);
		w->over = true;
	}
	pipeline_pump(w->out);
	notify_alive(&w->notify);
	watch_status(w);
}

static void dispatch(struct watch *w, const void *source)
{
	if (source == &w->datapath)
		watch_drain(w);
	else if (source == &w->namespaces)
		namespaces_dispatch(w->namespaces);
	else if (source == &w->ticks)
		on_tick(w);
	else if (source == &w->signals)
		on_signal(w);
	else if (source == &w->scope)
		watch_scope(w);
	else if (source == &w->deadline)
		on_deadline(w);
	else
		pipeline_pump(w->out);
}

static void loop(struct watch *w)
{
	struct epoll_event events[16];
	int n, i, wait;

	while (!w->over) {
		pipeline_watch(w->out, w->epfd);
		wait = pending_timeout(w->pending);
		if (w->scan_wanted && (wait < 0 || wait > SWEEP_WAIT_MS))
			wait = SWEEP_WAIT_MS;
		n = epoll_wait(w->epfd, events, ARRAY_SIZE(events), wait);
		if (wait >= 0)
			watch_drain(w);
		/* interfaces first: the cause of a leak depends on their state when it left */
		for (i = 0; i < n; i++)
			if (events[i].data.ptr == &w->namespaces)
				dispatch(w, events[i].data.ptr);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr != &w->namespaces)
				dispatch(w, events[i].data.ptr);
	}
}

static void close_all(struct watch *w)
{
	if (w->datapath && w->guard && w->guard->held)
		datapath_leave_pinned(w->datapath);
	pending_free(w->pending);
	flows_free(w->flows);
	tcx_placeholders_free(w->placeholders);
	namespaces_free(w->namespaces);
	links_free(w->links);
	netns_free(w->home);
	if (w->datapath) {
		detach_cgroup(w->datapath);
		detach_processes(w->datapath);
	}
	datapath_free(w->datapath);
	guard_free(w->guard);
	enrich_free(w->enrich);
	totals_free(w->totals);
	known_resolvers_free(w->known);
	hellos_free(w->hellos);
	pipeline_free(w->out);
	scope_free(w->scope);
	notify_close(&w->notify);
	closep(&w->epfd);
	closep(&w->signals);
	closep(&w->ticks);
	closep(&w->deadline);
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
			   .policy = &cfg->policy,
			   .epfd = -1,
			   .signals = -1,
			   .ticks = -1,
			   .deadline = -1,
			   .started = ktime_now(),
			   .notify.fd = -1 };
	int code, r;

	raise_file_limit();
	if (!cfg->child) /* else the socket is meant for the command */
		notify_open(&w.notify);
	if (pipeline_open(&w.out, &cfg->outputs, cfg->child ? STDERR_FILENO : STDOUT_FILENO) ==
	    -EINVAL)
		return EXIT_USAGE;
	r = w.out ? watch_open_scope(&w) : -EACCES;
	if (!r)
		r = watch_open_all(&w);
	if (!r)
		r = watch_hold(&w);
	if (r) {
		code = exit_code_of(r);
	} else if (cfg->guard && !cfg->guard->follow) {
		code = watch_print_guard(&w);
	} else {
		give_up_privileges(cfg);
		datapath_heartbeat(w.datapath, ktime_now() + FOLLOWED_FOR);
		emit_ready(&w);
		watch_status(&w);
		notify_ready(&w.notify);
		if (!w.guard)
			datapath_add_free_ids(w.datapath);
		watch_scan_sockets(
			&w); /* before the command starts; events are reported after "ready" */
		begin_child(&w);
		loop(&w);
		notify_stopping(&w.notify);
		watch_scan_sockets(&w);
		if (cfg->child) /* while it is still watched */
			child_end(cfg->child);
		watch_finish(&w);
		if (hellos_fault(w.hellos))
			log_warn_r(hellos_fault(w.hellos),
				   "server names in QUIC were not read: cannot use %s",
				   crypto_library);
		code = totals_leaked(w.totals) || w.inside.packets ? EXIT_LEAKS
		       : completeness_why(&w.completeness)	   ? EXIT_INCOMPLETE
								   : EXIT_CLEAN;
	}
	close_all(&w);
	return code;
}
