/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of a run: all steps in order, until all hooks are attached. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "host/cgroup.h"
#include "host/child.h"
#include "base/log.h"
#include "host/permitted.h"
#include "ssh_session.h"
#include "facts/transport_cgroup.h"
#include "priv.h"

/* Between SIGTERM and SIGKILL for a command at the end of --duration. */
#define CHILD_GRACE (5 * NSEC_PER_SEC)

int watch_permitted(void)
{
	struct fault f = { 0 };
	int r = permitted("watching", &f);

	return r ? log_fault(r, &f) : 0;
}

static int open_target(struct watch *w, enum scope_by by, const char *target)
{
	struct fault f = { 0 };
	int r = w->cfg->wait && by != SCOPE_HOST ? scope_await(&w->scope, by, target, &f)
						 : scope_open(&w->scope, by, target, &f);

	if (r)
		return log_fault(r, &f);
	if (w->scope->note)
		log_info("%s", w->scope->note);
	return 0;
}

/* Opens the cgroup of the followed guard. */
static int open_guarded(struct watch *w)
{
	struct fault f = { 0 };
	struct pins_meta meta;
	int r = guard_describe(w->follow, &meta, &f);

	if (r)
		return log_fault(r, &f);
	scope_free(take_ptr(w->scope));
	return open_target(w, meta.scope_id == CGROUP_ROOT_ID ? SCOPE_HOST : SCOPE_CGROUP,
			   meta.scope);
}

int watch_open_scope(struct watch *w)
{
	struct fault f = { 0 };
	int r = watch_permitted(), partly;

	if (r)
		return r;
	partly = permitted_partly(&f);
	if (partly)
		log_warn_fault(partly, &f);
	if (w->cfg->follow)
		snprintf(w->follow, sizeof(w->follow), "%s", w->cfg->follow);
	else
		r = open_target(w, w->cfg->by, w->cfg->target);
	if (!r && w->scope && w->cfg->may_follow)
		guard_find(w->scope, w->follow, sizeof(w->follow));
	return r ?: w->follow[0] ? open_guarded(w) : 0;
}

static int open_datapath(struct watch *w, uint64_t home, uint64_t deadline)
{
	const struct datapath_config kc = {
		.pins = w->guard ? w->guard->pins : NULL,
		.adopt = watch_is_follower(w),
		.deadline = deadline,
		.scope = w->scope,
		.policy = w->policy,
		.home_netns = home,
		.buffer = w->cfg->buffer,
		.btf = w->cfg->btf,
		.snaplen = pipeline_snaplen(w->out),
		.no_payload = w->cfg->no_payload,
	};
	struct fault f = { 0 };
	int r = datapath_open(&w->datapath, &kc, watch_event, w, &f);

	if (r)
		return log_fault(r, &f);
	if (datapath_degraded(w->datapath))
		log_warn("%s", datapath_degraded(w->datapath));
	return 0;
}

/*
 * Reads interfaces before programs are verified, so that placeholders at TC can be made meanwhile.
 */
static int open_home(struct watch *w)
{
	int r = netns_open_self(&w->home);

	if (!r)
		r = links_open(&w->links, w->home, policy_roles(w->policy), NULL, NULL);
	if (r)
		return log_err_r(r, "cannot read the interfaces of this network namespace");
	if (w->guard && w->guard->meta.netns != w->home->cookie) {
		log_err("guard '%s' was made in another network namespace", w->guard->name);
		return -EINVAL;
	}
	if (w->cfg->tc != TC_CLSACT && !w->guard) /* without placeholders it only takes longer */
		tcx_placeholders_hold(&w->placeholders, w->links);
	return 0;
}

