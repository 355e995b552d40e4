/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completes the record of a leak, and passes it on or has it told with others. */
#include "priv.h"
#include "remedy.h"

/*
 * Changes of interfaces come in another queue than packets. They are read first, so that a tunnel
 * that fell is down.
 */
void watch_find_cause(struct watch *w, const struct la_flow *flow, struct cause *ret)
{
	struct causes *causes;

	namespaces_dispatch(w->kernel.namespaces);
	causes = namespaces_causes(w->kernel.namespaces, flow->key.netns);
	if (namespaces_was_unknown(w->kernel.namespaces, flow))
		ret->cause = RECORD_CAUSE_NEW_INTERFACE;
	else if (causes)
		cause_of(causes, flow, ret);
}

void watch_note_cause(struct watch *w, const struct la_flow *flow, struct flow_note *note)
{
	if (!note->has_cause)
		watch_find_cause(w, flow, &note->cause);
	note->has_cause = true;
}

void watch_name_place(struct watch *w, struct record_leak *l)
{
	l->ifname = namespaces_ifname(w->kernel.namespaces, l->flow.key.netns, l->flow.key.ifindex);
	l->netns = namespaces_name(w->kernel.namespaces, l->flow.key.netns);
}

void watch_tell_leak(struct watch *w, struct record *r, struct flow_note *note, uint64_t ktime)
{
	char remedy[REMEDY_MAX];
	struct record_source before;

	watch_note_cause(w, &r->leak.flow, note);
	cause_tell(&note->cause, &r->leak);
	watch_name_place(w, &r->leak);
	if (r->leak.flow.opened)
		r->leak.start = pipeline_time(r->leak.flow.opened);
	if (r->leak.state == RECORD_FLOW_CLOSE && note->last)
		r->leak.end = pipeline_time(note->last);
	r->leak.scope = watch_scope_name(w, r->leak.flow.scope);
	origins_look(w->accounts.origins, &r->leak.flow, &note->origin);
	if (origin_is_nat(&note->origin, &r->leak.flow, &before))
		r->leak.before_nat = &before;
	enrich_process(w->accounts.enrich, origin_owner(&note->origin, &r->leak.flow),
		       &r->leak.process);
	remedy_tell(w, &r->leak, remedy);
	if (ktime)
		r->time = pipeline_time(ktime);
	else
		clock_gettime(CLOCK_REALTIME, &r->time);
	snapshot_leak(w, r);
	if (w->aggregate && aggregate_take(w->aggregate, r, note, ktime_now()))
		return;
	pipeline_emit(w->out, r);
	if (note->acted || r->action != RECORD_LEAK || r->leak.outcome != RECORD_OUTCOME_LEFT)
		return;
	note->acted = true;
	on_leak_run(w->on_leak, r);
}

void watch_tell_aggregate(void *arg, struct record *r)
{
	struct watch *w = arg;

	pipeline_emit(w->out, r);
	if (r->action == RECORD_LEAK && r->leak.outcome == RECORD_OUTCOME_LEFT)
		on_leak_run(w->on_leak, r);
}
