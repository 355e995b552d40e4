/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolving.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "payload.h"
#include "priv.h"

/* Between two looks for resolvers that have come. */
#define LOOK_INTERVAL (5 * NSEC_PER_SEC)

unsigned int resolving_mode(const struct watch *w)
{
	switch (policy_resolver_mode(w->guarding.policy)) {
	case POLICY_RESOLVER_IGNORE:
		return LA_RESOLVER_IGNORE;
	case POLICY_RESOLVER_DROP:
		return LA_RESOLVER_DROP;
	default:
		return LA_RESOLVER_FOLLOW;
	}
}

static void look(struct watch *w)
{
	w->resolving.looked = ktime_now();
	resolvers_look(w->resolving.resolvers);
	if (!resolvers_are_deaf(w->resolving.resolvers))
		return;
	losses_incomplete(
		&w->losses,
		resolving_mode(w) == LA_RESOLVER_DROP
			? "who asks a resolver by a Unix socket can be neither seen nor "
			  "stopped: this kernel (before 6.7) lets no program look there. End "
			  "nscd, or take 'resolve' out of /etc/nsswitch.conf"
			: "who asks a resolver by a Unix socket cannot be seen: this "
			  "kernel lets no program look there");
}

int resolving_open(struct watch *w)
{
	const struct resolvers_config cfg = {
		.datapath = w->kernel.datapath,
		.namespaces = w->kernel.namespaces,
		.scopes = &w->kernel.scopes,
		.policy = w->guarding.policy,
		.refuses = resolving_mode(w) == LA_RESOLVER_DROP,
	};
	struct resolving *r = &w->resolving;
	int e = asks_open(&r->asks);

	if (!e)
		e = upstreams_open(&r->upstreams);
	if (!e)
		e = flows_behalf_open(&r->behalf);
	if (!e)
		e = resolvers_open(&r->resolvers, &cfg);
	if (!e)
		look(w);
	return e;
}

void resolving_close(struct resolving *r)
{
	resolvers_free(r->resolvers);
	flows_behalf_free(r->behalf);
	upstreams_free(r->upstreams);
	asks_free(r->asks);
}

/* --- for whom --- */

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

void behalf_clear(struct behalf *b)
{
	size_t i;

	for (i = 0; i < b->record.n; i++) {
		free((char *)b->askers[i].name);
		free((char *)b->askers[i].cgroup_path);
		free((char *)b->askers[i].unit);
	}
	b->record.n = 0;
}

static void describe(struct watch *w, const struct la_owner *who, struct record_asker *ret)
{
	struct record_process p;

	enrich_process(w->accounts.enrich, who, &p);
	*ret = (struct record_asker){ .pid = p.pid,
				      .name = copy(p.name),
				      .cgroup_path = copy(p.cgroup_path),
				      .unit = copy(p.unit),
				      .cgroup_id = p.cgroup_id };
}

void behalf_make(struct watch *w, const struct asks_matched *m, struct behalf *ret)
{
	size_t i;

	ret->record = (struct record_behalf){ .match = asks_match_name(m->match),
					      .possible = m->match == ASKS_POSSIBLE,
					      .v = ret->askers,
					      .n = m->n };
	for (i = 0; i < m->n; i++) {
		describe(w, &m->who[i], &ret->askers[i]);
		ret->askers[i].scope = watch_scope_name(w, m->scopes[i]);
	}
}

const struct resolver *resolving_sender(const struct watch *w, const struct la_owner *owner)
{
	const struct resolvers *r = w->resolving.resolvers;

	return r && (owner->tgid || owner->cgroup) ? resolvers_by(r, owner) : NULL;
}

bool resolving_behalf(struct watch *w, const struct resolver *sender, const struct record_leak *l,
		      uint64_t ktime, struct behalf *ret)
{
	const struct asks_sent sent = { .ktime = ktime,
					.resolver = sender->owner.tgid,
					.netns = l->flow.key.netns,
					.name = l->dns_name,
					.type = l->dns_type };
	const struct asks_matched *told;
	struct asks_matched m;

	if (!sent.name) {
		told = flows_behalf_of(w->resolving.behalf, &l->flow);
		if (told)
			behalf_make(w, told, ret);
		return told;
	}
	asks_find(w->resolving.asks, &sent, &m);
	if (m.match < ASKS_SHARED)
		return false;
	flows_behalf_add(w->resolving.behalf, &l->flow, &m);
	behalf_make(w, &m, ret);
	return true;
}

/* --- questions --- */

bool resolving_question(const struct la_event_flow *e, struct dns_question *q)
{
	q->name[0] = '\0';
	if (e->content == LA_CONTENT_MESSAGE)
		payload_question(e, q);
	return q->name[0];
}

