/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What resolvers send outside: for whom it is, and whether the scope has to count it. */
#include <netinet/in.h>

#include "payload.h"
#include "priv.h"

static void tell(struct watch *w, struct upstream *up, const struct asks_matched *m,
		 enum record_flow state, const struct dns_question *q, uint64_t ktime)
{
	struct record r = { .action = m->match == ASKS_POSSIBLE ? RECORD_POSSIBLE : RECORD_LEAK };
	struct flow_note note = {
		.last = up->last, .told = up->told_ends, .acted = up->acted, .origin = up->origin
	};
	struct behalf behalf;

	behalf_make(w, m, &behalf);
	r.leak.flow = up->flow;
	r.leak.state = state;
	r.leak.outcome = RECORD_OUTCOME_LEFT;
	r.leak.behalf = &behalf.record;
	if (q && q->name[0]) {
		r.leak.dns_name = q->name;
		r.leak.dns_type = q->type;
	}
	watch_tell_leak(w, &r, &note, ktime);
	up->told_ends = note.told;
	up->acted = note.acted;
	up->origin = note.origin;
	behalf_clear(&behalf);
}

/* upstream_fn */
void resolving_over(void *arg, struct upstream *up)
{
	const struct la_flow *f = &up->flow;
	struct watch *w = arg;
	struct record_process process;

	if (!up->told)
		return;
	tell(w, up, &up->matched, RECORD_FLOW_CLOSE, NULL, 0);
	if (up->matched.match == ASKS_POSSIBLE) {
		accounts_add_possible(&w->accounts, f);
		return;
	}
	snapshot_flow(w, f, &f->owner);
	enrich_process(w->accounts.enrich, &f->owner, &process);
	accounts_add_flow(&w->accounts, f,
			  namespaces_ifname(w->kernel.namespaces, f->key.netns, f->key.ifindex),
			  &process);
}

static void count(struct watch *w, const struct la_event_flow *e, const struct la_owner *owner,
		  const struct asks_matched *m, const struct dns_question *q)
{
	const struct upstream_for what = { .certain = m->match != ASKS_POSSIBLE,
					   .scope = asks_scope(m) };
	struct upstream *up = upstreams_of(w->resolving.upstreams, e, what, resolving_over, w);
	enum record_flow state = up->told ? RECORD_FLOW_UPDATE : RECORD_FLOW_OPEN;

	if (!up->flow.owner.tgid)
		up->flow.owner = *owner;
	asks_merge(&up->matched, m);
	upstream_count(up, e);
	if (up->told && !q->name[0])
		return;
	up->told = true;
	tell(w, up, m, state, q, e->hdr.ktime);
	if (m->match == ASKS_POSSIBLE)
		losses_possible(&w->losses, owner);
}

/*
 * A packet of a stream without a question: it is counted with the last question of its stream, or
 * waits for the first one. False: its question cannot be read at all.
 */
static bool count_segment(struct watch *w, const struct la_event_flow *e)
{
	struct upstream *up;

	if (e->flow.detail != LA_DETAIL_DNS_TCP || e->flow.key.proto != IPPROTO_TCP)
		return false;
	up = upstreams_of(w->resolving.upstreams, e,
			  (struct upstream_for){ .certain = true, .any = true }, resolving_over, w);
	if (up->told)
		upstream_count(up, e);
	else
		record_add(&up->early, &(struct la_sum){ e->flow.packets, e->flow.bytes });
	up->last = e->hdr.ktime;
	return true;
}

/*
 * What goes on to home is judged where it leaves there. The interface may be so new that what is
 * told of it has not been read yet.
 */
static bool goes_on_inside(struct watch *w, const struct la_flow_key *k)
{
	struct namespaces *n = w->kernel.namespaces;

	return k->netns != namespaces_home(n)->cookie && !namespaces_dispatch(n) &&
	       namespaces_leads_inside(n, k->netns, k->ifindex);
}

/* What the one before it in a chain was asked may not have been heard where it is asked itself. */
static void find(struct watch *w, const struct resolver *who, struct asks_sent *sent,
		 struct asks_matched *ret)
{
	asks_find(w->resolving.asks, sent, ret);
	if (ret->match != ASKS_NONE || !who->asked_by)
		return;
	sent->resolver = who->asked_by;
	asks_find(w->resolving.asks, sent, ret);
}

/* What a container's resolver sends is forwarded, and who that is was noted where it came in. */
static struct la_owner sender_of(struct watch *w, const struct la_event_flow *e)
{
	struct origin origin = { 0 };

	origins_look(w->accounts.origins, &e->flow, &origin);
	return *origin_owner(&origin, &e->flow);
}

static const struct resolver *resolver_of(struct watch *w, const struct la_event_flow *e,
					  struct la_owner *sender)
{
	struct resolvers *r = w->resolving.resolvers;
	const struct resolver *who;

	*sender = sender_of(w, e);
	who = resolvers_by(r, sender);
	return who || !resolvers_follow(r) ? who : resolvers_by(r, sender);
}

void resolving_upstream(struct watch *w, const struct la_event_flow *e)
{
	struct asks_sent sent = { .ktime = e->hdr.ktime, .netns = e->flow.key.netns };
	const struct resolver *who;
	struct asks_matched m;
	struct la_owner sender;
	struct dns_question q;

	if (!w->resolving.resolvers)
		return;
	who = resolver_of(w, e, &sender);
	if (!who || goes_on_inside(w, &e->flow.key))
		return;
	if (e->flow.cls == LA_CLASS_DNS || e->flow.refusal != LA_REFUSAL_NONE)
		resolvers_stray(w->resolving.resolvers, who);
	sent.resolver = who->owner.tgid;
	sent.heard = who->heard;
	if (resolving_question(e, &q)) {
		sent.name = q.name;
		sent.type = q.type;
	}
	if (e->flow.refusal != LA_REFUSAL_NONE) {
		resolving_stopped(w, e, &sender, &sent);
		return;
	}
	if (!sent.name && count_segment(w, e))
		return;
	find(w, who, &sent, &m);
	if (m.match != ASKS_NONE)
		count(w, e, sender.tgid ? &sender : &who->owner, &m, &q);
}
