/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"

#include "../unit/facts.h"
#include "core/verdict.h"
#include <netinet/in.h>
#include <stdlib.h>

#define PASS_TC (-1)
#define DROP_TC 2

/* A packet on its way through. */
struct way {
	struct model *m;
	enum la_hook hook;
	const struct flight *flight;
	const struct packet *in; /* the one of it */
	uint32_t epoch;
	struct la_src src;
	struct la_packet p;
	struct la_label label; /* of this packet alone */
	struct outcome *o;
};

static int32_t passed(const struct way *w)
{
	return w->hook == LA_HOOK_TC ? PASS_TC : 1;
}

static int32_t dropped(const struct way *w)
{
	return w->hook == LA_HOOK_TC ? DROP_TC : 0;
}

/* The test run's socket is of protocol 0: other packets at TC are not its own, and
 * IPsec's at the cgroup hook (RFC 4303, RFC 3948) are what the kernel made of its. */
static bool is_wrapped(const struct way *w)
{
	const struct la_flow_key *k = &w->p.key;

	if (w->hook == LA_HOOK_TC)
		return k->proto;
	return k->proto == IPPROTO_ESP || (k->proto == IPPROTO_UDP && k->sport == 4500);
}

/* What has shown itself to be something else is no tunnel's packet, and its flow is no tunnel's. */
static bool is_transport(const struct way *w, const struct la_label *label, bool tracked)
{
	uint32_t mark = tracked ? w->o->flow.mark : w->in->mark;
	uint8_t cls = tracked ? w->o->flow.cls : label->cls;
	uint8_t detail = tracked ? w->o->flow.detail : label->detail;

	if (cls != LA_CLASS_IPV4 && cls != LA_CLASS_IPV6 && detail != LA_DETAIL_DOT &&
	    detail != LA_DETAIL_DOQ)
		return false;
	if (is_wrapped(w) && facts_is_endpoint(&w->p.key, mark))
		return true;
	return tracked && w->flight->daemon && !w->flight->impostor && w->o->flow.owner.tgid;
}

static struct la_judgement judge(const struct way *w, const struct la_label *label, bool tracked)
{
	struct la_facts facts = { .drop = w->m->setup.drop };
	struct la_judgement j;

	if (w->m->setup.lan_exempt)
		facts.flags |= LA_FACT_LAN_EXEMPT;
	if (facts_is_onlink(&w->p.key))
		facts.flags |= LA_FACT_ONLINK;
	if (facts_is_allowed(&w->p.key))
		facts.flags |= LA_FACT_ALLOWED;
	if (is_transport(w, label, tracked))
		facts.flags |= LA_FACT_TRANSPORT;
	if (tracked && w->o->flow.flags & LA_FF_CONFIGURES)
		facts.flags |= LA_FACT_CONFIGURES;
	la_evaluate(&w->p, label, &facts, &j);
	return j;
}

static uint32_t segments(const struct way *w)
{
	return w->in->segs ? w->in->segs : 1;
}

static void sum_up(struct way *w, uint32_t cell)
{
	struct la_sum *sum = &w->m->totals[w->hook][cell];

	sum->packets += segments(w);
	sum->bytes += la_wire_bytes(&w->p, segments(w));
}

/* No record is free: family, exemption and verdict are summed up. */
static int32_t account_untracked(struct way *w)
{
	struct la_label label = { .resolver = facts_resolver(&w->p.key) };
	struct la_judgement j;
	uint32_t cell;

	la_classify(&w->src, &w->p, &label);
	j = judge(w, &label, false);
	w->m->counters[LA_COUNTER_FLOWS_FULL] += segments(w);
	cell = la_cell(label.cls, w->p.key.family, j.exempt, 0);
	sum_up(w, cell + j.verdict);
	if (j.verdict == LA_VERDICT_COUNTED)
		sum_up(w, cell + LA_CELL_LEFT);
	return j.verdict == LA_VERDICT_DROPPED ? dropped(w) : passed(w);
}

