/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "datapath/origins.h"
#include "namespaces/namespaces.h"
#include "host/proc.h"
#include "network/conntrack.h"

/* A flow that is told when it opens was looked for a moment before. */
#define LOOK_PAUSE (NSEC_PER_SEC / 2)

/* A walk through /proc takes up to 10 us for each open file of the machine. */
#define TAP_PAUSE NSEC_PER_SEC
#define TAP_TRUST (60 * NSEC_PER_SEC)

/* Taps, and namespaces whose conntrack is asked, that are remembered. */
#define RING 16

/* Which of them has which place; of a new one it is the oldest's. */
struct ring {
	uint64_t keys[RING]; /* 0: free */
	size_t next;
};

struct tap {
	uint64_t looked; /* ktime */
	uint64_t start_ticks;
	struct la_owner owner; /* tgid 0: no holder is known */
};

struct asked {
	uint64_t failed; /* ktime; there is no conntrack yet */
	struct conntrack *ct;
};

struct origins {
	const struct datapath *k;
	const struct namespaces *namespaces;
	struct enrich *enrich;
	struct ring ifindexes, netns; /* of these: */
	struct tap taps[RING];
	struct asked asked[RING];
};

int origins_open(struct origins **ret, const struct datapath *k, const struct namespaces *n,
		 struct enrich *e)
{
	struct origins *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->k = k;
	o->namespaces = n;
	o->enrich = e;
	*ret = o;
	return 0;
}

void origins_free(struct origins *o)
{
	size_t i;

	for (i = 0; o && i < RING; i++)
		conntrack_free(o->asked[i].ct);
	free(o);
}

static size_t place_of(struct ring *r, uint64_t key, bool *is_new)
{
	size_t i;

	*is_new = false;
	for (i = 0; i < RING; i++)
		if (r->keys[i] == key)
			return i;
	*is_new = true;
	i = r->next++ % RING;
	r->keys[i] = key;
	return i;
}

/* --- conntrack --- */

static struct asked *asked_of(struct origins *o, uint64_t netns)
{
	bool is_new;
	struct asked *a = &o->asked[place_of(&o->netns, netns, &is_new)];

	if (is_new) {
		conntrack_free(a->ct);
		*a = (struct asked){ 0 };
	}
	return a;
}

/* NULL: there is none. The namespace is only borrowed while conntrack is opened. */
static struct conntrack *conntrack_of(struct origins *o, uint64_t netns)
{
	const struct netns *ns = namespaces_netns(o->namespaces, netns);
	struct asked *a = netns ? asked_of(o, netns) : NULL;
	uint64_t now = ktime_now();

	if (!ns || !a)
		return NULL;
	if (!a->ct && (!a->failed || now - a->failed > NSEC_PER_SEC) && conntrack_open(&a->ct, ns))
		a->failed = now;
	return a->ct;
}

/* --- holders of taps --- */

static struct tap *tap_of(struct origins *o, uint32_t ifindex)
{
	bool is_new;
	struct tap *t = &o->taps[place_of(&o->ifindexes, ifindex, &is_new)];

	if (is_new)
		*t = (struct tap){ 0 };
	return t;
}

static bool is_alive(uint32_t pid, uint64_t start_ticks)
{
	_cleanup_(closep) int proc = proc_open((pid_t)pid);
	uint64_t ticks;

	return proc >= 0 && !proc_start_ticks(proc, &ticks) && ticks == start_ticks;
}

static void look_for_holder(struct origins *o, uint32_t ifindex, struct tap *t, uint64_t now)
{
	uint32_t pid;

	t->looked = now;
	t->owner = (struct la_owner){ 0 };
	if (!namespaces_tap_holder(o->namespaces, ifindex, &pid, &t->start_ticks))
		enrich_owner(o->enrich, (pid_t)pid, t->start_ticks, &t->owner);
}

/* Who held the tap when the flow began. False: it is no tap, or that is not known. */
static bool holder_of(struct origins *o, uint32_t ifindex, const struct la_flow *f,
		      struct la_owner *ret)
{
	struct tap *t = tap_of(o, ifindex);
	uint64_t now = ktime_now(), asleep = boottime_now() - now;
	uint64_t trust = t->owner.tgid ? TAP_TRUST : TAP_PAUSE;