static struct la_resolver_place place_of(const struct la_event_flow *e)
{
	return (struct la_resolver_place){ .netns = e->flow.key.netns,
					   .addr = e->flow.key.daddr,
					   .port = e->flow.key.dport,
					   .proto = e->flow.key.proto };
}

const struct resolver *resolving_whom(struct watch *w, const struct la_event_flow *e, bool *hidden)
{
	const struct la_resolver_place at = place_of(e);

	if (e->flow.detail != LA_DETAIL_DOH)
		return resolvers_at(w->resolving.resolvers, &at, hidden);
	*hidden = false;
	return resolvers_at_tls(w->resolving.resolvers, &at);
}

static void add_ask(struct watch *w, const struct la_event_flow *e, uint64_t netns,
		    const struct resolver *who, bool ours)
{
	struct dns_question q;
	bool named = resolving_question(e, &q);
	const struct ask ask = { .ktime = e->hdr.ktime,
				 .resolver = who ? who->owner.tgid : 0,
				 .netns = netns,
				 .ours = ours,
				 .name = named ? q.name : NULL,
				 .type = named ? q.type : NULL,
				 .from = e->flow.key.saddr,
				 .port = e->flow.key.sport,
				 .who = e->flow.owner,
				 .scope = e->flow.scope };

	asks_add(w->resolving.asks, &ask);
}

void resolving_asked(struct watch *w, const struct la_event_flow *e)
{
	const struct resolver *who;
	bool hidden = false;

	if (!w->resolving.resolvers)
		return;
	if (e->flow.refusal != LA_REFUSAL_NONE) {
		resolving_refused(w, e);
		return;
	}
	who = resolving_whom(w, e, &hidden);
	if (who && who->owner.tgid == e->flow.owner.tgid) /* it asks outside by a veth pair */
		who = NULL;
	if (hidden)
		losses_incomplete(&w->losses,
				  "the process of a resolver that the scope asks cannot be found");
	if (who && !who->covered)
		losses_incomplete(&w->losses,
				  "a resolver that the scope asks is in a namespace not watched");
	add_ask(w, e, e->flow.key.netns, who, true);
}

void resolving_called(struct watch *w, const struct la_event_task *e)
{
	const struct ask ask = { .ktime = e->hdr.ktime,
				 .resolver = (uint32_t)e->cookie,
				 .ours = true,
				 .who = e->owner,
				 .scope = e->scope };

	if (w->resolving.resolvers)
		asks_add(w->resolving.asks, &ask);
}

void resolving_heard(struct watch *w, const struct la_event_flow *e)
{
	struct la_resolver_place at = place_of(e);
	const struct resolver *who;
	bool hidden;

	if (!w->resolving.resolvers)
		return;
	at.netns = namespaces_home(w->kernel.namespaces)->cookie;
	who = resolvers_at(w->resolving.resolvers, &at, &hidden);
	add_ask(w, e, at.netns, who, false);
}

/* --- all the time --- */

static bool asks_past_the_tunnel(const struct resolvers *r)
{
	const struct resolver *who;
	size_t i;

	for (i = 0; (who = resolvers_next(r, i)); i++)
		if (who->asked_by && who->told.way == LA_WAY_EXPOSED)
			return true;
	return false;
}

/* Of one that encrypts nothing has told before. */
static void follow_chains(struct watch *w)
{
	struct resolvers *r = w->resolving.resolvers;

	if (resolvers_follow(r) && asks_past_the_tunnel(r) &&
	    asks_any(w->resolving.asks, ktime_now()))
		losses_incomplete(&w->losses, "a resolver behind the one that the scope asks was "
					      "found only after a question");
}

void resolving_tick(struct watch *w)
{
	struct resolving *r = &w->resolving;

	if (!r->resolvers)
		return;
	upstreams_expire(r->upstreams, ktime_now(), resolving_over, w);
	follow_chains(w);
	resolvers_find_ways(r->resolvers);
	if (ktime_now() - r->looked < LOOK_INTERVAL)
		return;
	look(w);
}

/* Whether there are namespaces where no look has been. */
static bool grew(struct watch *w)
{
	size_t n = 0, before = w->resolving.n_netns;

	while (namespaces_each(w->kernel.namespaces, n))
		n++;
	w->resolving.n_netns = n;
	return n > before;
}

void resolving_follow(struct watch *w)
{
	struct resolving *r = &w->resolving;
	uint64_t changes = namespaces_changes(w->kernel.namespaces);

	if (!r->resolvers || r->changes == changes)
		return;
	r->changes = changes;
	if (grew(w)) /* the first question may follow at once */
		look(w);
	resolvers_changed(r->resolvers);
}

void resolving_end(struct watch *w)
{
	if (w->resolving.resolvers)
		upstreams_expire(w->resolving.upstreams, UINT64_MAX, resolving_over, w);
}