static void open_flow(const struct way *w)
{
	w->o->has_flow = true;
	w->o->flow = (struct la_flow){
		.key = w->p.key,
		.state = LA_FLOW_LIVE,
		.mark = w->in->mark,
		.hook = (uint8_t)w->hook,
		.attribution = LA_ATTR_UNKNOWN,
		.flags = is_wrapped(w) ? LA_FF_WRAPPED : 0,
		.slot = SLOT_OF(w->hook),
		.first = w->p.tcp_flags | w->p.icmp_type,
	};
	if (w->hook == LA_HOOK_CGROUP) /* the rig's interface has no TC behind that hook */
		w->o->flow.flags |= LA_FF_UNSEEN;
}

/* The label, where the server's name makes more of it. Without a name a hello is
 * nothing to tell. */
static void read_hello(struct way *w)
{
	struct la_label *l = &w->label;
	char name[256] = "";

	la_hello(&w->src, &w->p, l);
	if (l->hello.name_len)
		memcpy(name, w->src.data + l->hello.name_off, l->hello.name_len);
	else
		l->flags &= (uint8_t)~LA_CF_HELLO;
	la_label_hello(l, l->hello.name_len ? facts_named(name) : LA_DETAIL_NONE);
}

/* An answer by the port of mDNS or LLMNR leaves the flow what the question has made it. */
static bool answers(const struct la_flow *f, const struct la_label *l)
{
	bool asked = f->detail == LA_DETAIL_DNS_UDP || f->detail == LA_DETAIL_DNS_TCP;

	return asked && (l->detail == LA_DETAIL_MDNS || l->detail == LA_DETAIL_LLMNR) &&
	       !(l->flags & LA_CF_MESSAGE);
}

/* The second of two packets that may be uTP: one connection, at most 64 packets ahead, and a clock
 * of microseconds that has gone on as time has. */
static void follow_utp(struct way *w)
{
	const uint8_t *b = w->src.data + w->p.base + w->p.payload_off;
	struct la_utp_seen *was = &w->o->flow.utp;
	struct la_utp_seen is = { .clock = la_get32(b + 4),
				  .time = (uint32_t)(w->src.time / 1000),
				  .connection = la_get16(b + 2),
				  .seq = la_get16(b + 16) };
	int64_t clock = (uint32_t)(is.clock - was->clock), time = (uint32_t)(is.time - was->time);

	if (was->connection && was->connection == is.connection &&
	    (uint16_t)(is.seq - was->seq) <= 64 && clock >= 32 && time < 1 << 30 &&
	    llabs(clock - time) <= time / 4 + 1500 &&
	    (clock <= 512 || (clock % 65536 >= 256 && clock % 65536 < 65280))) {
		w->label.cls = LA_CLASS_TORRENT;
		w->label.detail = LA_DETAIL_UTP;
		w->label.flags = LA_CF_FINAL | LA_CF_PAYLOAD;
	}
	*was = is;
}

/* The packet's label becomes the flow's, unless that one has been proven. */
static void label_flow(struct way *w)
{
	struct la_flow *f = &w->o->flow;
	struct la_label *l = &w->label;

	*l = (struct la_label){ .scratch = f->scratch,
				.was = f->cls,
				.resolver = facts_resolver(&w->p.key),
				.torrent_owner = f->owner.tgid && w->o->shown };
	la_classify(&w->src, &w->p, l);
	if (l->flags & LA_CF_UTP)
		follow_utp(w);
	if (l->flags & LA_CF_HELLO)
		read_hello(w);
	if (w->p.payload_len)
		f->probes++;
	if (!answers(f, l) && (l->cls >= LA_CLASS_DNS || f->probes <= (w->p.payload_len ? 1 : 0) ||
			       (f->cls < LA_CLASS_DNS && f->detail != LA_DETAIL_PORTMAP))) {
		f->cls = l->cls;
		f->detail = l->detail;
	}
	f->scratch = l->scratch;
	if (l->flags & LA_CF_CLIENT && f->owner.tgid && !w->o->shown) {
		w->o->shown = true;
		w->epoch++; /* what its other flows were judged as is out of date */
	}
	/* any packet may be a question */
	if (f->key.dport == 53 || (f->key.dport == 853 && f->cls != LA_CLASS_DNS))
		return;
	if (l->flags & LA_CF_FINAL)
		f->flags |= LA_FF_CLASS_FINAL;
	if (f->probes >= LA_PROBES_MAX && f->cls != LA_CLASS_DNS && f->cls != LA_CLASS_STUN &&
	    f->detail != LA_DETAIL_DHCP && f->exempt != LA_EXEMPT_LAN &&
	    (!f->scratch || f->scratch == LA_DNS_NO_DOQ))
		f->flags |= LA_FF_CLASS_FINAL;
}

