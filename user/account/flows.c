/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flows.h"

#include <errno.h>
#include <netinet/in.h>

#include "datapath/grace.h"
#include "news.h"

/*
 * Without packets for so long a flow has ended. After a process closes a TCP socket the kernel
 * still sends: FIN, and in TIME-WAIT (60 s on Linux) answers to what the peer repeats.
 */
#define IDLE_RELEASED_TCP (65 * NSEC_PER_SEC)
#define IDLE_DATAGRAM (30 * NSEC_PER_SEC) /* conntrack's value for UDP */
#define IDLE_STREAM (3600 * NSEC_PER_SEC)
/* The limit if the table is three quarters full, for all but open connections. */
#define IDLE_CROWDED (2 * NSEC_PER_SEC)
/*
 * The limit for datagrams if it is seven eighths full, until it is less than three quarters. Who
 * goes on later is told as another flow, and all of them are told: 20,000 new ones a second.
 */
#define IDLE_PRESSED (NSEC_PER_SEC / 10)

/* Between two sweeps while there is little room. */
#define SWEEP_PRESSED_MS 20
/* Until the first records are free: two sweeps, the grace in between, and a busy machine. */
#define PRESSED_FOR (NSEC_PER_SEC / 4)

/* How long is swept at once, since the ring fills meanwhile; and records between two looks at the
 * clock. */
#define SWEEP_FOR (NSEC_PER_SEC / 200)
#define CLOCK_EVERY 64

/*
 * The time between removing a record from the hash and reading its last counts. A program that
 * looked the record up before that has ended by then: programs run for microseconds. Where there is
 * no time, the kernel is asked.
 */
#define GRACE NSEC_PER_SEC

/* After this time without data on a namespace, its interfaces count as unknown interfaces. */
#define PENDING_MAX (2 * NSEC_PER_SEC)

/* What was reported of a flow. Valid while opened equals that of the record. */
struct shadow {
	uint64_t opened;
	uint64_t total; /* counted() at the last sweep */
	uint64_t active; /* when total grew last */
	struct news news;
	uint64_t closing; /* when we have ended it, or found it retired */
	uint64_t period; /* by which it is known that no program has it; see grace.h */
	bool retired; /* by the programs, see bpf/recycle.bpf.h */
	bool keyless; /* at the last look it had no key, or was not ours to end */
	struct flow_note note;
};

struct flows {
	struct datapath *k;
	struct la_flow *table;
	struct shadow *shadows;
	uint32_t n;
	uint64_t interval;
	uint32_t at; /* where the sweep goes on; 0: there is none */
	uint32_t found; /* records that are used, by this sweep */
	uint32_t used; /* at the last sweep */
	uint32_t opened; /* flows since then */
	uint64_t swept; /* ktime */
	bool crowded, pressed; /* at the last sweep, see IDLE_CROWDED, IDLE_PRESSED */
	struct grace *grace; /* NULL: was not needed yet */
	bool unlinked; /* records, at this sweep */
	const struct flows_ops *ops;
	void *arg;
};

int flows_open(struct flows **ret, struct datapath *k, uint64_t interval_ns,
	       const struct flows_ops *ops, void *arg)
{
	_cleanup_(flows_freep) struct flows *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->k = k;
	f->table = datapath_flows(k, &f->n);
	f->interval = interval_ns;
	f->ops = ops;
	f->arg = arg;
	f->shadows = calloc(f->n, sizeof(*f->shadows));
	if (!f->shadows)
		return -ENOMEM;
	*ret = take_ptr(f);
	return 0;
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	grace_free(f->grace);
	free(f->shadows);
	free(f);
}

static unsigned int state_of(const struct la_flow *flow)
{
	return __atomic_load_n(&flow->state, __ATOMIC_ACQUIRE);
}

/* Returns the shadow of a record. Clears it if the record is another flow's by now. */
static struct shadow *shadow_of(struct flows *f, uint32_t id, const struct la_flow *flow)
{
	struct shadow *s = &f->shadows[id];

