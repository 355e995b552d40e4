/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "datapath/attach.h"
#include "datapath/bypass.h"
#include "host/proc.h"
#include "core/verdict.h"
#include "priv.h"

static void emit_leak(struct watch *w, const struct la_flow *flow, enum record_flow state,
		      enum record_outcome outcome, struct flow_note *note,
		      const struct payload_info *said, uint64_t ktime)
{
	struct record r = { .action = RECORD_LEAK };
	struct causes *causes = namespaces_causes(w->namespaces, flow->key.netns);

	if (state == RECORD_FLOW_OPEN && causes)
		cause_of(causes, flow, &note->cause);
	r.leak.flow = *flow;
	r.leak.state = state;
	r.leak.outcome = outcome;
	r.leak.cause = note->cause.cause;
	r.leak.route = cause_route(&note->cause);
	r.leak.ifname = namespaces_ifname(w->namespaces, flow->key.netns, flow->key.ifindex);
	enrich_process(w->enrich, &flow->owner, &r.leak.process);
	if (said && said->question.name[0]) {
		r.leak.dns_name = said->question.name;
		r.leak.dns_type = said->question.type;
	}
	if (said && said->server[0])
		r.leak.server_name = said->server;
	if (ktime)
		r.time = pipeline_time(ktime);
	pipeline_emit(w->out, &r);
}

/* --- past the hooks --- */

static void tell_bypass(struct watch *w, const struct la_event_task *e, bool refused)
{
	struct record r = { .action = RECORD_BYPASS, .time = pipeline_time(e->hdr.ktime) };

	r.bypass.how = e->hdr.kind == LA_KIND_XDP ? "AF_XDP" : "PACKET_QDISC_BYPASS";
	r.bypass.refused = refused;
	enrich_process(w->enrich, &e->owner, &r.bypass.process);
	r.bypass.netns = e->netns;
	r.bypass.cookie = e->cookie;
	pipeline_emit(w->out, &r);
	if (refused)
		return;
	w->bypasser_netns = e->netns;
	snprintf(w->bypasser, sizeof(w->bypasser), "%s[%u]", r.bypass.process.name ?: "process",
		 e->owner.tgid);
	completeness_lost(&w->completeness,
			  "a process sent past the queueing layer (PACKET_QDISC_BYPASS, "
			  "AF_XDP), where no hook sees it");
}

static bool was_told(struct watch *w, uint64_t inode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(w->bypassing); i++)
		if (w->bypassing[i] == inode)
			return true;
	w->bypassing[w->n_bypassing++ % ARRAY_SIZE(w->bypassing)] = inode;
	return false;
}

/* held_fn: what it has sent by then, no hook has seen. */
static void on_held(void *arg, const struct la_held *held)
{
	const struct la_event_task e = {
		.hdr = { .kind = held->xdp ? LA_KIND_XDP : LA_KIND_BYPASS, .ktime = ktime_now() },
		.owner = held->owner,
		.netns = held->netns,
	};
	struct watch *w = arg;
	int r = bypass_look(held, w->policy->drop);

	if (r < 0 && !proc_is_initial())
		watch_incomplete(w, "a process's raw socket cannot be looked at: its pid is of "
				    "another namespace");
	if (r > 0 && !was_told(w, held->inode))
		tell_bypass(w, &e, false);
}

/* A socket that is closed already has no owner to be found, so looks come soon
 * after each other; but they take no more than a twentieth of the time. */
#define SWEEP_PAUSE (NSEC_PER_SEC / 100)
#define SWEEP_SHARE 20
/* What a moved process brought along is sending already: no pause, unless very
 * many move. */
#define MOVES_AT_ONCE 32

/* A socket may be handed to a process, or be given a way past the hooks by a call that no
 * hook sees. A look takes 0.4 ms where there are 1500 open files; these take no more than
 * a hundredth of the time. */
#define LOOK_PAUSE NSEC_PER_SEC
#define LOOK_SHARE 100

void watch_look(struct watch *w)
{
	if (ktime_now() - w->scanned >= MAX(LOOK_PAUSE, w->scan_pause / SWEEP_SHARE * LOOK_SHARE))
		w->scan_wanted = true;
}

void watch_scan_sockets(struct watch *w)
{
	uint64_t began = ktime_now();

	attach_scan(w->datapath, on_held, w);
	datapath_bump_epoch(w->datapath);
	w->scanned = ktime_now();
	w->scan_wanted = false;
	w->scan_pause = MAX(SWEEP_PAUSE, (w->scanned - began) * SWEEP_SHARE);
}

/* No hook sees an AF_PACKET socket made: who holds it is looked up when it sends. */
static void find_owner(struct watch *w, struct la_flow *flow, uint32_t id)
{
	uint32_t n;
	const struct la_flow *table = datapath_flows(w->datapath, &n), *now = &table[id % n];

	if (flow->attribution != LA_ATTR_UNKNOWN || !flow->key.cookie || id >= n)
		return;
	if (ktime_now() - w->scanned < w->scan_pause)
		w->scan_wanted = true; /* for the packets to come */
	else
		watch_scan_sockets(w);
	if (now->opened != flow->opened)
		return;
	flow->owner = now->owner;
	flow->attribution = now->attribution;
}

