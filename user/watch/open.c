/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of a run: all steps in order, until all hooks are attached. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host/cgroup.h"
#include "host/cgroup_others.h"
#include "host/child.h"
#include "host/kernel.h"
#include "base/log.h"
#include "host/permitted.h"
#include "ssh_session.h"
#include "facts/transport_cgroup.h"
#include "priv.h"
#include "watch.h"

int watch_permitted(void)
{
	struct fault f = { 0 };
	int r = permitted("watching", &f);

	return r ? log_fault(r, &f) : 0;
}

/* Who leaves stays watched. What may be asked of others does not. */
static void warn_of_others(const struct scope *s)
{
	char around[PATH_MAX];

	if (s->fd < 0 || s->host ||
	    !cgroup_others_around(s->mount, s->path, around, sizeof(around)))
		return;
	log_warn("processes can leave the watched cgroup: others than root may change %s, around "
		 "it",
		 around);
	log_hint("who leaves stays watched; what is started beside it for them is not");
}

/* Whether a cgroup that is gone may come again, and is not to be gone for good. */
static bool may_come_again(const struct watch *w, enum scope_by by)
{
	bool holds = w->guarding.follow[0] || (w->cfg->guard && w->cfg->guard->follow);

	return (w->cfg->wait || holds) && scope_can_wait(by);
}

static int open_target(struct watch *w, struct scope_target t)
{
	struct scopes *s = &w->kernel.scopes;
	struct fault f = { 0 };
	int r = may_come_again(w, t.by) ? scope_await(&s->v[s->n], t.by, t.arg, &f)
					: scope_open(&s->v[s->n], t.by, t.arg, &f);

	if (!r && s->v[s->n]->fd < 0 && w->cfg->guard) { /* there is nothing to guard yet */
		scope_free(s->v[s->n]);
		r = scope_open(&s->v[s->n], t.by, t.arg, &f);
	}
	if (r)
		return log_fault(r, &f);
	if (s->v[s->n++]->note)
		log_info("%s", s->v[s->n - 1]->note);
	warn_of_others(s->v[s->n - 1]);
	return 0;
}

/* The index of another scope with the same cgroup, or that waits for the same; n: there is none. */
static size_t find_twin(const struct scopes *s, size_t i)
{
	const struct scope *one = s->v[i];
	size_t k;

	for (k = 0; k < s->n; k++) {
		const struct scope *other = s->v[k];

		if (k == i || (one->fd < 0) != (other->fd < 0))
			continue;
		if (one->fd < 0 ? !strcmp(one->path, other->path) : one->id == other->id)
			return k;
	}
	return s->n;
}

static void leave_out(struct scopes *s, size_t i)
{
	scope_free(s->v[i]);
	s->n--;
	memmove(&s->v[i], &s->v[i + 1], (s->n - i) * sizeof(s->v[0]));
}

/* One that was named twice is watched once: as the one that is waited for, if one is. */
static bool merge_twin(struct scopes *s, size_t i)
{
	size_t twin = find_twin(s, i), gone;

	if (twin == s->n)
		return false;
	gone = s->v[twin]->wait && !s->v[i]->wait ? i : twin;
	log_info("'%s' and '%s' are the same cgroup, %s: it is watched once", s->v[i]->name,
		 s->v[twin]->name, s->v[i]->path);
	leave_out(s, gone);
	return true;
}

static void merge_twins(struct scopes *s)
{
	size_t i = 0;

	while (i < s->n)
		if (!merge_twin(s, i))
			i++;
}

/* A guard has one policy for all: what is within another scope is guarded as that. */
static void leave_out_inner(struct scopes *s)
{
	const struct scope *outer;
	size_t i = 0;

	while (i < s->n) {
		outer = s->v[i]->host ? NULL : scopes_around(s, i);
		if (!outer || outer->host) {
			i++;
			continue;
		}
		log_info("'%s' is within '%s', and guarded with it", s->v[i]->name, outer->name);
		leave_out(s, i);
	}
}

/* The host has all others in it. */
static int refuse_host_among(const struct scopes *s)
{
	size_t i;

	for (i = 0; i < s->n && s->n > 1; i++) {
		if (!s->v[i]->host)
			continue;
		log_err("'%s' is the root cgroup: the whole host, which has the other scopes in it",
			s->v[i]->name);
		log_hint("leave it out, or the others");
		return -EINVAL;
	}
	return 0;
}