	if (!t->looked || now - t->looked > trust ||
	    (t->owner.tgid && !is_alive(t->owner.tgid, t->start_ticks)))
		look_for_holder(o, ifindex, t, now);
	*ret = t->owner;
	return t->owner.tgid && t->owner.start_ns <= f->opened + asleep;
}

/* --- both --- */

struct search {
	struct origins *o;
	const struct la_flow *flow;
	struct origin *ret;
	bool first; /* of all looks */
	unsigned int n; /* tuples so far */
};

static bool same_owner(const struct la_owner *a, const struct la_owner *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns && a->cgroup == b->cgroup;
}

/* More than one process sends by the flow, or it is not known which one. */
static void forget_process(struct origin *ret, uint64_t cgroup)
{
	ret->owner = (struct la_owner){ .cgroup = ret->owner.cgroup == cgroup ? cgroup : 0 };
}

/*
 * Who has sent what came in so. False: it is not known. Who came later has not opened the flow; and
 * where the sender has changed since it was opened, both are in it.
 */
static bool find_sender(const struct search *s, const struct la_flow_key *in, struct la_owner *ret)
{
	struct la_owner holder;
	struct la_origin note;

	*ret = (struct la_owner){ 0 };
	if (s->flow->key.netns != namespaces_home(s->o->namespaces)->cookie ||
	    datapath_origin(s->o->k, in, &note))
		return false;
	*ret = note.owner;
	if (note.changed > s->flow->opened) {
		*ret = (struct la_owner){ .cgroup = note.apart ? 0 : note.owner.cgroup };
		return true;
	}
	if (s->first && note.since > s->flow->opened)
		return false;
	/* the socket of a tap has the cgroup of who opened it */
	if (!note.owner.tgid) {
		if (holder_of(s->o, note.ifindex, s->flow, &holder))
			*ret = holder;
		else if (!s->first && !holder.tgid)
			return false; /* it has ended, and was who it was */
	}
	return ret->tgid || ret->cgroup;
}

static void take_addr(struct search *s, const struct la_flow_key *in)
{
	struct origin *ret = s->ret;

	if (s->first && !s->n) {
		ret->addr = in->saddr;
		ret->port = s->flow->key.sport ? in->sport : 0;
		ret->has_addr = true;
	} else if (!addr_equal(&ret->addr, &in->saddr)) {
		ret->has_addr = false;
	}
}

/* A conntrack_fn. */
static void take_tuple(void *arg, const struct la_flow_key *in)
{
	struct search *s = arg;
	struct origin *ret = s->ret;
	struct la_owner sender;
	bool known = find_sender(s, in, &sender);

	take_addr(s, in);
	if (s->first && !s->n)
		ret->owner = known ? sender : (struct la_owner){ 0 };
	else if (known ? !same_owner(&sender, &ret->owner) : s->first)
		forget_process(ret, sender.cgroup);
	s->n++;
}

static struct la_flow_key plain(const struct la_flow_key *key)
{
	return (struct la_flow_key){ .saddr = key->saddr,
				     .daddr = key->daddr,
				     .sport = key->sport,
				     .dport = key->dport,
				     .proto = key->proto,
				     .family = key->family };
}

void origins_look(struct origins *o, const struct la_flow *flow, struct origin *ret)
{
	struct search s = { .o = o, .flow = flow, .ret = ret, .first = !ret->looked };
	struct la_flow_key key;
	struct conntrack *ct;
	uint64_t now;

	if (flow->attribution != LA_ATTR_FORWARDED)
		return;
	now = ktime_now();
	if (ret->looked && now - ret->looked < LOOK_PAUSE)
		return;
	key = plain(&flow->key);
	ct = conntrack_of(o, flow->key.netns);
	if (ct)
		conntrack_each(ct, &key, take_tuple, &s);
	/* no nat, or conntrack has forgotten it */
	if (!s.n && (s.first || addr_equal(&ret->addr, &key.saddr)))
		take_tuple(&s, &key);
	ret->looked = now;
}

const struct la_owner *origin_owner(const struct origin *o, const struct la_flow *flow)
{
	return o->looked ? &o->owner : &flow->owner;
}

bool origin_is_nat(const struct origin *o, const struct la_flow *flow, struct record_source *ret)
{
	*ret = (struct record_source){ o->addr, o->port };
	return o->has_addr &&
	       (!addr_equal(&o->addr, &flow->key.saddr) || o->port != flow->key.sport);
}
