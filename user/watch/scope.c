/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scopes whose cgroups are removed and created again: a service gets a new cgroup at each restart.
 * What may have run in one before the hooks were attached is reported.
 */
#include <errno.h>

#include "datapath/attach.h"
#include "datapath/renew.h"
#include "base/log.h"
#include "host/scope_fresh.h"
#include "priv.h"

#define MSEC (NSEC_PER_SEC / 1000)

/* No process is left in the scope. Its sockets may go on for a while and are still evaluated. */
static void leave(struct watch *w, size_t i)
{
	struct scope *s = w->kernel.scopes.v[i];

	if (!attach_leave(w->kernel.datapath, (uint32_t)i + 1))
		losses_incomplete(&w->losses,
				  "too many removed cgroups still have sockets: not all of these "
				  "are watched");
	datapath_leave_scope(w->kernel.datapath, s->id);
	scope_leave(s);
}

/* 0, or -errno: the cgroup was removed, or attaching failed, which *f has. */
static int attach(struct watch *w, size_t i, struct fault *f)
{
	int r = guarding_renew(&w->guarding, &w->kernel.scopes, i, w->kernel.datapath, f);

	if (!r)
		r = kernel_side_attach_scope(&w->kernel, i, f);
	if (r > 0)
		losses_incomplete(&w->losses,
				  "a cgroup was watched together with one around it: packets of a "
				  "moment were counted twice");
	if (r >= 0)
		w->watched[i] = true;
	return MIN(r, 0);
}

static int attach_at_start(struct watch *w, size_t i)
{
	struct scope *s = w->kernel.scopes.v[i];
	struct fault f = { 0 };
	int r = attach(w, i, &f);

	if (!r)
		return 0;
	if (!scope_gone(s))
		return log_fault(r, &f);
	if (s->wait) {
		leave(w, i);
		return 0;
	}
	log_err("the watched cgroup %s is gone: it was removed before it could be watched",
		s->path);
	return -EIDRM;
}

/* The next open scope behind those of that level, or of that level and behind i. */
static size_t next_inward(const struct scopes *s, uint32_t level, size_t i)
{
	size_t found = s->n, k;

	for (k = 0; k < s->n; k++) {
		if (s->v[k]->fd < 0 || s->v[k]->level < level || (s->v[k]->level == level && k < i))
			continue;
		if (found == s->n || s->v[k]->level < s->v[found]->level)
			found = k;
	}
	return found;
}

int watch_attach(struct watch *w)
{
	const struct scopes *s = &w->kernel.scopes;
	struct fault f = { 0 };
	uint32_t level = 0;
	size_t i;
	int r = 0;

	/* the outermost first: its hooks see what is within it as well */
	for (i = next_inward(s, 0, 0); i < s->n && !r; i = next_inward(s, level, i + 1)) {
		level = s->v[i]->level;
		r = attach_at_start(w, i);
	}
	if (r)
		return r;
	r = kernel_side_attach(&w->kernel, &f);
	return r ? log_fault(r, &f) : 0;
}

static void report(struct watch *w, size_t i, enum record_action action, struct record_scope scope)
{
	struct record r = { .action = action, .scope = scope };

	r.scope.path = w->kernel.scopes.v[i]->path;
	r.scope.id = w->kernel.scopes.v[i]->id;
	r.scope.scope = watch_scope_name(w, (uint32_t)i + 1);
	pipeline_emit(w->out, &r);
	if (scope.unwatched_ns ||
	    (scope.missed && !datapath_awaits_cgroup(w->kernel.datapath, w->kernel.scopes.v[i])))
		losses_incomplete(
			&w->losses,
			"processes ran in the watched cgroup before the hooks were attached");
}

/*
 * Attaches the hooks to the open cgroup. False: it was removed, or attaching failed; that was
 * reported.
 */
static bool take(struct watch *w, size_t i)
{
	struct fault f = { 0 };
	int r = attach(w, i, &f);

	if (!r)
		return true;
	if (!scope_gone(w->kernel.scopes.v[i])) {
		log_fault(r, &f);
		losses_incomplete(&w->losses,
				  "the hooks could not be attached to the watched cgroup");
	}
	leave(w, i);
	return false;
}

/* A cgroup that was waited for, as far as it is known. */
struct arrival {
	int r; /* of scope_arrive() */
	uint64_t missed;
	bool first;
};

