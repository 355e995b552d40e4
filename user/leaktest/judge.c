/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>

#include "routes.h"
#include "base/text.h"
#include "core/verdict.h"

struct judge {
	struct probe_finding *f;
	const struct probe *p;
	const struct probe_result *r;
	const struct probe_evidence *e;
};

static void say(const struct judge *j, enum probe_verdict verdict, const char *fmt, ...)
	_printf_(3, 4);

static void say(const struct judge *j, enum probe_verdict verdict, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	j->f->verdict = verdict;
	text_init(&t, j->f->why, sizeof(j->f->why));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
}

/* --- seen on an exposed interface --- */

static const char *cause_words(enum record_cause c)
{
	switch (c) {
	case RECORD_CAUSE_NO_TUNNEL:
		return "there is no tunnel";
	case RECORD_CAUSE_TUNNEL_DOWN:
		return "the tunnel is down";
	case RECORD_CAUSE_TUNNEL_ADDRESS:
		return "with the address of a fallen tunnel";
	case RECORD_CAUSE_TUNNEL_PROBED:
		return "with the tunnel's address, past it";
	case RECORD_CAUSE_BOUND:
		return "bound past the tunnel";
	case RECORD_CAUSE_ROUTE:
		return "a route leads past the tunnel";
	case RECORD_CAUSE_RULE:
		return "a rule leads past the tunnel";
	case RECORD_CAUSE_FAMILY:
		return "the tunnel has no IPv6";
	case RECORD_CAUSE_RESOLVER:
		return "the resolver is outside of the tunnel";
	default:
		return "past the tunnel";
	}
}

/* It was stopped before the wire. Without a record it was refused before there was a packet. */
static bool is_stopped(const struct la_flow *flow)
{
	return !flow || (!flow->packets && !flow->exempt_packets);
}

static void take_cause(struct probe_finding *f, const struct cause *c)
{
	f->cause = c->cause;
	snprintf(f->prefix, sizeof(f->prefix), "%s", c->prefix);
	snprintf(f->protocol, sizeof(f->protocol), "%s", c->protocol);
	snprintf(f->selector, sizeof(f->selector), "%s", c->selector);
	f->priority = c->priority;
	if (!c->claim[0])
		return;
	snprintf(f->tunnel, sizeof(f->tunnel), "%s", c->tunnel);
	snprintf(f->claim, sizeof(f->claim), "%s", c->claim);
}

/* Why a range of the link's is no LAN. */
static void add_claim(struct text *t, const struct probe_finding *f)
{
	if (f->claim[0])
		text_add(t, "; no LAN, since %s is %s's", f->claim, f->tunnel);
}

static void say_route(const struct judge *j)
{
	struct probe_finding *f = j->f;
	struct text t;

	f->verdict = PROBE_FAIL;
	text_init(&t, f->why, sizeof(f->why));
	text_add(&t, "the route %s%s%s%s leads past the tunnel", f->prefix,
		 f->protocol[0] ? " (" : "", f->protocol, f->protocol[0] ? ")" : "");
	add_claim(&t, f);
}

static void say_leak(const struct judge *j)
{
	const struct probe_evidence *e = j->e;
	struct probe_finding *f = j->f;
	const char *words = cause_words(e->cause.cause);

	take_cause(f, &e->cause);
	f->stopped = is_stopped(e->flow);
	if (j->p->kind->transport == PROBE_FRAME)
		words = "below all routes and IP firewalls";
	if (f->cause == RECORD_CAUSE_ROUTE && f->prefix[0])
		say_route(j);
	else if (f->cause == RECORD_CAUSE_RULE)
		say(j, PROBE_FAIL, "the rule %u (%s) leads past the tunnel", f->priority,
		    f->selector);
	else if (e->foreign)
		say(j, PROBE_FAIL, "%s, unless the program %s stops it", words, e->foreign);
	else
		say(j, PROBE_FAIL, "%s", words);
}

unsigned int probe_exempt(const struct la_flow *flow, const struct policy *policy, bool onlink)
{
	const struct la_facts facts = {
		.flags = (onlink ? LA_FACT_ONLINK : 0) |
			 (policy->lan_leaks ? 0 : LA_FACT_LAN_EXEMPT) |
			 (policy_allows(policy, &flow->key) ? LA_FACT_ALLOWED : 0),
	};
	const struct la_label label = { .cls = flow->cls, .detail = flow->detail };
	/* probes are none of the messages that keep the link alive */
	const struct la_packet packet = { .key = flow->key,
					  .icmp_type = ICMP6_ECHO_REQUEST,
					  .hops = 64 };
	struct la_judgement judgement;

	la_evaluate(&packet, &label, &facts, &judgement);
	return judgement.exempt;
}

static void judge_flow(const struct judge *j)
{
	if (j->e->exempt == LA_EXEMPT_LAN)
		say(j, PROBE_EXEMPT, "stays on the local link (lan)");
	else if (j->e->exempt == LA_EXEMPT_ALLOWED)
		say(j, PROBE_EXEMPT, "allowed (--allow)");
	else if (j->e->guarded && is_stopped(j->e->flow))
		say(j, PROBE_PASS, "another leakaudit stops it");
	else if (j->e->server)
		say(j, PROBE_EXEMPT, "the tunnel's own server");
	else
		say_leak(j);
}

/* --- seen elsewhere, or nowhere --- */

