/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "datapath/attach.h"
#include "datapath/bypass.h"
#include "host/proc.h"
#include "core/verdict.h"
#include "payload.h"
#include "priv.h"

/* The resolver that has sent it. What is forwarded may be known by its cgroup only. */
static const struct resolver *find_resolver(struct watch *w, const struct la_flow *flow,
					    struct flow_note *note)
{
	const struct resolver *ret;

	origins_look(w->accounts.origins, flow, &note->origin);
	ret = resolving_sender(w, origin_owner(&note->origin, flow));
	if (ret && note->origin.looked)
		note->origin.owner = ret->owner;
	return ret;
}

static void emit_leak(struct watch *w, const struct la_flow *flow, enum record_flow state,
		      enum record_outcome outcome, struct flow_note *note,
		      const struct payload_info *info, uint64_t ktime)
{
	const struct resolver *resolver = find_resolver(w, flow, note);
	struct record r = { .action = RECORD_LEAK };
	struct behalf behalf = { 0 };

	r.leak.flow = *flow;
	r.leak.state = state;
	r.leak.outcome = outcome;
	if (info && info->question.name[0]) {
		r.leak.dns_name = info->question.name;
		r.leak.dns_type = info->question.type;
	}
	if (info && info->server[0])
		r.leak.server_name = info->server;
	if (resolver && resolving_behalf(w, resolver, &r.leak, ktime, &behalf))
		r.leak.behalf = &behalf.record;
	watch_tell_leak(w, &r, note, ktime);
	behalf_clear(&behalf);
}

/* --- bypasses of the hooks --- */

static void report_bypass(struct watch *w, const struct la_event_task *e, bool refused)
{
	struct record r = { .action = RECORD_BYPASS, .time = pipeline_time(e->hdr.ktime) };

	r.bypass.how = e->hdr.kind == LA_KIND_XDP ? "AF_XDP" : "PACKET_QDISC_BYPASS";
	r.bypass.refused = refused;
	r.bypass.scope = watch_scope_name(w, e->scope);
	enrich_process(w->accounts.enrich, &e->owner, &r.bypass.process);
	r.bypass.netns = e->netns;
	r.bypass.cookie = e->cookie;
	pipeline_emit(w->out, &r);
	if (!refused)
		losses_bypass(&w->losses, &r.bypass);
}

static void report_left(struct watch *w, const struct la_event_task *e)
{
	struct record r = { .action = RECORD_SCOPE_LEFT, .time = pipeline_time(e->hdr.ktime) };

	r.left.scope = watch_scope_name(w, e->scope);
	enrich_process(w->accounts.enrich, &e->owner, &r.left.process);
	pipeline_emit(w->out, &r);
}

/* A held_fn. No hook has seen what this socket sent so far. */
static void on_held(void *arg, const struct la_held *held)
{
	const struct la_event_task e = {
		.hdr = { .kind = held->xdp ? LA_KIND_XDP : LA_KIND_BYPASS, .ktime = ktime_now() },
		.owner = held->owner,
		.netns = held->netns,
		.scope = held->scope,
	};
	struct watch *w = arg;
	int r = bypass_look(held, enrich_pid(w->accounts.enrich, &held->owner),
			    w->guarding.policy->drop);

	if (r < 0 && !proc_is_initial())
		losses_incomplete(&w->losses,
				  "a process's raw socket cannot be inspected: the process is not "
				  "visible in this pid namespace");
	if (r > 0 && !socket_scan_reported(&w->scan, held->inode))
		report_bypass(w, &e, false);
}

void watch_scan_sockets(struct watch *w)
{
	socket_scan_now(&w->scan, w->kernel.datapath, on_held, w);
}

/* The record of an event's flow as it is now. NULL: another flow has it. */
static const struct la_flow *record_now(const struct watch *w, const struct la_flow *flow,
					uint32_t id)
{
	uint32_t n;
	const struct la_flow *table = datapath_flows(w->kernel.datapath, &n);

	return id < n && table[id].opened == flow->opened ? &table[id] : NULL;
}