/* The same cgroup by another name: it is watched once. */
static bool is_twin(struct watch *w, size_t i)
{
	struct scope *s = w->kernel.scopes.v[i];
	const struct scope *twin = scopes_twin(&w->kernel.scopes, i);

	if (!twin)
		return false;
	log_info("'%s' and '%s' are the same cgroup, %s: it is watched once", twin->name, s->name,
		 s->path);
	scope_leave(s);
	s->over = w->twins[i] = true;
	return true;
}

/*
 * Handles each cgroup that was created, until one stays or none is left. noticed: CLOCK_BOOTTIME.
 */
static void arrive(struct watch *w, size_t i, struct arrival a, uint64_t noticed)
{
	struct scope *s = w->kernel.scopes.v[i];
	struct record_scope rec = { .first = a.first };

	if (a.r > 0 && is_twin(w, i))
		return;
	for (; a.r > 0; a.r = scope_arrive(s, &a.missed)) {
		rec.missed += a.missed;
		if (take(w, i))
			break;
		rec.missed++;
	}
	if (a.r < 0)
		log_err_r(a.r, "cannot open the watched cgroup %s", s->path);
	if (a.r <= 0) {
		rec.missed += a.missed;
		if (rec.missed)
			report(w, i, RECORD_SCOPE_GONE, rec);
		return;
	}
	if (!datapath_awaits_cgroup(w->kernel.datapath, s))
		rec.unwatched_ns = (scope_ran_for(s, noticed) + MSEC - 1) / MSEC * MSEC;
	datapath_bump_epoch(w->kernel.datapath);
	watch_cover(w);
	report(w, i, RECORD_SCOPE_BACK, rec);
	watch_scan_sockets(w);
}

/* Whether any is still watched, or waited for. */
static bool has_any(const struct scopes *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!s->v[i]->over)
			return true;
	return false;
}

/* It is gone for good. With the last one the run ends. */
static void end(struct watch *w, size_t i)
{
	struct scope *s = w->kernel.scopes.v[i];

	s->over = true;
	log_warn("the watched cgroup %s is gone", s->path);
	if (w->kernel.scopes.n > 1) {
		watch_drain(w);
		leave(w, i);
		report(w, i, RECORD_SCOPE_GONE, (struct record_scope){ 0 });
	}
	if (!has_any(&w->kernel.scopes))
		w->loop.over = true;
}

/* Returns whether its cgroup is waited for from now on. */
static bool look(struct watch *w, size_t i)
{
	struct scope *s = w->kernel.scopes.v[i];
	uint64_t missed;

	if (s->over)
		return false;
	if (!scope_gone(s)) {
		if (s->wait && scope_arrive(s, &missed) && missed)
			losses_incomplete(&w->losses,
					  "another cgroup with the name of the watched one was "
					  "created, and is not watched");
		return false;
	}
	if (!s->wait) {
		end(w, i);
		return false;
	}
	if (s->fd >= 0) {
		watch_drain(w);
		leave(w, i);
		report(w, i, RECORD_SCOPE_GONE, (struct record_scope){ 0 });
	}
	return true;
}

static void follow(struct watch *w)
{
	const struct scopes *s = &w->kernel.scopes;
	struct arrival v[SCOPES_MAX] = { 0 };
	uint64_t noticed = boottime_now();
	bool waits[SCOPES_MAX] = { false };
	uint32_t level = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		waits[i] = look(w, i);
	for (i = 0; i < s->n; i++) {
		if (!waits[i])
			continue;
		v[i].first = !w->watched[i];
		v[i].r = scope_arrive(s->v[i], &v[i].missed);
		if (v[i].r <= 0)
			arrive(w, i, v[i], noticed);
		waits[i] = v[i].r > 0;
	}
	/* the outermost first, as at the start */
	for (i = next_inward(s, 0, 0); i < s->n; i = next_inward(s, level, i + 1)) {
		level = s->v[i]->level;
		if (waits[i])
			arrive(w, i, v[i], noticed);
		waits[i] = false;
	}
}

void watch_scope(struct watch *w)
{
	const char *fault;
	size_t i;

	follow(w);
	for (i = 0; i < w->kernel.scopes.n; i++) {
		fault = scope_wait_fault(w->kernel.scopes.v[i]);
		if (fault)
			losses_incomplete(&w->losses, fault);
	}
}

const char *watch_scope_name(const struct watch *w, uint32_t number)
{
	const struct scopes *s = &w->kernel.scopes;

	return s->n > 1 && number && number <= s->n ? s->v[number - 1]->path : NULL;
}

const char *watch_never_there(const struct watch *w)
{
	size_t i;

	for (i = 0; i < w->kernel.scopes.n; i++)
		if (!w->watched[i] && !w->twins[i])
			return w->kernel.scopes.v[i]->path;
	return NULL;
}