	if (s->opened != flow->opened) {
		*s = (struct shadow){ .opened = flow->opened, .active = flow->opened };
		f->opened++;
	}
	return s;
}

static uint64_t tried(const struct la_flow *flow)
{
	return flow->packets + flow->dropped_packets;
}

/* Changes with each packet, and when one leaves. */
static uint64_t counted(const struct la_flow *flow)
{
	return tried(flow) + flow->left_packets + flow->exempt_packets;
}

/* The record of the flow that was opened then, unless that one is over. */
static const struct la_flow *record_of(const struct flows *f, uint32_t id, uint64_t opened)
{
	const struct la_flow *flow = id < f->n ? &f->table[id] : NULL;

	return flow && flow->opened == opened && state_of(flow) != LA_FLOW_FREE ? flow : NULL;
}

struct flow_note *flows_note(struct flows *f, uint32_t id, uint64_t opened)
{
	const struct la_flow *flow = record_of(f, id, opened);

	return flow ? &shadow_of(f, id, flow)->note : NULL;
}

struct flow_note *flows_seen(struct flows *f, const struct la_event_flow *e,
			     enum record_flow *state)
{
	const struct la_flow *flow = record_of(f, e->id, e->flow.opened);
	struct shadow *s;

	if (!flow)
		return NULL;
	s = shadow_of(f, e->id, flow);
	*state = s->news.told ? RECORD_FLOW_UPDATE : RECORD_FLOW_OPEN;
	return &s->note;
}

void flows_told(struct flows *f, uint32_t id, const struct la_flow *told, uint64_t time)
{
	if (record_of(f, id, told->opened))
		news_told(&shadow_of(f, id, told)->news, told, time);
}

int flows_outcome(const struct flows *f, const struct la_event_flow *e)
{
	const struct la_flow *flow = e->id < f->n ? &f->table[e->id] : NULL;

	if (e->flow.verdict == LA_VERDICT_DROPPED)
		return RECORD_OUTCOME_DROPPED;
	if (!flow || flow->opened != e->flow.opened) /* it is over, and was told with its end */
		return record_outcome(&e->flow);
	return flow->left_packets > e->flow.left_packets ? RECORD_OUTCOME_LEFT : -EAGAIN;
}

/* Long enough for a neighbour to answer, or to be given up. */
#define ARRIVAL_MAX (4 * NSEC_PER_SEC)

static bool is_over(const struct flows *f, const struct la_flow *flow, uint64_t idle)
{
	bool stream = flow->key.proto == IPPROTO_TCP && flow->attribution != LA_ATTR_KERNEL &&
		      flow->attribution != LA_ATTR_FORWARDED;
	bool held = record_ends(flow).held.packets;

	if (f->pressed && !stream && !held)
		return idle >= IDLE_PRESSED;
	if (f->crowded && (flow->released || !stream))
		return idle >= IDLE_CROWDED;
	if (idle < ARRIVAL_MAX && held)
		return false; /* it may leave yet, though its socket is closed */
	if (flow->released)
		return !stream || idle >= IDLE_RELEASED_TCP;
	return idle >= (stream ? IDLE_STREAM : IDLE_DATAGRAM);
}

/*
 * One without a key is being retired at this moment, by a program that will have done so at the
 * next look; or nobody has it.
 */
static bool is_ours(struct shadow *s, bool taken)
{
	bool ours = taken || s->keyless;

	s->keyless = !ours;
	return ours;
}

static void begin_end(struct flows *f, uint32_t id, struct la_flow *flow, uint64_t now)
{
	struct shadow *s = &f->shadows[id];

	if (!is_ours(s, datapath_unlink_flow(f->k, id)))
		return;
	__atomic_store_n(&flow->state, LA_FLOW_CLOSING, __ATOMIC_RELEASE);
	s->closing = now;
	s->period = f->grace ? grace_next(f->grace) : UINT64_MAX;
	f->unlinked = true;
}