/* Errors of a route that does not exist, or is a blackhole, prohibit or unreachable one. */
static bool is_no_route(int error)
{
	switch (error) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EINVAL:
	case EACCES:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case ENODEV:
	case ENXIO:
		return true;
	}
	return false;
}

static void judge_error(const struct judge *j)
{
	int error = j->r->error;
	bool frame = j->p->kind->transport == PROBE_FRAME;

	if (j->r->stage == PROBE_OPENING && (error == EAFNOSUPPORT || error == EPROTONOSUPPORT))
		say(j, PROBE_PASS, "this machine has no such sockets");
	else if (j->r->stage == PROBE_OPENING && (error == EPERM || error == EACCES))
		say(j, PROBE_PASS, "such sockets are not permitted");
	else if (j->r->stage == PROBE_SENT && j->p->kind->transport == PROBE_TCP)
		say(j, PROBE_PASS, "refused by a firewall");
	else if (j->r->stage == PROBE_SENT && error == ECONNREFUSED)
		say(j, PROBE_PASS, "no resolver can be reached"); /* what glibc returns then */
	else if (j->r->stage == PROBE_BINDING && (error == ENODEV || error == EADDRNOTAVAIL))
		say(j, PROBE_PASS, "%s does not exist any more", j->p->ifname);
	else if (frame && (error == EPERM || error == ENOBUFS))
		say(j, PROBE_PASS, "stopped at the interface, by another program or nft");
	else if (j->r->stage == PROBE_SENDING && error == EPERM)
		say(j, PROBE_PASS, "refused by a firewall");
	else if (j->r->stage == PROBE_SENDING && is_no_route(error))
		say(j, PROBE_PASS, "no route for %s", j->p->family == 6 ? "IPv6" : "IPv4");
	else
		say(j, PROBE_UNKNOWN, "could not be sent: %s", strerror(error));
}

/* A connect() that is still in progress has no error: TCP retransmits what a firewall drops. */
static void judge_unseen(const struct judge *j)
{
	if (!j->e->hooks_work)
		say(j, PROBE_UNKNOWN, "no proof: the hook did not see the control packet");
	else if (j->r->error)
		judge_error(j);
	else if (j->p->kind->transport == PROBE_TCP)
		say(j, PROBE_PASS, "refused by a firewall");
	else
		say(j, PROBE_UNKNOWN, "sent, but seen nowhere");
}

/* Returns the worst of a lookup's sockets. */
static const struct probe_sock *seen(const struct probe_result *r)
{
	const struct probe_sock *best = NULL;
	uint32_t i;

	for (i = 0; i < MIN(r->n_socks, (uint32_t)PROBE_SOCKS_MAX); i++) {
		const struct probe_sock *s = &r->socks[i];

		if (s->ifindex && (!best || best->role == LA_ROLE_TUNNEL))
			best = s;
	}
	return best;
}

static void judge_seen(const struct judge *j, const struct probe_sock *s)
{
	if (s->role == LA_ROLE_TUNNEL)
		say(j, PROBE_PASS, "into the tunnel");
	else if (s->role != LA_ROLE_LOOPBACK)
		say(j, PROBE_UNKNOWN, "left there, but the kernel has no record of it");
	else if (j->p->kind->port == 53)
		say(j, PROBE_UNKNOWN, "a resolver of this machine; its own queries are not seen");
	else
		say(j, PROBE_PASS, "stays on this machine");
}

/* Puts the route itself before the reason. */
static void name_route(const struct judge *j)
{
	const struct route_entry *e = &j->p->route;
	struct probe_finding *f = j->f;
	char words[sizeof(f->why)];
	struct text t;

	memcpy(words, f->why, sizeof(words));
	text_init(&t, f->why, sizeof(f->why));
	text_add(&t, "route ");
	probe_route_name(&t, e);
	if (f->verdict == PROBE_FAIL && f->cause == RECORD_CAUSE_ROUTE) {
		text_add(&t, " goes past the tunnel");
		add_claim(&t, f);
	} else {
		text_add(&t, ": %s", words);
	}
	route_prefix_name(&e->dst, f->prefix, sizeof(f->prefix));
	route_protocol_name(e->protocol, f->protocol, sizeof(f->protocol));
}

void probe_judge(struct probe_finding *ret, const struct probe *p, const struct probe_result *r,
		 const struct probe_evidence *e)
{
	const struct judge j = { ret, p, r, e };
	const struct probe_sock *s = seen(r);

	*ret = (struct probe_finding){ 0 };
	if (e->path)
		snprintf(ret->path, sizeof(ret->path), "%s", e->path);
	ret->ifindex = e->flow ? e->flow->key.ifindex : s ? s->ifindex : 0;
	if (e->flow || e->refused)
		judge_flow(&j);
	else if (e->guarded)
		say(&j, PROBE_PASS, "another leakaudit stops it");
	else if (r->stage == PROBE_LOCAL)
		say(&j, PROBE_UNKNOWN,
		    "%s is a resolver of this machine; its own queries are not probes",
		    e->resolver ?: "the resolver");
	else if (r->stage == PROBE_NOT_RUN)
		say(&j, PROBE_UNKNOWN, "was not sent in time");
	else if (s)
		judge_seen(&j, s);
	else
		judge_unseen(&j);
	if (p->kind->aim == PROBE_TO_ROUTES)
		name_route(&j);
	probe_remedy(p, ret);
}