/* The egress hook asks the caller for each datagram that makes an event: bpf/caller.bpf.h. */
static bool is_senders(const struct la_flow *flow)
{
	return flow->key.proto == LA_PROTO_UDP && flow->attribution == LA_ATTR_SOCKET;
}

/*
 * Its process has ended and has not closed the socket: another one has it by fork(). Who has sent a
 * datagram may have ended since.
 */
static bool is_orphan(struct watch *w, const struct la_flow *flow, const struct la_event_flow *e)
{
	const struct la_flow *now = record_now(w, flow, e->id);

	return now && !now->released && flow->key.cookie && !is_senders(flow) &&
	       enrich_ended(w->accounts.enrich, &flow->owner, e->hdr.ktime);
}

/*
 * No hook sees the creation of an AF_PACKET socket, nor who sends by one that is connected: its
 * holder is looked up when it has sent.
 */
static void find_owner(struct watch *w, struct la_flow *flow, const struct la_event_flow *e)
{
	bool unknown = flow->attribution == LA_ATTR_UNKNOWN && flow->key.cookie;
	const struct la_flow *now;

	if (!unknown && !is_orphan(w, flow, e))
		return;
	if (socket_scan_request(&w->scan)) { /* else for later packets */
		watch_scan_sockets(w);
		if (!unknown) /* the owner is to be missing from a whole scan */
			watch_scan_sockets(w);
	}
	now = record_now(w, flow, e->id);
	if (!now)
		return;
	flow->owner = now->owner;
	flow->attribution = now->attribution;
}

/* As the record has them now: the event was made before its packet left. */
static void take_counts(struct watch *w, struct la_flow *flow, uint32_t id)
{
	const struct la_flow *now = record_now(w, flow, id);

	if (!now)
		return;
	flow->packets = now->packets;
	flow->bytes = now->bytes;
	flow->left_packets = now->left_packets;
	flow->left_bytes = now->left_bytes;
	flow->added_packets = now->added_packets;
	flow->added_bytes = now->added_bytes;
	flow->exempt_packets = now->exempt_packets;
	flow->exempt_bytes = now->exempt_bytes;
	flow->dropped_packets = now->dropped_packets;
	flow->dropped_bytes = now->dropped_bytes;
	flow->stopped = now->stopped;
}

void watch_flow(void *arg, const struct la_event_flow *e, enum record_outcome outcome)
{
	struct watch *w = arg;
	enum record_flow state;
	struct flow_note *note = flows_seen(w->accounts.flows, e, &state);
	struct flow_note gone = { .over = true };
	struct la_flow flow = e->flow;
	struct payload_info info;

	if (!note) { /* its end was reported already; this message is reported all the same */
		note = &gone;
		state = RECORD_FLOW_UPDATE;
	}
	take_counts(w, &flow, e->id);
	find_owner(w, &flow, e);
	flows_told(w->accounts.flows, e->id, &flow, e->hdr.ktime);
	payload_read(&w->accounts, w->kernel.datapath, e, &flow, &info);
	emit_leak(w, &flow, state, outcome, note, &info, e->hdr.ktime);
}

/* What became of the packet is known later, and the facts may have changed by then. */
static void on_flow(struct watch *w, const struct la_event_flow *e)
{
	struct flow_note *note = flows_note(w->accounts.flows, e->id, e->flow.opened);

	if (note) {
		watch_note_cause(w, &e->flow, note);
		origins_look(w->accounts.origins, &e->flow, &note->origin);
	}
	enrich_pid(w->accounts.enrich, &e->flow.owner); /* it may be forgotten by then */
	pending_add(w->accounts.pending, e);
}