/* Whether no program can count in the record any more. */
static bool has_closed(const struct flows *f, const struct shadow *s, uint64_t now)
{
	return now - s->closing >= GRACE ||
	       (f->grace && !s->retired && grace_is_over(f->grace, s->period));
}

/* Whether the flow was found to stay on this machine: then it is no leak and is not reported,
 * unless packets of it were dropped. */
static bool is_inside(const struct flows *f, const struct la_flow *flow, bool look)
{
	int role;

	if (!(flow->flags & LA_FF_PENDING) || flow->dropped_packets)
		return false;
	role = f->ops->role(f->arg, flow, look);
	return role == LA_ROLE_LOOPBACK || role == LA_ROLE_TUNNEL;
}

static bool is_pending(const struct flows *f, const struct la_flow *flow, uint64_t now)
{
	return flow->flags & LA_FF_PENDING && now < flow->opened + PENDING_MAX &&
	       f->ops->role(f->arg, flow, true) < 0;
}

/* A flow that was reported as open is reported as closed, whatever it turned out to be. */
static void report_end(struct flows *f, const struct la_flow *flow, struct shadow *s)
{
	if (!s->news.told && (!tried(flow) || is_inside(f, flow, true)))
		return;
	if (!s->news.told) /* its opening was lost: report it now */
		f->ops->report(f->arg, flow, RECORD_FLOW_OPEN, &s->note);
	if (counted(flow) != s->total) /* since the last sweep */
		s->active = ktime_now();
	s->note.last = s->active;
	f->ops->report(f->arg, flow, RECORD_FLOW_CLOSE, &s->note);
}

static void end(struct flows *f, uint32_t id, struct la_flow *flow)
{
	struct shadow *s = shadow_of(f, id, flow);

	report_end(f, flow, s);
	if (!is_inside(f, flow, true))
		f->ops->done(f->arg, flow, &s->note, true);
	s->opened = 0;
	__atomic_store_n(&flow->state, LA_FLOW_FREE, __ATOMIC_RELEASE);
}

/* Its only packet opened it. */
static bool is_single(const struct la_flow *flow)
{
	return tried(flow) + flow->exempt_packets == 1;
}

/* Counters grow meanwhile: what is noted is what is told. */
static void report(struct flows *f, const struct la_flow *flow, enum record_flow state,
		   struct shadow *s, uint64_t now)
{
	struct la_flow told = *flow;

	f->ops->report(f->arg, &told, state, &s->note);
	news_told(&s->news, &told, now);
}

static void sweep_live(struct flows *f, uint32_t id, struct la_flow *flow, uint64_t now)
{
	struct shadow *s = shadow_of(f, id, flow);

	if (counted(flow) != s->total) {
		s->active = !s->total && is_single(flow) ? flow->opened : now;
		s->total = counted(flow);
	}
	news_look(&s->news, flow, now);
	if (is_pending(f, flow, now))
		return;
	if (is_inside(f, flow, true)) {
		begin_end(f, id, flow, now);
		return;
	}
	if (!s->news.told && tried(flow) && news_is_overdue(flow, f->interval, now))
		report(f, flow, RECORD_FLOW_OPEN, s, now);
	else if (news_is_due(&s->news, flow, f->interval, now))
		report(f, flow, RECORD_FLOW_UPDATE, s, now);
	if (now > s->active && is_over(f, flow, now - s->active))
		begin_end(f, id, flow, now);
}

/* How many come until records are free again, if as many come as since the last sweep. */
static uint64_t coming(const struct flows *f, uint64_t now)
{
	return now > f->swept ? f->opened * PRESSED_FOR / (now - f->swept) : 0;
}

static void note_room(struct flows *f, uint32_t used, uint64_t now)
{
	f->at = f->found = 0;
	f->crowded = used > f->n / 4 * 3;
	f->pressed = used + coming(f, now) > f->n / 8 * 7 || (f->pressed && f->crowded);
	f->used = used;
	f->opened = 0;
	f->swept = now;
	if (f->crowded && !f->grace)
		f->grace = grace_open();
	if (f->unlinked && f->grace)
		grace_ask(f->grace);
	f->unlinked = false;
}