/* As the record has them now: the event was made before its packet left. */
static void take_counts(struct watch *w, struct la_flow *flow, uint32_t id)
{
	uint32_t n;
	const struct la_flow *table = datapath_flows(w->datapath, &n), *now = &table[id % n];

	if (id >= n || now->opened != flow->opened)
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
	struct flow_note *note = flows_seen(w->flows, e, &state);
	struct flow_note gone = { 0 };
	struct la_flow flow = e->flow;
	struct payload_info said;

	if (!note) { /* its end was told already; this message still happened */
		note = &gone;
		state = RECORD_FLOW_UPDATE;
	}
	take_counts(w, &flow, e->id);
	find_owner(w, &flow, e->id);
	watch_read_payload(w, e, &flow, &said);
	emit_leak(w, &flow, state, outcome, note, &said, e->hdr.ktime);
}

/* What has no flow: a connection that was refused, a packet that came from outside. */
static void on_notice(struct watch *w, const struct la_event_flow *e)
{
	struct record r = { .action = RECORD_LEAK, .time = pipeline_time(e->hdr.ktime) };
	struct causes *causes = namespaces_causes(w->namespaces, e->flow.key.netns);
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
	else if (causes)
		cause_of(causes, &e->flow, &cause);
	r.leak.cause = cause.cause;
	r.leak.ifname = namespaces_ifname(w->namespaces, e->flow.key.netns, e->flow.key.ifindex);
	enrich_process(w->enrich, &e->flow.owner, &r.leak.process);
	pipeline_emit(w->out, &r);
}

/* The namespace that a process of it leads to. */
static int meet_netns(struct watch *w, uint64_t cookie, uint32_t tgid)
{
	struct netns *ns;
	int r = netns_open_pid(&ns, (pid_t)tgid);

	if (r)
		return r;
	if (ns->cookie == cookie)
		return namespaces_add(w->namespaces, ns);
	netns_free(ns); /* it has moved on, or the pid is another's */
	return -ESRCH;
}

static void on_netns(struct watch *w, const struct la_event_task *e)
{
	/* its interfaces stay unknown then; the next socket asks again */
	if (meet_netns(w, e->netns, e->owner.tgid))
		datapath_forget_netns(w->datapath, e->netns);
}

void watch_event(void *arg, const struct la_event_hdr *h)
{
	struct watch *w = arg;

	switch (h->kind) {
	case LA_KIND_FLOW:
		pending_add(w->pending, (const struct la_event_flow *)h);
		break;
	case LA_KIND_NOTICE:
		on_notice(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_INSIDE:
		watch_address_leak(w, (const struct la_event_flow *)h);
		break;
	case LA_KIND_PACKET:
		watch_packet(w, (const struct la_event_packet *)h);
		break;
	case LA_KIND_BYPASS:
	case LA_KIND_XDP:
		tell_bypass(w, (const struct la_event_task *)h, w->policy->drop);
		break;
	case LA_KIND_NETNS:
		on_netns(w, (const struct la_event_task *)h);
		break;
	case LA_KIND_MOVED: /* brings sockets that count from now on */
		w->scan_pause = w->moves++ < MOVES_AT_ONCE ? 0 : SWEEP_PAUSE;
		w->scan_wanted = true;
		break;
	}
}

void watch_drain(struct watch *w)
{
	if (datapath_events(w->datapath)) {
		completeness_lost(&w->completeness,
				  "the ring buffer holds records of another version");
		w->over = true;
	}
	pending_look(w->pending, ktime_now());
	if (w->scan_wanted && ktime_now() - w->scanned >= w->scan_pause)
		watch_scan_sockets(w);
}

/* --- flows --- */

static void on_report(void *arg, const struct la_flow *flow, enum record_flow state,
		      struct flow_note *note)
{
	emit_leak(arg, flow, state, record_outcome(flow), note, NULL, 0);
}

/* What ends in a guard's table is not to be forgotten when we go. */
static void keep_sums(struct watch *w, const struct la_flow *f)
{
	uint32_t slot = namespaces_slot(w->namespaces, f->key.netns, f->key.ifindex);
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
		if (cells[i].sum.packets)
			datapath_retain_totals(
				w->datapath, slot,
				la_cell(f->cls, f->key.family, cells[i].exempt, cells[i].verdict),
				cells[i].sum.packets, cells[i].sum.bytes);
}

static void on_done(void *arg, const struct la_flow *flow, bool over)
{
	struct watch *w = arg;
	struct record_process process;

	if (over && w->guard)
		keep_sums(w, flow);
	enrich_process(w->enrich, &flow->owner, &process);
	totals_add_flow(w->totals, flow,
			namespaces_ifname(w->namespaces, flow->key.netns, flow->key.ifindex),
			&process);
}

static int on_role(void *arg, const struct la_flow *flow, bool look)
{
	struct watch *w = arg;
	int role = w->namespaces
			   ? namespaces_role(w->namespaces, flow->key.netns, flow->key.ifindex)
			   : -ENOENT;

	/* who was seen first there may have ended before we looked: this one not yet */
	if (role < 0 && look && !meet_netns(w, flow->key.netns, flow->owner.tgid))
		role = namespaces_role(w->namespaces, flow->key.netns, flow->key.ifindex);
	return role;
}

const struct flows_ops watch_flow_ops = { .role = on_role, .report = on_report, .done = on_done };

/* --- interfaces --- */

void watch_interface(void *arg, enum record_action action, const struct record_interface *i)
{
	struct watch *w = arg;
	struct record r = { .action = action, .interface = *i };

	if (action == RECORD_TUNNEL_UP || action == RECORD_TUNNEL_DOWN)
		watch_tunnel(w, &r);
	if (w->ready)
		pipeline_emit(w->out, &r);
}