/* An event without a flow: a refused connection, or a packet from outside. */
static void on_notice(struct watch *w, const struct la_event_flow *e)
{
	struct record r = { .action = RECORD_LEAK, .time = pipeline_time(e->hdr.ktime) };
	struct cause cause = { 0 };

	r.leak.flow = e->flow;
	r.leak.outcome = RECORD_OUTCOME_LEFT;
	if (e->flow.verdict == LA_VERDICT_DROPPED) {
		r.leak.outcome = RECORD_OUTCOME_DROPPED;
		r.leak.flow.dropped_packets = e->flow.packets;
		r.leak.flow.packets = 0;
	}
	r.leak.flow.left_packets = r.leak.flow.packets;
	r.leak.ingress = e->flow.hook == LA_HOOK_INGRESS;
	if (r.leak.ingress)
		la_key_reverse(&r.leak.flow.key);
	else
		watch_find_cause(w, &e->flow, &cause);
	cause_tell(&cause, &r.leak);
	watch_name_place(w, &r.leak);
	r.leak.scope = watch_scope_name(w, e->flow.scope);
	enrich_process(w->accounts.enrich, &e->flow.owner, &r.leak.process);
	pipeline_emit(w->out, &r);
	if (e->flow.detail == LA_DETAIL_FRAME && e->flow.verdict == LA_VERDICT_COUNTED)
		losses_incomplete(&w->losses, "a process sent frames that are not IP: what is "
					      "within them was not read");
}

/* Covers the namespace of a process. */
static int cover_netns(struct watch *w, uint64_t cookie, const struct la_owner *owner,
		       uint32_t scope)
{
	pid_t pid = enrich_pid(w->accounts.enrich, owner);
	struct netns *ns;
	int r = pid ? netns_open_pid(&ns, pid) : -ESRCH;

	if (r)
		return r;
	if (ns->cookie == cookie)
		return namespaces_add(w->kernel.namespaces, ns, scope);
	netns_free(ns); /* the process has left the namespace, or the pid was reused */
	return -ESRCH;
}

static void on_netns(struct watch *w, const struct la_event_task *e)
{
	/* else its interfaces stay unknown; the next socket there sends the event again */
	if (cover_netns(w, e->netns, &e->owner, e->scope) &&
	    namespaces_add_mounted(w->kernel.namespaces, e->netns))
		datapath_forget_netns(w->kernel.datapath, e->netns);
}

static void on_inside(struct watch *w, const struct la_event_flow *e)
{
	payload_address_leak(&w->accounts, w->kernel.namespaces, w->out, e,
			     watch_scope_name(w, e->flow.scope));
}

