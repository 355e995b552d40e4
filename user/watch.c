/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "exit.h"
#include "log.h"
#include "watch_priv.h"

/* Between two looks for namespaces that nobody lives in any more. */
#define LEAVE_INTERVAL (5 * NSEC_PER_SEC)

/* A look through the open files that had to wait for the last one's pause. */
#define SWEEP_WAIT_MS 10

/* The first reason is the one that is told. */
static void incomplete(struct watch *w, const char *why)
{
	if (w->incomplete)
		return;
	w->incomplete = why;
	log_warn("%s", why);
}

/* --- the beginning --- */

static int add_space(void *arg, struct netns *ns, pid_t pid)
{
	struct watch *w = arg;
	int r = spaces_add(w->spaces, ns);

	if (r)
		incomplete(w, "a network namespace of the scope could not be covered");
	if (r)
		log_warn_r(r, "cannot cover the network namespace of process %d", pid);
	return 0;
}

static int open_scope(struct watch *w)
{
	char msg[SCOPE_MSG_MAX] = "";
	int r;

	if (geteuid()) {
		log_err("watching needs root: BPF programs are loaded and attached to a cgroup");
		log_hint("run it with sudo");
		return -EPERM;
	}
	r = scope_open(&w->scope, w->cfg->by, w->cfg->target, msg, sizeof(msg));
	if (r)
		log_lines(msg);
	else if (msg[0])
		log_info("%s", msg);
	return r;
}

static int open_kernel(struct watch *w, uint64_t home)
{
	const struct kernel_config kc = {
		.scope = w->scope, .policy = &w->cfg->policy, .home_netns = home,
		.buffer = w->cfg->buffer, .btf = w->cfg->btf,
		.snaplen = pipeline_snaplen(w->out), .no_payload = w->cfg->no_payload,
	};
	char msg[KERNEL_MSG_MAX] = "";
	int r = kernel_open(&w->kernel, &kc, watch_event, w, msg, sizeof(msg));

	if (r)
		log_lines(msg);
	else if (kernel_degraded(w->kernel))
		log_warn("%s", kernel_degraded(w->kernel));
	return r;
}

/* Read before the programs are verified: meanwhile their places at TC are made. */
static int open_home(struct watch *w)
{
	int r = netns_open_self(&w->home);

	if (!r)
		r = links_open(&w->links, w->home, &w->cfg->policy, NULL, NULL);
	if (r)
		return log_err_r(r, "cannot read the interfaces of this network namespace");
	if (w->cfg->tc != TC_CLSACT) /* without places it only takes longer */
		places_hold(&w->places, w->links);
	return 0;
}

static int open_spaces(struct watch *w)
{
	const struct spaces_config sc = {
		.kernel = w->kernel, .policy = &w->cfg->policy, .host = w->scope->host,
		.tc = w->cfg->tc, .epfd = w->epfd, .source = &w->spaces,
	};
	int r = spaces_open(&w->spaces, &sc, take_ptr(w->home), take_ptr(w->links),
			    watch_interface, w);

	if (r)
		return log_err_r(r, "cannot read the interfaces of this network namespace");
	r = scope_netns(w->scope, add_space, w);
	if (r)
		log_warn_r(r, "cannot look into every network namespace of the scope");
	return 0;
}

static int poll_add(struct watch *w, int fd, void *source)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(w->epfd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int timer(uint64_t first, uint64_t then)
{
	struct itimerspec its = {
		.it_value = { (time_t)(first / NSEC_PER_SEC), (long)(first % NSEC_PER_SEC) },
		.it_interval = { (time_t)(then / NSEC_PER_SEC), (long)(then % NSEC_PER_SEC) },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd >= 0)
		timerfd_settime(fd, 0, &its, NULL);
	return fd;
}

static int open_loop(struct watch *w)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->epfd = epoll_create1(EPOLL_CLOEXEC);
	w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	w->ticks = timer(NSEC_PER_SEC / 2, MIN(NSEC_PER_SEC, w->cfg->interval));
	if (w->cfg->duration)
		w->deadline = timer(w->cfg->duration, 0);
	if (w->epfd < 0 || w->signals < 0 || w->ticks < 0 || (w->cfg->duration && w->deadline < 0))
		return -errno;
	r = poll_add(w, w->signals, &w->signals);
	if (!r)
		r = poll_add(w, w->ticks, &w->ticks);
	if (!r && w->deadline >= 0)
		r = poll_add(w, w->deadline, &w->deadline);
	if (!r && w->scope->watch_fd >= 0)
		r = poll_add(w, w->scope->watch_fd, &w->scope);
	return r;
}

static int attach_all(struct watch *w)
{
	char msg[KERNEL_MSG_MAX] = "";
	int r = attach_check(w->kernel, w->cfg->tc, msg, sizeof(msg));

	if (!r)
		r = attach_cgroup(w->kernel, w->scope, msg, sizeof(msg));
	if (r) {
		log_lines(msg);
		return r;
	}
	kernel_new_facts(w->kernel);
	spaces_arm(w->spaces, w->places);
	places_free(take_ptr(w->places));
	return 0;
}

