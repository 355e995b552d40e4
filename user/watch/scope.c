/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scope whose cgroup is removed and created again: a service gets a new cgroup at each restart.
 * What may have run in it before the hooks were attached is reported.
 */
#include <errno.h>

#include "datapath/attach.h"
#include "base/log.h"
#include "host/scope_fresh.h"
#include "priv.h"

#define MSEC (NSEC_PER_SEC / 1000)

/* No process is left in the scope. Its sockets may go on for a while and are still evaluated. */
static void leave(struct watch *w)
{
	if (!attach_leave(w->kernel.datapath, w->kernel.scope->id))
		losses_incomplete(&w->losses,
				  "too many removed cgroups still have sockets: not all of these "
				  "are watched");
	scope_leave(w->kernel.scope);
	datapath_set_scope(w->kernel.datapath, w->kernel.scope);
}

int watch_attach(struct watch *w)
{
	struct fault f = { 0 };
	int r = kernel_side_attach(&w->kernel, &f);

	w->watched = !r && w->kernel.scope->fd >= 0;
	if (!r)
		return 0;
	if (w->kernel.scope->fd < 0 || !scope_gone(w->kernel.scope))
		return log_fault(r, &f);
	if (w->kernel.scope->wait) {
		leave(w);
		r = kernel_side_attach(&w->kernel, &f);
		return r ? log_fault(r, &f) : 0;
	}
	log_err("the watched cgroup %s is gone: it was removed before it could be watched",
		w->kernel.scope->path);
	return -EIDRM;
}

static void report(struct watch *w, enum record_action action, struct record_scope scope)
{
	struct record r = { .action = action, .scope = scope };

	r.scope.path = w->kernel.scope->path;
	r.scope.id = w->kernel.scope->id;
	pipeline_emit(w->out, &r);
	if (scope.unwatched_ns || scope.missed)
		losses_incomplete(
			&w->losses,
			"processes ran in the watched cgroup before the hooks were attached");
}

/*
 * Attaches the hooks to the open cgroup. False: it was removed, or attaching failed; that was
 * reported.
 */
static bool take(struct watch *w)
{
	struct fault f = { 0 };
	int r;

	datapath_set_scope(w->kernel.datapath, w->kernel.scope);
	r = kernel_side_attach(&w->kernel, &f);
	if (!r)
		return true;
	if (!scope_gone(w->kernel.scope)) {
		log_fault(r, &f);
		losses_incomplete(&w->losses,
				  "the hooks could not be attached to the watched cgroup");
	}
	leave(w);
	return false;
}

/*
 * Handles each cgroup that was created, until one stays or none is left. noticed: CLOCK_BOOTTIME.
 */
static void arrive(struct watch *w, uint64_t noticed)
{
	struct record_scope rec = { .first = !w->watched };
	uint64_t missed = 0;
	int r;

	while ((r = scope_arrive(w->kernel.scope, &missed)) > 0) {
		rec.missed += missed;
		if (take(w))
			break;
		rec.missed++;
	}
	if (r < 0)
		log_err_r(r, "cannot open the watched cgroup %s", w->kernel.scope->path);
	if (r <= 0) {
		rec.missed += missed;
		if (rec.missed)
			report(w, RECORD_SCOPE_GONE, rec);
		return;
	}
	rec.unwatched_ns = (scope_ran_for(w->kernel.scope, noticed) + MSEC - 1) / MSEC * MSEC;
	w->watched = true;
	datapath_bump_epoch(w->kernel.datapath);
	watch_cover(w);
	report(w, RECORD_SCOPE_BACK, rec);
	watch_scan_sockets(w);
}

static void follow(struct watch *w)
{
	uint64_t noticed = boottime_now(), missed;
	bool gone = scope_gone(w->kernel.scope);

	if (!gone) {
		if (w->kernel.scope->wait && scope_arrive(w->kernel.scope, &missed) && missed)
			losses_incomplete(&w->losses,
					  "another cgroup with the name of the watched one was "
					  "created, and is not watched");
		return;
	}
	if (!w->kernel.scope->wait) {
		log_warn("the watched cgroup %s is gone", w->kernel.scope->path);
		w->loop.over = true;
		return;
	}
	if (w->kernel.scope->fd >= 0) {
		watch_drain(w);
		leave(w);
		report(w, RECORD_SCOPE_GONE, (struct record_scope){ 0 });
	}
	arrive(w, noticed);
}

void watch_scope(struct watch *w)
{
	const char *fault;

	follow(w);
	fault = scope_wait_fault(w->kernel.scope);
	if (fault)
		losses_incomplete(&w->losses, fault);
}