void watch_event(void *arg, const struct la_event_hdr *h)
{
	struct watch *w = arg;

	switch (h->kind) {
	case LA_KIND_FLOW:
		on_flow(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_NOTICE:
		if (((const struct la_event_flow *)h)->flow.refusal == LA_REFUSAL_RESOLVER)
			resolving_refused(w, (const struct la_event_flow *)h);
		else
			on_notice(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_ASKED:
		resolving_asked(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_CALLED:
		resolving_called(w, (const struct la_event_task *)h);
		break;
	case LA_KIND_UNCALLED:
		resolving_uncalled(w, (const struct la_event_task *)h);
		break;
	case LA_KIND_HEARD:
		resolving_heard(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_UPSTREAM:
		resolving_upstream(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_INSIDE:
		on_inside(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_PACKET:
		payload_packet(&w->accounts, &w->kernel, w->out, (const struct la_event_packet *)h);
		break;
	case LA_KIND_BYPASS:
	case LA_KIND_XDP:
		report_bypass(w, (const struct la_event_task *)h, w->guarding.policy->drop);
		break;
	case LA_KIND_NETNS:
		on_netns(w, (const struct la_event_task *)h);
		break;
	case LA_KIND_LEFT:
		report_left(w, (const struct la_event_task *)h);
		break;
	case LA_KIND_MOVED: /* its sockets count from now on */
		socket_scan_moved(&w->scan);
		break;
	}
}

void watch_drain(struct watch *w)
{
	struct fault f = { 0 };
	int r;

	if (datapath_events(w->kernel.datapath)) {
		completeness_lost(&w->losses.completeness,
				  "the ring buffer holds records of another version");
		w->loop.over = true;
	}
	r = attach_needed(w->kernel.datapath, &f);
	if (r)
		log_fault(r, &f);
	pending_look(w->accounts.pending, ktime_now());
	socket_scan_work(&w->scan, w->kernel.datapath, on_held, w);
}

/* --- flows --- */

static void on_report(void *arg, const struct la_flow *flow, enum record_flow state,
		      struct flow_note *note)
{
	emit_leak(arg, flow, state, record_outcome(flow), note, NULL, 0);
}

/* Sums of a guard's flow that ended must stay in its tables when we end. */
static void keep_sums(struct watch *w, const struct la_flow *f)
{
	uint16_t slot =
		(uint16_t)namespaces_slot(w->kernel.namespaces, f->key.netns, f->key.ifindex);
	const struct record_ends ends = record_ends(f);
	const struct {
		unsigned int exempt, verdict;
		struct la_sum sum;
	} cells[] = {
		{ LA_EXEMPT_NONE, LA_VERDICT_COUNTED, { f->packets, f->bytes } },
		{ LA_EXEMPT_NONE, LA_CELL_LEFT, ends.left },
		{ LA_EXEMPT_NONE, LA_VERDICT_DROPPED, ends.dropped },
		{ f->was_exempt, LA_VERDICT_COUNTED, record_exempt(f) },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cells); i++)
		if (cells[i].sum.packets) {
			const struct la_sum_key key = {
				.slot = slot,
				.scope = (uint16_t)f->scope,
				.cell = la_cell(f->cls, f->key.family, cells[i].exempt,
						cells[i].verdict),
			};

			if (datapath_retain_totals(w->kernel.datapath, &key, &cells[i].sum))
				completeness_lost(&w->losses.completeness,
						  "sums of flows that are over have no room in the "
						  "guard's tables");
		}
}

static void on_done(void *arg, const struct la_flow *flow, const struct flow_note *note, bool over)
{
	struct watch *w = arg;
	struct record_process process;

	if (over && w->guarding.guard)
		keep_sums(w, flow);
	measuring_flow(w, flow);
	snapshot_flow(w, flow, origin_owner(&note->origin, flow));
	enrich_process(w->accounts.enrich, origin_owner(&note->origin, flow), &process);
	accounts_add_flow(
		&w->accounts, flow,
		namespaces_ifname(w->kernel.namespaces, flow->key.netns, flow->key.ifindex),
		&process);
}

static int on_role(void *arg, const struct la_flow *flow, bool look)
{
	struct watch *w = arg;
	int role = w->kernel.namespaces ? namespaces_role(w->kernel.namespaces, flow->key.netns,
							  flow->key.ifindex)
					: -ENOENT;

	/* the process that the namespace was reported for may have ended: try this one */
	if (role < 0 && look && !cover_netns(w, flow->key.netns, &flow->owner, flow->scope))
		role = namespaces_role(w->kernel.namespaces, flow->key.netns, flow->key.ifindex);
	return role;
}

const struct flows_ops watch_flow_ops = { .role = on_role, .report = on_report, .done = on_done };

/* --- interfaces --- */

void watch_interface(void *arg, enum record_action action, const struct record_interface *i)
{
	struct watch *w = arg;
	struct record r = { .action = action, .interface = *i };

	if (action == RECORD_TUNNEL_UP || action == RECORD_TUNNEL_DOWN)
		accounts_tunnel(&w->accounts, &w->kernel, &r);
	if (w->ready && (action == RECORD_TUNNEL_UP || action == RECORD_TUNNEL_DOWN))
		snapshot_tunnel(w, &r);
	if (w->ready)
		pipeline_emit(w->out, &r);
	if (w->ready && action == RECORD_TUNNEL_DOWN)
		on_leak_run(w->on_leak, &r);
}