static void sweep_closing(struct flows *f, uint32_t id, struct la_flow *flow, uint64_t now)
{
	struct shadow *s = shadow_of(f, id, flow);

	if (!s->closing) {
		s->closing = now;
		s->retired = true;
	}
	if (!has_closed(f, s, now) || (s->retired && !is_ours(s, datapath_take_retired(f->k, id))))
		return;
	end(f, id, flow);
	datapath_free_flow(f->k, id);
}

static void sweep(struct flows *f, uint32_t id, uint64_t now)
{
	struct la_flow *flow = &f->table[id];

	f->found += state_of(flow) != LA_FLOW_FREE;
	switch (state_of(flow)) {
	case LA_FLOW_LIVE:
		sweep_live(f, id, flow, now);
		break;
	case LA_FLOW_CLOSING:
		sweep_closing(f, id, flow, now);
		break;
	}
}

void flows_expire(struct flows *f, uint64_t now)
{
	uint64_t until = ktime_now() + SWEEP_FOR;
	uint32_t id;

	while ((id = datapath_next_flow(f->k, f->at)) < f->n) {
		sweep(f, id, now);
		f->at = id + 1;
		if (!(f->at % CLOCK_EVERY) && f->at < f->n && ktime_now() >= until)
			return;
	}
	note_room(f, f->found, now);
}

int flows_wait(const struct flows *f)
{
	if (f->at)
		return 0;
	return f->crowded || f->used + f->opened > f->n / 4 * 3 ? SWEEP_PRESSED_MS : -1;
}

bool flows_are_swept(const struct flows *f)
{
	return f->at;
}

bool flows_are_due(const struct flows *f, uint64_t now)
{
	return flows_wait(f) >= 0 && now - f->swept >= SWEEP_PRESSED_MS * (NSEC_PER_SEC / 1000);
}

void flows_tried(const struct flows *f, struct record_ends *to)
{
	uint32_t id;

	for (id = datapath_next_flow(f->k, 0); id < f->n; id = datapath_next_flow(f->k, id + 1)) {
		const struct la_flow *flow = &f->table[id];
		struct record_ends ends;

		if (state_of(flow) == LA_FLOW_FREE)
			continue;
		ends = record_ends(flow);
		if (!ends.judged.packets || is_inside(f, flow, false))
			continue;
		record_add(&to->judged, &ends.judged);
		record_add(&to->dropped, &ends.dropped);
		record_add(&to->held, &ends.held);
		record_add(&to->left, &ends.left);
	}
}

void flows_each(const struct flows *f, flows_each_fn *fn, void *arg)
{
	uint32_t id;

	for (id = datapath_next_flow(f->k, 0); id < f->n; id = datapath_next_flow(f->k, id + 1)) {
		const struct la_flow *flow = &f->table[id];

		if (state_of(flow) == LA_FLOW_FREE || is_inside(f, flow, false))
			continue;
		if (!(flow->flags & LA_FF_PENDING) || f->ops->role(f->arg, flow, false) >= 0)
			fn(arg, id, flow);
	}
}

static void leave(struct flows *f, uint32_t id, const struct la_flow *flow)
{
	struct shadow *s = shadow_of(f, id, flow);

	report_end(f, flow, s);
	if (!is_inside(f, flow, true))
		f->ops->done(f->arg, flow, &s->note, false);
}

void flows_leave(struct flows *f)
{
	uint32_t id;

	for (id = 0; id < f->n; id++)
		if (state_of(&f->table[id]) != LA_FLOW_FREE)
			leave(f, id, &f->table[id]);
}

void flows_end(struct flows *f)
{
	uint32_t id;

	for (id = 0; id < f->n; id++)
		if (state_of(&f->table[id]) != LA_FLOW_FREE)
			end(f, id, &f->table[id]);
}
