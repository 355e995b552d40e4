/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that were refused: the resolver's way out is exposed, or not known. And what a resolver
 * was stopped from sending for one that was let through.
 */
#include <limits.h>
#include <stdio.h>

#include "payload.h"
#include "priv.h"

static void tell(struct watch *w, struct record *r)
{
	r->action = RECORD_LEAK;
	r->leak.outcome = RECORD_OUTCOME_DROPPED;
	r->leak.flow.refusal = LA_REFUSAL_RESOLVER;
	r->leak.flow.verdict = LA_VERDICT_DROPPED;
	r->leak.scope = watch_scope_name(w, r->leak.flow.scope);
	enrich_process(w->accounts.enrich, &r->leak.flow.owner, &r->leak.process);
	pipeline_emit(w->out, r);
}

static void tell_of(struct watch *w, struct record *r, const struct resolver *who)
{
	struct record_asker resolver = { 0 };
	struct record_process p;
	char name[NAME_MAX + 1];

	if (who) {
		enrich_process(w->accounts.enrich, &who->owner, &p);
		snprintf(name, sizeof(name), "%s", p.name ?: "");
		resolver.pid = who->owner.tgid;
		resolver.name = name;
		r->leak.resolver = &resolver;
	}
	tell(w, r);
	r->leak.resolver = NULL;
}

static struct record record_of(struct watch *w, const struct la_event_flow *e,
			       const struct dns_question *q)
{
	struct record r = { .time = pipeline_time(e->hdr.ktime), .leak.flow = e->flow };

	r.leak.flow.dropped_packets = e->flow.packets;
	r.leak.flow.dropped_bytes = e->flow.bytes;
	r.leak.flow.packets = r.leak.flow.bytes = 0;
	if (q->name[0]) {
		r.leak.dns_name = q->name;
		r.leak.dns_type = q->type;
	}
	r.leak.ifname =
		namespaces_ifname(w->kernel.namespaces, e->flow.key.netns, e->flow.key.ifindex);
	r.leak.netns = namespaces_name(w->kernel.namespaces, e->flow.key.netns);
	return r;
}

/* One that is not known is looked for: if its way out is a tunnel, the next question is let
 * through. */
void resolving_refused(struct watch *w, const struct la_event_flow *e)
{
	const struct resolver *who = NULL;
	struct dns_question q;
	struct record r;
	bool hidden;

	if (w->resolving.resolvers)
		who = resolving_whom(w, e, &hidden);
	resolving_question(e, &q);
	r = record_of(w, e, &q);
	tell_of(w, &r, who);
}

/* Nobody can tell for sure for whom it was: if not by its name, it may be for all who have asked. */
void resolving_stopped(struct watch *w, const struct la_event_flow *e,
		       const struct la_owner *sender, struct asks_sent *sent)
{
	struct asks_matched m;
	struct behalf behalf;
	struct dns_question q;
	struct record r;

	asks_find(w->resolving.asks, sent, &m);
	if (m.match == ASKS_NONE) {
		sent->name = sent->type = NULL;
		asks_find(w->resolving.asks, sent, &m);
	}
	resolving_question(e, &q);
	r = record_of(w, e, &q);
	r.leak.flow.owner = *sender;
	r.leak.flow.scope = (uint8_t)asks_scope(&m);
	behalf_make(w, &m, &behalf);
	r.leak.behalf = m.n ? &behalf.record : NULL;
	tell(w, &r);
	behalf_clear(&behalf);
}

void resolving_uncalled(struct watch *w, const struct la_event_task *e)
{
	struct record r = { .time = pipeline_time(e->hdr.ktime),
			    .leak.flow = { .owner = e->owner,
					   .attribution = LA_ATTR_SOCKET,
					   .hook = LA_HOOK_CONNECT,
					   .cls = LA_CLASS_DNS,
					   .scope = (uint8_t)e->scope,
					   .dropped_packets = 1 } };

	if (w->resolving.resolvers)
		tell_of(w, &r, resolvers_by_pid(w->resolving.resolvers, (uint32_t)e->cookie));
}