static int open_targets(struct watch *w)
{
	size_t i;
	int r = 0;

	for (i = 0; i < w->cfg->n_targets && !r; i++)
		r = open_target(w, w->cfg->targets[i]);
	if (r)
		return r;
	merge_twins(&w->kernel.scopes);
	if (w->cfg->guard)
		leave_out_inner(&w->kernel.scopes);
	return refuse_host_among(&w->kernel.scopes);
}

/* Opens the cgroups of the followed guard, which may be gone, and made again. */
static int open_guarded(struct watch *w)
{
	struct fault f = { 0 };
	struct pins_meta meta;
	int r = guard_describe(w->guarding.follow, &meta, &f);
	enum scope_by by = !r && pins_is_host(&meta) ? SCOPE_HOST : SCOPE_CGROUP;
	size_t i;

	if (r)
		return log_fault(r, &f);
	scopes_clear(&w->kernel.scopes);
	for (i = 0; i < meta.n_scopes && !r; i++)
		r = open_target(w, (struct scope_target){ by, meta.scopes[i].path });
	return r;
}

/* A guard that is in force, and all scopes are within. */
static void find_guard(struct watch *w)
{
	const struct scopes *s = &w->kernel.scopes;
	char name[PINS_NAME_MAX], *found = w->guarding.follow;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (guard_find(s->v[i], name, sizeof(name)) && (!i || !strcmp(name, found))) {
			memcpy(found, name, sizeof(name));
			continue;
		}
		found[0] = '\0';
		return;
	}
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
		snprintf(w->guarding.follow, sizeof(w->guarding.follow), "%s", w->cfg->follow);
	else
		r = open_targets(w);
	if (!r && w->cfg->may_follow)
		find_guard(w);
	return r ?: w->guarding.follow[0] ? open_guarded(w) : 0;
}

static int open_datapath(struct watch *w, uint64_t deadline)
{
	struct datapath_config kc = {
		.pins = w->guarding.guard ? w->guarding.guard->pins : NULL,
		.adopt = guarding_is_follower(&w->guarding),
		.deadline = deadline,
		.policy = w->guarding.policy,
		.buffer = w->cfg->buffer,
		.btf = w->cfg->btf,
		.snaplen = pipeline_snaplen(w->out),
		.no_payload = w->cfg->no_payload,
		.resolver_mode = resolving_mode(w),
	};
	struct fault f = { 0 };
	int r = kernel_side_load(&w->kernel, &kc, watch_event, w, &f);

	w->losses.drops = w->guarding.policy->drop && !deadline;
	if (r)
		return log_fault(r, &f);
	if (!scopes_is_host(&w->kernel.scopes) && kernel_runs_realtime())
		losses_incomplete(&w->losses,
				  "this kernel is PREEMPT_RT, which does not tell who sends by a "
				  "socket that is not the scope's");
	return 0;
}

/*
 * Reads interfaces before programs are verified, so that placeholders at TC can be made meanwhile.
 */
static int open_home(struct watch *w)
{
	struct fault f = { 0 };
	int r = kernel_side_read_home(&w->kernel, w->guarding.policy, &f);

	if (r)
		return log_fault(r, &f);
	r = guarding_check_home(&w->guarding, w->kernel.home);
	if (!r && w->cfg->tc != TC_CLSACT && !w->guarding.guard)
		kernel_side_hold_places(&w->kernel);
	return r;
}

static int open_namespaces(struct watch *w)
{
	struct namespaces_config sc = {
		.policy = w->guarding.policy,
		.host = scopes_is_host(&w->kernel.scopes),
		.tc = w->cfg->tc,
		.once = w->cfg->guard && !w->cfg->guard->follow,
		.epfd = w->loop.epfd,
		.source = &w->kernel.namespaces,
		.completeness = &w->losses.completeness,
	};
	struct fault f = { 0 };
	int r = kernel_side_open_namespaces(&w->kernel, &sc, watch_interface, w, &f);

	if (r)
		return log_fault(r, &f);
	if (scopes_is_open(&w->kernel.scopes))
		watch_cover(w);
	return 0;
}

/* Two signs of life in the interval in which the service manager expects one. */
static uint64_t tick_interval(const struct watch *w)
{
	uint64_t most = MIN(NSEC_PER_SEC, w->cfg->interval);

	return w->notify.watchdog ? MIN(most, w->notify.watchdog / 2) : most;
}

