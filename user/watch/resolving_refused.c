/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions that were refused: the resolver's way out is exposed, or not known. */
#include "payload.h"
#include "priv.h"

static void tell(struct watch *w, struct record *r, const struct resolver *who)
{
	struct record_asker resolver = { 0 };

	if (who) {
		resolver.pid = who->owner.tgid;
		resolver.name = who->owner.comm;
		r->leak.resolver = &resolver;
	}
	r->action = RECORD_LEAK;
	r->leak.outcome = RECORD_OUTCOME_DROPPED;
	r->leak.flow.refusal = LA_REFUSAL_RESOLVER;
	r->leak.flow.verdict = LA_VERDICT_DROPPED;
	r->leak.scope = watch_scope_name(w, r->leak.flow.scope);
	enrich_process(w->accounts.enrich, &r->leak.flow.owner, &r->leak.process);
	pipeline_emit(w->out, r);
	r->leak.resolver = NULL;
}

/* One that is not known is looked for: if its way out is a tunnel, the next question is let
 * through. */
void resolving_refused(struct watch *w, const struct la_event_flow *e)
{
	const struct la_resolver_place at = resolving_place(e);
	struct record r = { .time = pipeline_time(e->hdr.ktime), .leak.flow = e->flow };
	const struct resolver *who = NULL;
	struct dns_question q;
	bool hidden;

	if (w->resolving.resolvers)
		who = resolving_whom(w, e, &hidden);
	r.leak.flow.dropped_packets = e->flow.packets;
	r.leak.flow.dropped_bytes = e->flow.bytes;
	r.leak.flow.packets = r.leak.flow.bytes = 0;
	if (resolving_question(e, &q)) {
		r.leak.dns_name = q.name;
		r.leak.dns_type = q.type;
	}
	r.leak.ifname = namespaces_ifname(w->kernel.namespaces, at.netns, e->flow.key.ifindex);
	r.leak.netns = namespaces_name(w->kernel.namespaces, at.netns);
	tell(w, &r, who);
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
		tell(w, &r, resolvers_by_pid(w->resolving.resolvers, (uint32_t)e->cookie));
}