static int open_namespaces(struct watch *w)
{
	const struct namespaces_config sc = {
		.datapath = w->datapath,
		.policy = w->policy,
		.host = w->scope->host,
		.tc = w->cfg->tc,
		.epfd = w->epfd,
		.source = &w->namespaces,
		.completeness = &w->completeness,
	};
	int r = namespaces_open(&w->namespaces, &sc, take_ptr(w->home), take_ptr(w->links),
				watch_interface, w);

	if (r)
		return log_err_r(r, "cannot read the interfaces of this network namespace");
	if (w->scope->fd >= 0)
		watch_cover(w);
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

/* Two signs of life in the interval in which the service manager expects one. */
static uint64_t tick_interval(const struct watch *w)
{
	uint64_t most = MIN(NSEC_PER_SEC, w->cfg->interval);

	return w->notify.watchdog ? MIN(most, w->notify.watchdog / 2) : most;
}

static int open_loop(struct watch *w)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (w->cfg->child)
		child_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->epfd = epoll_create1(EPOLL_CLOEXEC);
	w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	w->ticks = timer(NSEC_PER_SEC / 2, tick_interval(w));
	if (w->cfg->duration)
		w->deadline = timer(w->cfg->duration, CHILD_GRACE);
	if (w->epfd < 0 || w->signals < 0 || w->ticks < 0 || (w->cfg->duration && w->deadline < 0))
		return -errno;
	r = poll_add(w, w->signals, &w->signals);
	if (!r)
		r = poll_add(w, w->ticks, &w->ticks);
	if (!r && w->deadline >= 0)
		r = poll_add(w, w->deadline, &w->deadline);
	if (!r && w->scope->watch_fd >= 0)
		r = poll_add(w, w->scope->watch_fd, &w->scope);
	if (!r && scope_wait_fd(w->scope) >= 0)
		r = poll_add(w, scope_wait_fd(w->scope), &w->scope);
	return r;
}

static int attach_all(struct watch *w)
{
	struct fault f = { 0 };
	int r = attach_check(w->datapath, w->cfg->tc, &f);

	if (r)
		return log_fault(r, &f);
	r = watch_attach(w);
	if (r)
		return r;
	datapath_bump_epoch(w->datapath);
	namespaces_arm(w->namespaces, w->placeholders);
	tcx_placeholders_free(take_ptr(w->placeholders));
	if (watch_is_follower(w)) /* flows that ended before we started */
		datapath_retained_totals(w->datapath, watch_add_total, w);
	return 0;
}

static int open_known(struct watch *w)
{
	struct fault f = { 0 };
	int r = known_resolvers_open(&w->known, &w->cfg->resolvers, &f);

	return r ? log_fault(r, &f) : 0;
}

/* Counts of a followed guard before we started are not losses of this run. */
static int open_counts(struct watch *w)
{
	return watch_is_follower(w) ? datapath_counters(w->datapath, w->before) : 0;
}

int watch_open_all(struct watch *w)
{
	uint64_t deadline = 0;
	int r = open_loop(w);

	if (!r)
		r = totals_open(&w->totals);
	if (!r)
		r = hellos_open(&w->hellos);
	if (!r)
		r = enrich_open(&w->enrich, w->scope->mount);
	if (r)
		return log_err_r(r, "cannot set up");
	r = open_known(w);
	if (!r)
		r = watch_find_guard(w);
	if (!r)
		r = open_home(w);
	if (!r && w->scope->host && w->policy->drop && !watch_is_follower(w) && !w->cfg->yes)
		r = ssh_session_refuse(w->links, w->policy);
	if (!r)
		r = watch_make_guard(w, &deadline);
	if (!r)
		r = open_datapath(w, w->home->cookie, deadline);
	if (r)
		return r;
	r = datapath_set_known(w->datapath, w->known);
	if (r)
		return log_err_r(r, "cannot pass the known resolvers to the kernel");
	r = flows_open(&w->flows, w->datapath, w->cfg->interval, &watch_flow_ops, w);
	if (!r)
		r = pending_open(&w->pending, w->flows, watch_flow, w);
	if (!r)
		r = open_counts(w);
	if (!r)
		r = poll_add(w, datapath_events_fd(w->datapath), &w->datapath);
	if (r)
		return log_err_r(r, "cannot set up");
	if (transport_cgroups(w->datapath, w->scope, w->policy))
		log_info("a cgroup of --transport-cgroup does not exist yet: waiting for it");
	/* roles before hooks, so that no packet is evaluated without them */
	r = open_namespaces(w);
	return r ?: attach_all(w);
}
