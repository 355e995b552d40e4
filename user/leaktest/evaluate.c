/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evaluate.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>

#include "routes.h"
#include "base/text.h"
#include "core/verdict.h"

struct evaluation {
	struct probe_result *result;
	const struct probe *probe;
	const struct probe_attempt *attempt;
	const struct probe_observation *seen;
};

static void say(const struct evaluation *ev, const char *fmt, va_list ap)
{
	struct text t;

	text_init(&t, ev->result->why, sizeof(ev->result->why));
	text_vadd(&t, fmt, ap);
}

static void set_result(const struct evaluation *ev, enum probe_status status, const char *fmt, ...)
	_printf_(3, 4);

static void set_result(const struct evaluation *ev, enum probe_status status, const char *fmt, ...)
{
	va_list ap;

	ev->result->status = status;
	va_start(ap, fmt);
	say(ev, fmt, ap);
	va_end(ap);
}

static void set_doubt(const struct evaluation *ev, enum probe_doubt doubt, const char *fmt, ...)
	_printf_(3, 4);

static void set_doubt(const struct evaluation *ev, enum probe_doubt doubt, const char *fmt, ...)
{
	va_list ap;

	ev->result->status = PROBE_UNKNOWN;
	ev->result->doubt = doubt;
	va_start(ap, fmt);
	say(ev, fmt, ap);
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

/* We let nothing of it out. Without a record it was refused before there was a packet. */
static bool is_stopped(const struct la_flow *flow)
{
	return !flow || (!flow->packets && !flow->exempt_packets);
}

/*
 * Whether it came to the last hook, where we stop it: TC egress, or the cgroup's where none behind
 * that sees it leave.
 */
static bool has_come(const struct la_flow *flow)
{
	return !flow || flow->left_packets ||
	       (flow->dropped_packets &&
		(flow->hook != LA_HOOK_CGROUP || flow->flags & LA_FF_UNSEEN));
}

static void take_cause(struct probe_result *f, const struct cause *c)
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
static void add_claim(struct text *t, const struct probe_result *f)
{
	if (f->claim[0])
		text_add(t, "; no LAN, since %s is %s's", f->claim, f->tunnel);
}

static void set_route(const struct evaluation *ev)
{
	struct probe_result *f = ev->result;
	struct text t;

	f->status = PROBE_FAIL;
	text_init(&t, f->why, sizeof(f->why));
	text_add(&t, "the route %s%s%s%s leads past the tunnel", f->prefix,
		 f->protocol[0] ? " (" : "", f->protocol, f->protocol[0] ? ")" : "");
	add_claim(&t, f);
}

static void set_leak(const struct evaluation *ev)
{
	const struct probe_observation *e = ev->seen;
	struct probe_result *f = ev->result;
	const char *words = cause_words(e->cause.cause);

	take_cause(f, &e->cause);
	f->stopped = is_stopped(e->flow);
	if (ev->probe->kind->transport == PROBE_FRAME)
		words = "below all routes and IP firewalls";
	if (f->cause == RECORD_CAUSE_ROUTE && f->prefix[0])
		set_route(ev);
	else if (f->cause == RECORD_CAUSE_RULE)
		set_result(ev, PROBE_FAIL, "the rule %u (%s) leads past the tunnel", f->priority,
			   f->selector);
	else if (e->foreign && e->flow && e->flow->flags & LA_FF_UNSEEN)
		set_result(ev, PROBE_FAIL, "%s, unless the program %s stops it", words, e->foreign);
	else
		set_result(ev, PROBE_FAIL, "%s", words);
}

unsigned int probe_exempt(const struct la_flow *flow, const struct policy *policy, bool onlink)
{
	const struct la_facts facts = {
		.flags = (onlink ? LA_FACT_ONLINK : 0) | policy_facts(policy, &flow->key, true),
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

/* By what it was stopped before it came to our last hook: enum la_stop. */
static unsigned int stopped_by(const struct evaluation *ev)
{
	unsigned int by = ev->seen->flow->stopped;

	/* behind our hook on the cgroup nothing but the others there tells the sender that */
	if (by == LA_STOP_UNKNOWN && ev->attempt->error == EPERM)
		return LA_STOP_CGROUP;
	return by == LA_STOP_UNKNOWN && ev->seen->unanswered ? LA_STOP_NEIGHBOUR : by;
}

/* A rule or a program refuses it again. What is only broken may work a moment later. */
static void set_held(const struct evaluation *ev, unsigned int by)
{
	switch (by) {
	case LA_STOP_CGROUP:
	case LA_STOP_NETFILTER:
	case LA_STOP_TC:
		if (by == LA_STOP_CGROUP && ev->seen->foreign)
			set_result(ev, PROBE_PASS, "stopped by the program %s on a cgroup",
				   ev->seen->foreign);
		else
			set_result(ev, PROBE_PASS, "stopped by %s", record_stop_words(by));
		break;
	case LA_STOP_NEIGHBOUR:
		set_doubt(ev, PROBE_DOUBT_LINE, "the gateway does not answer");
		break;
	case LA_STOP_UNKNOWN:
		set_result(ev, PROBE_UNKNOWN, "has not left, and nothing says what stopped it");
		break;
	default:
		set_doubt(ev, PROBE_DOUBT_LINE, "has not left: stopped by %s",
			  record_stop_words(by));
	}
}

/* It came to the last hook, where we stop it if we may. */
static void set_come(const struct evaluation *ev)
{
	const struct probe_observation *e = ev->seen;

	if (e->down)
		set_doubt(ev, PROBE_DOUBT_LINE, "%s has no carrier", ev->result->path);
	else if (e->followed && is_stopped(e->flow))
		set_doubt(ev, PROBE_DOUBT_FILTER, "was dropped before %s", e->followed);
	else
		set_leak(ev);
}

/* Only the address, which we made up, kept it from coming there. */
static bool would_have_come(const struct evaluation *ev)
{
	return ev->seen->to_nobody && stopped_by(ev) == LA_STOP_NEIGHBOUR;
}

static void evaluate_flow(const struct evaluation *ev)
{
	if (ev->seen->exempt == LA_EXEMPT_LAN)
		set_result(ev, PROBE_EXEMPT, "stays on the local link (lan)");
	else if (ev->seen->exempt == LA_EXEMPT_ALLOWED)
		set_result(ev, PROBE_EXEMPT, "allowed (--allow)");
	else if (ev->seen->guarded && (!ev->seen->flow || !ev->seen->flow->left_packets))
		set_result(ev, PROBE_PASS, "another leakaudit stops it");
	else if (ev->seen->untried)
		set_doubt(ev, PROBE_DOUBT_GUARD,
			  "nothing was sent that shows whether the guard works");
	else if (ev->seen->server)
		set_result(ev, PROBE_EXEMPT, "the tunnel's own server");
	else if (has_come(ev->seen->flow) || would_have_come(ev))
		set_come(ev);
	else
		set_held(ev, stopped_by(ev));
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

static void evaluate_error(const struct evaluation *ev)
{
	int error = ev->attempt->error;
	bool frame = ev->probe->kind->transport == PROBE_FRAME;

	if (ev->attempt->stage == PROBE_OPENING &&
	    (error == EAFNOSUPPORT || error == EPROTONOSUPPORT))
		set_result(ev, PROBE_PASS, "this machine has no such sockets");
	else if (ev->attempt->stage == PROBE_OPENING && (error == EPERM || error == EACCES))
		set_result(ev, PROBE_PASS, "such sockets are not permitted");
	else if (ev->attempt->stage == PROBE_SENT && ev->probe->kind->transport == PROBE_TCP)
		set_result(ev, PROBE_PASS, "refused by a firewall");
	else if (ev->attempt->stage == PROBE_SENT && error == ECONNREFUSED)
		set_result(ev, PROBE_PASS,
			   "no resolver can be reached"); /* what glibc returns then */
	else if (ev->attempt->stage == PROBE_BINDING && error == EADDRNOTAVAIL)
		set_doubt(ev, PROBE_DOUBT_ADDRESS, "no address of %s can be used",
			  ev->probe->ifname);
	else if (ev->attempt->stage == PROBE_BINDING && error == ENODEV)
		set_result(ev, PROBE_PASS, "%s does not exist any more", ev->probe->ifname);
	else if (frame && (error == EPERM || error == ENOBUFS))
		set_result(ev, PROBE_PASS, "stopped at the interface, by another program or nft");
	else if (ev->attempt->stage == PROBE_SENDING && error == EPERM)
		set_result(ev, PROBE_PASS, "refused by a firewall");
	else if (ev->attempt->stage == PROBE_SENDING && is_no_route(error))
		set_result(ev, PROBE_PASS, "no route for %s",
			   ev->probe->family == 6 ? "IPv6" : "IPv4");
	else if (error == ETIMEDOUT)
		set_result(ev, PROBE_UNKNOWN, "no answer came in time");
	else
		set_result(ev, PROBE_UNKNOWN, "could not be sent: %s", strerror(error));
}

/* A connect() that is still in progress has no error: TCP retransmits what a firewall drops. */
static void evaluate_unseen(const struct evaluation *ev)
{
	if (!ev->seen->hooks_work)
		set_result(ev, PROBE_UNKNOWN, "no proof: the hook did not see the control packet");
	else if (ev->attempt->error)
		evaluate_error(ev);
	else if (ev->probe->kind->transport == PROBE_TCP)
		set_result(ev, PROBE_PASS, "refused by a firewall");
	else
		set_result(ev, PROBE_UNKNOWN, "sent, but seen nowhere");
}

/* Returns the worst of a lookup's sockets. */
static const struct probe_sock *worst_sock(const struct probe_attempt *r)
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

static void evaluate_seen(const struct evaluation *ev, const struct probe_sock *s)
{
	if (s->role == LA_ROLE_TUNNEL)
		set_result(ev, PROBE_PASS, "into the tunnel");
	else if (s->role != LA_ROLE_LOOPBACK)
		set_result(ev, PROBE_UNKNOWN, "left there, but the kernel has no record of it");
	else if (ev->probe->kind->port == 53)
		set_result(ev, PROBE_UNKNOWN,
			   "a resolver of this machine; its own queries are not seen");
	else
		set_result(ev, PROBE_PASS, "stays on this machine");
}

/* Puts the route itself before the reason. */
static void name_route(const struct evaluation *ev)
{
	const struct route_entry *e = &ev->probe->route;
	struct probe_result *f = ev->result;
	char words[sizeof(f->why)];
	struct text t;

	memcpy(words, f->why, sizeof(words));
	text_init(&t, f->why, sizeof(f->why));
	text_add(&t, "route ");
	probe_route_name(&t, e);
	if (f->status == PROBE_FAIL && f->cause == RECORD_CAUSE_ROUTE) {
		text_add(&t, " goes past the tunnel");
		add_claim(&t, f);
	} else {
		text_add(&t, ": %s", words);
	}
	route_prefix_name(&e->dst, f->prefix, sizeof(f->prefix));
	route_protocol_name(e->protocol, f->protocol, sizeof(f->protocol));
}

void probe_evaluate(struct probe_result *ret, const struct probe *p, const struct probe_attempt *r,
		    const struct probe_observation *e)
{
	const struct evaluation ev = { ret, p, r, e };
	const struct probe_sock *s = worst_sock(r);

	*ret = (struct probe_result){ 0 };
	if (e->path)
		snprintf(ret->path, sizeof(ret->path), "%s", e->path);
	ret->ifindex = e->flow ? e->flow->key.ifindex : s ? s->ifindex : 0;
	if (e->flow || e->refused)
		evaluate_flow(&ev);
	else if (e->guarded)
		set_result(&ev, PROBE_PASS, "another leakaudit stops it");
	else if (r->stage == PROBE_LOCAL)
		set_result(&ev, PROBE_UNKNOWN,
			   "%s is a resolver of this machine; its own queries are not probes",
			   e->resolver ?: "the resolver");
	else if (r->stage == PROBE_NOT_RUN)
		set_result(&ev, PROBE_UNKNOWN, "was not sent in time");
	else if (s)
		evaluate_seen(&ev, s);
	else
		evaluate_unseen(&ev);
	if (p->kind->aim == PROBE_TO_ROUTES)
		name_route(&ev);
	probe_remedy(p, ret);
}