static int open_loop(struct watch *w)
{
	const struct scopes *scopes = &w->kernel.scopes;
	sigset_t set;
	size_t i;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (w->cfg->child)
		child_signals(&set);
	r = loop_open(&w->loop, &set, tick_interval(w), w->cfg->duration);
	if (!r && on_leak_fd(w->on_leak) >= 0)
		r = loop_add(&w->loop, on_leak_fd(w->on_leak), &w->on_leak);
	for (i = 0; i < scopes->n && !r; i++) {
		if (scopes->v[i]->watch_fd >= 0)
			r = loop_add(&w->loop, scopes->v[i]->watch_fd, &w->kernel.scopes);
		if (!r && scope_wait_fd(scopes->v[i]) >= 0)
			r = loop_add(&w->loop, scope_wait_fd(scopes->v[i]), &w->kernel.scopes);
	}
	return r;
}

static int open_known(struct watch *w)
{
	struct fault f = { 0 };
	int r = known_resolvers_open(&w->accounts.known, &w->cfg->resolvers, &f);

	return r ? log_fault(r, &f) : 0;
}

/* Opens the guard and the interfaces, checks whom dropping would cut off, and loads the programs. */
static int open_kernel_side(struct watch *w)
{
	struct guarding *g = &w->guarding;
	uint64_t deadline;
	int r = guarding_find(g);

	if (!r)
		r = open_home(w);
	if (!r && scopes_is_host(&w->kernel.scopes) && g->policy->drop &&
	    !guarding_is_follower(g) && !w->cfg->yes)
		r = ssh_session_refuse(w->kernel.links, g->policy);
	if (!r)
		r = guarding_make(g, w->cfg->guard, &w->kernel, &deadline);
	return r ?: open_datapath(w, deadline);
}

/* Opens what reads the tables of the programs. */
static int open_accounts(struct watch *w)
{
	struct datapath *k = w->kernel.datapath;
	int r = datapath_set_known(k, w->accounts.known);

	if (r)
		return log_err_r(r, "cannot pass the known resolvers to the kernel");
	enrich_from(w->accounts.enrich, k, !w->cfg->no_payload);
	r = flows_open(&w->accounts.flows, k, w->cfg->interval, &watch_flow_ops, w);
	if (!r)
		r = pending_open(&w->accounts.pending, w->accounts.flows, watch_flow, w);
	if (!r && w->cfg->aggregate)
		r = aggregate_open(&w->aggregate, w->cfg->aggregate, watch_tell_aggregate, w);
	if (!r)
		r = measuring_open(w);
	if (!r)
		r = snapshot_open(w);
	if (!r)
		r = losses_begin(&w->losses, k);
	if (!r)
		r = loop_add(&w->loop, datapath_events_fd(k), &w->kernel.datapath);
	return r ? log_err_r(r, "cannot set up") : 0;
}

static int attach_all(struct watch *w)
{
	int r = watch_attach(w);

	if (r)
		return r;
	kernel_side_arm(&w->kernel);
	if (guarding_is_follower(&w->guarding)) { /* flows that ended before we started */
		accounts_add_retained(&w->accounts, &w->kernel);
		measuring_retained(w);
		snapshot_retained(w);
	}
	return 0;
}

int watch_open_all(struct watch *w)
{
	int r = open_loop(w);

	if (!r)
		r = accounts_open(&w->accounts, &w->kernel.scopes);
	if (r)
		return log_err_r(r, "cannot set up");
	r = open_known(w);
	if (!r)
		r = open_kernel_side(w);
	if (!r)
		r = open_accounts(w);
	if (r)
		return r;
	if (transport_cgroups(w->kernel.datapath, scopes_first(&w->kernel.scopes),
			      w->guarding.policy))
		log_info("a cgroup of --transport-cgroup does not exist yet: waiting for it");
	/* roles before hooks, so that no packet is evaluated without them */
	r = open_namespaces(w);
	if (!r)
		r = origins_open(&w->accounts.origins, w->kernel.datapath, w->kernel.namespaces,
				 w->accounts.enrich);
	if (!r && resolving_mode(w) != LA_RESOLVER_IGNORE) {
		r = resolving_open(w);
		if (r)
			return log_err_r(r, "cannot follow the resolvers of this machine");
	}
	return r ?: attach_all(w);
}
