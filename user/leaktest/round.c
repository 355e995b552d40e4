/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round.h"

#include <errno.h>

#include "network/links_onlink.h"
#include "evaluate.h"
#include "guards.h"
#include "routes.h"
#include "base/util.h"

static bool hooks_work(const struct round *r)
{
	size_t i;

	if (r->shared->control.ifindex)
		return true;
	for (i = 0; i < r->out->plan.n; i++)
		if (r->shared->attempts[i].socks[0].ifindex)
			return true;
	return false;
}

/* A lookup uses the resolvers that have probes of their own. */
static const struct la_flow *refused_lookup(const struct round *r)
{
	const struct probe_plan *plan = &r->out->plan;
	const struct la_flow *flow = NULL;
	size_t i;

	for (i = 0; i < plan->n && !flow; i++)
		if (plan->v[i].kind->aim == PROBE_TO_RESOLVERS &&
		    plan->v[i].kind->transport == PROBE_UDP)
			flow = probe_hooks_refused(r->cfg->hooks, &plan->v[i]);
	return flow;
}

static bool is_onlink(const struct round *r, const struct la_flow *flow)
{
	const struct link *link = links_find(r->links, flow->key.ifindex);
	_cleanup_(freep) struct link_prefix *v = NULL;
	bool found = false;
	size_t n = 0, i;

	if (!link || !policy_exempts_lan(r->cfg->policy, links_tunnels_up(r->links)) ||
	    links_onlink(r->links, link, &v, &n))
		return false;
	for (i = 0; i < n && !found; i++)
		found = prefix_has(&v[i], &flow->key.daddr);
	return found;
}

static bool is_down(const struct round *r, uint32_t ifindex)
{
	const struct link *link = links_find(r->links, ifindex);

	return link && !link->up;
}

/*
 * Our hook at TC is before that of another leakaudit, whose record has no frames therefore. It
 * stops the frame if it has stopped a plain packet: one of the family, or any if it is to stop all
 * of the family. Without a plain packet that was sent, nothing is known.
 */
static void judge_frame(const struct round *r, const struct probe *p, struct probe_observation *e)
{
	const struct probe_guards *g = probe_hooks_guards(r->cfg->hooks);
	bool tried = false;
	size_t k;

	for (k = 0; k < r->out->plan.n && !e->guarded; k++) {
		const struct probe *plain = &r->out->plan.v[k];
		const struct probe_attempt *res = &r->shared->attempts[k];

		if (plain->kind->transport != PROBE_ICMP)
			continue;
		tried |= res->stage == PROBE_SENT;
		e->guarded = probe_guards_stopped(g, res->socks[0].cookie, p->ifindex,
						  plain->family == p->family ? 0 : p->family);
	}
	e->untried = !tried && !e->guarded && probe_guards_claim(g, p->ifindex, p->family);
}

/* Whether another leakaudit stops the probe. */
static void judge_guarded(const struct round *r, size_t i, struct probe_observation *e)
{
	const struct probe *p = &r->out->plan.v[i];
	const struct probe_sock *s = &r->shared->attempts[i].socks[0];

	e->guarded = probe_guards_stopped(probe_hooks_guards(r->cfg->hooks),
					  e->flow ? e->flow->key.cookie : s->cookie, 0, 0);
	if (p->kind->transport == PROBE_FRAME)
		judge_frame(r, p, e);
}

static void evaluate_one(struct round *r, size_t i, bool works)
{
	bool lookup = r->out->plan.v[i].kind->transport == PROBE_LOOKUP;
	struct probe_hooks *h = r->cfg->hooks;
	const struct probe *p = &r->out->plan.v[i];
	const struct probe_attempt *res = &r->shared->attempts[i];
	char behind[80];
	struct probe_observation e = {
		.flow = probe_hooks_flow(h, res),
		.foreign = probe_hooks_foreign(h),
		.hooks_work = works,
		.resolver = r->out->plan.resolver,
	};
	const struct la_flow *flow;
	uint32_t k;

	if (!e.flow && lookup)
		e.flow = probe_hooks_stray(h, r->shared->attempts, r->out->plan.n);
	flow = e.flow;
	judge_guarded(r, i, &e);
	if (!flow && lookup)
		flow = refused_lookup(r);
	else if (!flow && res->error == EPERM)
		flow = probe_hooks_refused(h, p);
	e.refused = flow && !e.flow;
	e.server = flow && !e.guarded && probe_route_is_host(p) &&
		   probe_servers_has(r->cfg->servers, &p->to);
	if (flow) {
		e.down = is_down(r, flow->key.ifindex);
		e.unanswered = probe_neighbours_has_any(r->neighbours, flow->key.ifindex,
							flow->key.family);
		e.to_nobody =
			probe_is_made_up(p) &&
			probe_neighbours_has(r->neighbours, flow->key.ifindex, &flow->key.daddr);
		if (probe_hooks_followed(h, flow->key.ifindex, behind, sizeof(behind)))
			e.followed = behind;
		e.path = probe_hooks_ifname(h, flow->key.ifindex);
		e.exempt = probe_exempt(flow, r->cfg->policy, is_onlink(r, flow));
		probe_hooks_cause(h, flow, &e.cause);
	}
	for (k = 0; k < MIN(res->n_socks, (uint32_t)PROBE_SOCKS_MAX) && !e.path; k++)
		e.path = probe_hooks_ifname(h, res->socks[k].ifindex);
	probe_evaluate(&r->out->results[i], p, res, &e);
}

/* Its source is from now on the address that it was sent from. */
static void use_other(struct probe *p, const struct probe_attempt *res)
{
	if (res->other && res->other <= p->n_others)
		p->source = p->others[res->other - 1];
}

int probe_round_evaluate(struct round *r)
{
	struct probe_round *out = r->out;
	bool works = hooks_work(r);
	size_t i;

	out->results = calloc(out->plan.n + 1, sizeof(*out->results));
	if (!out->results)
		return -ENOMEM;
	probe_hooks_drain(r->cfg->hooks);
	for (i = 0; i < out->plan.n; i++) {
		use_other(&out->plan.v[i], &r->shared->attempts[i]);
		evaluate_one(r, i, works);
	}
	return 0;
}