static void judge_flow(const struct way *w, uint32_t epoch)
{
	struct la_flow *f = &w->o->flow;
	/* to a port of DNS what only its flow was may be a question */
	bool itself = (f->key.dport == 53 || f->key.dport == 853) && w->p.payload_len &&
		      (f->cls == LA_CLASS_STUN || f->cls == LA_CLASS_TORRENT);
	struct la_label label = { .cls = itself ? w->label.cls : f->cls,
				  .detail = itself ? w->label.detail : f->detail };
	struct la_judgement j = judge(w, &label, true);

	f->exempt = j.exempt;
	f->verdict = j.verdict;
	f->epoch = epoch;
	if (j.exempt)
		f->was_exempt = j.exempt;
}

static int32_t count(const struct way *w)
{
	struct la_flow *f = &w->o->flow;

	bool stopped = f->verdict == LA_VERDICT_DROPPED;

	*(f->exempt ? &f->exempt_packets
	  : stopped ? &f->dropped_packets
		    : &f->packets) += segments(w);
	*(f->exempt ? &f->exempt_bytes
	  : stopped ? &f->dropped_bytes
		    : &f->bytes) += la_wire_bytes(&w->p, segments(w));
	return stopped ? dropped(w) : passed(w);
}

/* What is let out leaves at once, behind its event. */
static void leave(const struct way *w)
{
	struct la_flow *f = &w->o->flow;

	if (f->verdict == LA_VERDICT_DROPPED)
		return;
	f->left_packets += segments(w);
	f->left_bytes += la_wire_bytes(&w->p, segments(w));
}

/* What goes along: a whole datagram, a name, a question. */
static void tell_payload(const struct way *w, union told *t)
{
	uint32_t at = w->p.base + w->p.payload_off, n = w->p.payload_len, max = LA_PAYLOAD_MAX;

	t->event.content = LA_CONTENT_MESSAGE;
	if (w->label.flags & LA_CF_QUIC) {
		t->event.content = LA_CONTENT_QUIC;
		max = LA_DATAGRAM_MAX;
	} else if (w->label.flags & LA_CF_HELLO) {
		t->event.content = LA_CONTENT_NAME;
		at = w->label.hello.name_off;
		n = w->label.hello.name_len;
	}
	if (max == LA_PAYLOAD_MAX && n <= LA_PAYLOAD_SHORT)
		max = LA_PAYLOAD_SHORT;
	t->event.hdr.size = (uint16_t)(sizeof(t->event) + max);
	t->event.payload_len = (uint16_t)(n < max ? n : max);
	memcpy(t->event.payload, w->src.data + at, t->event.payload_len);
}

static void tell(const struct way *w, bool message, enum la_reason reason)
{
	union told *t = &w->o->told[w->o->n_told++];

	memset(t, 0, sizeof(*t));
	t->event.hdr.size = (uint16_t)sizeof(t->event);
	t->event.hdr.version = LA_ABI_VERSION;
	t->event.hdr.kind = LA_KIND_FLOW;
	t->event.hdr.ifindex = LOOPBACK_IFINDEX;
	t->event.flow = w->o->flow;
	t->event.flow.state = 0; /* has no meaning there */
	t->event.reason = (uint8_t)reason;
	if (message)
		tell_payload(w, t);
}

/* Opened, another class, or a question: one event at most. */
static void tell_if_new(struct way *w, bool message, bool changed)
{
	struct la_flow *f = &w->o->flow;

	if (f->exempt)
		return;
	if (!(f->flags & LA_FF_REPORTED))
		tell(w, message, LA_REASON_OPEN);
	else if (message)
		tell(w, message, LA_REASON_MESSAGE);
	else if (changed)
		tell(w, message, LA_REASON_CLASS);
	f->flags |= LA_FF_REPORTED;
}