static int open_known(struct watch *w)
{
	char msg[KNOWN_MSG_MAX] = "";
	int r = known_open(&w->known, &w->cfg->resolvers, msg, sizeof(msg));

	if (r)
		log_lines(msg);
	return r;
}

static int open_all(struct watch *w)
{
	int r = open_loop(w);

	if (!r)
		r = sums_open(&w->sums);
	if (!r)
		r = hellos_open(&w->hellos);
	if (!r)
		r = enrich_open(&w->enrich, w->scope->mount);
	if (r)
		return log_err_r(r, "cannot set up");
	r = open_known(w);
	if (!r)
		r = open_home(w);
	if (!r)
		r = open_kernel(w, w->home->cookie);
	if (r)
		return r;
	r = kernel_set_known(w->kernel, w->known);
	if (r)
		return log_err_r(r, "cannot tell the kernel of the known resolvers");
	r = flows_open(&w->flows, w->kernel, w->cfg->interval, &watch_flow_ops, w);
	if (!r)
		r = poll_add(w, kernel_events_fd(w->kernel), &w->kernel);
	if (r)
		return log_err_r(r, "cannot set up");
	/* roles first, so that no packet is judged by what is not known yet */
	r = open_spaces(w);
	return r ?: attach_all(w);
}

static void emit_ready(struct watch *w)
{
	struct record r = { .action = RECORD_READY };

	r.ready.scope = w->scope->host ? "host" : w->scope->path;
	r.ready.tc = spaces_tc_mode(w->spaces);
	r.ready.version = LEAKAUDIT_VERSION;
	r.ready.interfaces = spaces_interfaces(w->spaces, &r.ready.n_interfaces);
	pipeline_emit(w->out, &r);
	w->ready = true;
}

/* --- the loop --- */

static void on_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			pipeline_reopen(w->out);
		else
			w->over = true;
	}
}

static void on_tick(struct watch *w)
{
	uint64_t expirations;

	if (read(w->ticks, &expirations, sizeof(expirations)) < 0)
		return;
	w->moves = 0;
	watch_drain(w);
	flows_sweep(w->flows, ktime_now());
	spaces_check(w->spaces);
	if (ktime_now() - w->left >= LEAVE_INTERVAL) {
		w->left = ktime_now();
		spaces_leave(w->spaces, w->scope);
		scope_netns(w->scope, add_space, w); /* entered without a new socket */
	}
	if (!attach_alive(w->kernel) && (w->scope->host || !scope_gone(w->scope)))
		incomplete(w, "somebody detached a hook of the cgroup");
	watch_check_lost(w);
	pipeline_pump(w->out);
}

static void on_scope(struct watch *w)
{
	if (!scope_gone(w->scope))
		return;
	log_warn("the watched cgroup %s is gone", w->scope->path);
	w->over = true;
}

static void dispatch(struct watch *w, const void *source)
{
	if (source == &w->kernel)
		watch_drain(w);
	else if (source == &w->spaces)
		spaces_dispatch(w->spaces);
	else if (source == &w->ticks)
		on_tick(w);
	else if (source == &w->signals)
		on_signal(w);
	else if (source == &w->scope)
		on_scope(w);
	else if (source == &w->deadline)
		w->over = true;
	else
		pipeline_pump(w->out);
}

static void loop(struct watch *w)
{
	struct epoll_event events[16];
	int n, i;

	while (!w->over) {
		pipeline_watch(w->out, w->epfd);
		n = epoll_wait(w->epfd, events, ARRAY_SIZE(events),
			       w->sweep_wanted ? SWEEP_WAIT_MS : -1);
		if (w->sweep_wanted)
			watch_drain(w);
		/* interfaces first: a leak's cause is what they were when it left */
		for (i = 0; i < n; i++)
			if (events[i].data.ptr == &w->spaces)
				dispatch(w, events[i].data.ptr);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr != &w->spaces)
				dispatch(w, events[i].data.ptr);
	}
}

static void close_all(struct watch *w)
{
	flows_free(w->flows);
	places_free(w->places);
	spaces_free(w->spaces);
	links_free(w->links);
	netns_free(w->home);
	if (w->kernel)
		detach_cgroup(w->kernel);
	kernel_free(w->kernel);
	enrich_free(w->enrich);
	sums_free(w->sums);
	known_free(w->known);
	hellos_free(w->hellos);
	pipeline_free(w->out);
	scope_free(w->scope);
	closep(&w->epfd);
	closep(&w->signals);
	closep(&w->ticks);
	closep(&w->deadline);
}

int watch_run(const struct watch_config *cfg)
{
	struct watch w = { .cfg = cfg, .epfd = -1, .signals = -1, .ticks = -1, .deadline = -1,
			   .started = ktime_now() };
	int code, r;

	raise_file_limit();
	if (pipeline_open(&w.out, &cfg->outputs) == -EINVAL)
		return EXIT_USAGE;
	r = w.out ? open_scope(&w) : -EACCES;
	if (!r)
		r = open_all(&w);
	if (r) {
		code = exit_code_of(r);
	} else {
		emit_ready(&w);
		kernel_complete(w.kernel);
		loop(&w);
		watch_finish(&w);
		code = sums_leaked(w.sums) || w.inside.packets ? EXIT_LEAKS : w.incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN;
	}
	close_all(&w);
	return code;
}