static int32_t account(struct way *w)
{
	struct la_flow *f = &w->o->flow;
	uint32_t epoch = w->epoch;
	bool message = false;
	uint8_t cls, detail;
	int32_t verdict;

	if (w->m->setup.full)
		return account_untracked(w);
	if (!w->o->has_flow)
		open_flow(w);
	else if (f->epoch == epoch && (f->flags & LA_FF_CLASS_FINAL || !w->p.payload_len)) {
		verdict = count(w);
		leave(w);
		return verdict;
	}
	cls = f->cls;
	detail = f->detail;
	if (!(f->flags & LA_FF_CLASS_FINAL)) {
		label_flow(w);
		message = w->label.flags & LA_CF_REPORTED;
	}
	judge_flow(w, epoch);
	verdict = count(w);
	tell_if_new(w, message, f->cls != cls || f->detail != detail);
	leave(w);
	return verdict;
}

/* Everything that the first fragment and the later ones have in common, and the id in place of the
 * socket. At the cgroup hook each is one that its sender has made. */
static void remember_fragment(struct way *w)
{
	struct la_flow_key *k = &w->o->fragment;

	if (!(w->p.flags & LA_PF_FRAGMENT))
		return;
	if (w->hook == LA_HOOK_TC && (w->p.flags & LA_PF_LATER || w->m->setup.full))
		return;
	w->o->has_fragment = true;
	*k = w->p.key;
	k->cookie = w->p.frag_id;
	k->sport = 0;
	k->dport = 0;
	if (k->family == 6)
		k->proto = 0;
}

static void notice_tcp(struct way *w)
{
	if (w->p.key.proto != LA_PROTO_TCP)
		return;
	/* no SYN is one of a listener's, which the test run's socket is not */
	if (w->p.tcp_flags & LA_TCP_RST && w->o->has_flow)
		w->o->flow.rst_judged++;
}

static void run_once(struct way *w)
{
	uint32_t base = w->hook == LA_HOOK_TC ? ETHER_LEN : 0;
	struct la_link link = { la_get16(&w->in->frame[12]), (uint16_t)base };
	int r;

	w->src.data = w->in->frame + ETHER_LEN - base;
	w->src.len = w->in->len - ETHER_LEN + base;
	if (base)
		la_link_of(&w->src, &link);
	r = la_parse(&w->src, link.l2_len, link.ethertype, w->src.len, &w->p);
	if (r > 0 && w->hook == LA_HOOK_TC) {
		w->m->counters[LA_COUNTER_NON_IP]++;
		w->o->returned = PASS_TC;
		return;
	}
	if (r) {
		w->m->counters[LA_COUNTER_UNPARSED]++;
		w->o->returned = w->m->setup.drop ? dropped(w) : passed(w);
		return;
	}
	w->src.time += 100000; /* as a test run takes, about */
	w->p.key.netns = w->hook == LA_HOOK_TC ? TC_NETNS : CGROUP_NETNS;
	w->p.key.ifindex = LOOPBACK_IFINDEX;
	w->o->returned = account(w);
	remember_fragment(w);
	if (w->hook == LA_HOOK_CGROUP)
		notice_tcp(w);
}

static void find_owner(struct way *w)
{
	if (!w->flight->owned || !w->o->has_flow)
		return;
	w->o->flow.owner = flight_owner;
	w->o->flow.attribution = LA_ATTR_SOCKET;
	w->o->flow.flags |= w->flight->configures ? LA_FF_CONFIGURES : 0;
}

void model_run(struct model *m, enum la_hook hook, const struct flight *flight, struct outcome *o)
{
	struct way w = { .m = m, .hook = hook, .flight = flight, .epoch = EPOCH, .o = o };
	uint32_t i, n;

	memset(o, 0, offsetof(struct outcome, told));
	o->shown = flight->client;
	for (i = 0; i < flight->n; i++) {
		w.in = &flight->packets[i];
		w.epoch += w.in->new_facts;
		if (i == 1)
			find_owner(&w);
		for (n = 0; n < w.in->repeat; n++)
			run_once(&w);
	}
	o->flow.utp.time = 0;
	for (i = 0; i < o->n_told; i++)
		o->told[i].event.flow.utp.time = 0;
}
